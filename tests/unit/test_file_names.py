"""Names that follow each other are stored as one, and come back as they were."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.errors import DamageFound
from healthtrends.storage.file_names import NameSeries, fold, is_folded, unfold
from healthtrends.storage.layout import Layout

LAYOUT = Layout("/r")
DAY = "2025-12-22"
SERIES = ("0123456789abcdef", "fedcba9876543210")


def name(number, series=SERIES[0], epoch=1, day=DAY):
    return LAYOUT.record_file(day, epoch, f"{series}-{number:06d}")


NAMES = st.one_of(
    st.builds(name, st.integers(1, 12), st.sampled_from(SERIES), st.sampled_from([1, 2])),
    st.builds(lambda nonce: LAYOUT.record_file(DAY, 1, nonce), st.sampled_from(SERIES)),
    st.sampled_from(["/r/x", name(999_999), name(1_000_000), name(7).replace("-000007", "-0000007")]),
)


def test_thousands_of_names_become_one():
    """First and last number say all."""
    (folded,) = fold(name(number) for number in range(1, 8641))
    assert folded == f"/r/patient_json/date={DAY}/part-000000000001-{SERIES[0]}-000001..008640.jsonl"


def test_a_gap_parts_them():
    """A number that another date, or no file, has."""
    assert len(fold(name(number) for number in (1, 2, 4, 5, 7))) == 3


@pytest.mark.parametrize("other", [name(2, SERIES[1]), name(2, epoch=2), name(2, day="2025-12-21")])
def test_names_of_another_writer_or_day_stay_apart(other):
    """They have nothing in common but a number."""
    assert fold([name(1), other]) == tuple(sorted([name(1), other]))


@given(st.lists(NAMES, max_size=40), st.randoms(use_true_random=False))
def test_names_come_back_whatever_their_order(names, random):
    """As often as they were there; and folding what is folded already changes nothing."""
    shuffled = random.sample(names, len(names))
    assert unfold(fold(names)) == tuple(sorted(names))
    assert fold(shuffled) == fold(names)
    assert fold(unfold(fold(names))) == fold(names)


@given(st.lists(st.sampled_from([name(number) for number in range(1, 30)]), unique=True), st.data())
def test_merging_in_steps_stores_what_merging_at_once_does(names, data):
    """Whatever was merged with what before."""
    cut = data.draw(st.integers(0, len(names)))
    some, others = fold(names[:cut]), fold(names[cut:])
    assert fold([*unfold(others), *unfold(some)]) == fold(names)


def test_only_ranges_are_news_to_older_programs():
    """One name, with a number or without, is what it says."""
    assert [is_folded(each) for each in ([name(1), "/r/x"], fold([name(1), name(2)]))] == [False, True]


@pytest.mark.parametrize("numbers", ["000002..000001", "000001..000001", "000001..999999999999"])
def test_a_range_that_cannot_be_one_is_damage(numbers):
    """Nobody asks for the memory of it."""
    with pytest.raises(DamageFound, match="no row of names"):
        unfold([name(1).replace("000001.jsonl", f"{numbers}.jsonl")])


def test_a_writer_numbers_the_files_of_each_day():
    """Each on its own, so that a date that some commits have nothing of has no gaps."""
    series = NameSeries()
    given = [series.next(day) for day in ("a", "b", "a", "a", "b")]
    assert [each.partition("-")[2] for each in given] == ["000001", "000001", "000002", "000003", "000002"]


def test_two_writers_have_no_name_in_common():
    """Each has random bits of its own."""
    assert NameSeries().next("a") != NameSeries().next("a")
