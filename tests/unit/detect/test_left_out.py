"""Known outbreaks and holidays are left out of baselines, and are tested like all other days."""

import datetime as dt

import numpy as np
import pytest

from healthtrends.detect.left_out import holiday_days, mark_known_days, outbreak_days
from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.model.known_days import NOTHING_KNOWN, Holiday, KnownDays, KnownOutbreak

SATURDAY = dt.date(2025, 3, 1)
OUTBREAK = slice(20, 25)
DETECTORS = ("ears_c1", "ears_c2", "ears_c3", "ewma", "regression", "switch", "new_code")


def day(number):
    """A day of the series."""
    return SATURDAY + dt.timedelta(days=number)


def usual(codes=1):
    """Forty days of some codes with a weekday pattern and a little scatter."""
    weekday = np.array([3, 2, 12, 11, 10, 10, 11])
    scatter = np.random.default_rng(7).integers(0, 3, (40, codes))
    return (weekday[np.arange(40) % 7][:, None] + scatter).astype(float)


def detect(name, counts, known=NOTHING_KNOWN, codes=("J10",)):
    """What a detector says, with what is known."""
    series = Series(SATURDAY, codes, counts, np.full(len(counts), 2000.0))
    return make_series_detector(name, {}).detect(mark_known_days(series, known))


def outbreak(code="J10", first=OUTBREAK.start, last=OUTBREAK.stop - 1):
    """One that was in the series."""
    return KnownDays([KnownOutbreak(code, day(first), day(last))])


@pytest.mark.parametrize("name", DETECTORS)
def test_a_known_outbreak_is_as_a_gap_to_the_baselines_after_it(name):
    """EWMA apart, whose average is tested and goes on, as if those days had not been observed."""
    counts = usual()
    counts[OUTBREAK] = 60
    gap = counts.copy()
    gap[OUTBREAK] = np.nan
    known, unobserved = detect(name, counts, outbreak()), detect(name, gap)
    after = slice(OUTBREAK.stop + (3 if name == "ears_c3" else 0), None)
    limit = "upper" if hasattr(known, "upper") else "expected"
    np.testing.assert_array_equal(getattr(known, limit)[after], getattr(unobserved, limit)[after])


@pytest.mark.parametrize("name", DETECTORS)
def test_the_days_of_a_known_outbreak_are_tested_all_the_same(name):
    """Its first day is the same alarm as without: only what comes after knows of it."""
    counts = usual()
    counts[OUTBREAK] = 60
    first = slice(None, OUTBREAK.start + 1)
    known, unknown = detect(name, counts, outbreak()), detect(name, counts)
    assert known.alarm[OUTBREAK.start, 0]
    np.testing.assert_array_equal(known.alarm[first], unknown.alarm[first])


@pytest.mark.parametrize("name", ["ears_c2", "ewma", "regression", "new_code"])
def test_an_outbreak_hides_a_second_one_unless_it_is_known(name):
    """A week after the first, whose days are in the baseline; the second is smaller."""
    counts = usual()
    counts[OUTBREAK], counts[32] = 60, 28
    assert not detect(name, counts).alarm[32, 0]
    assert detect(name, counts, outbreak()).alarm[32, 0]


@pytest.mark.parametrize("name", DETECTORS)
def test_other_codes_are_computed_as_if_nothing_were_known(name):
    """The columns of the codes are where they were."""
    counts = usual(4)
    codes = ["A01", "J10", "J10.1", "Z99"]
    known, unknown = detect(name, counts, outbreak(), codes), detect(name, counts, NOTHING_KNOWN, codes)
    for place in (0, 3):
        for field in known.__dataclass_fields__:
            ours, theirs = getattr(known, field)[:, place], getattr(unknown, field)[:, place]
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_holiday_is_a_missing_weekday_to_the_regression():
    """A Tuesday with the patients of a Sunday lowers what is expected of Tuesdays."""
    counts = usual()
    counts[24] = 2
    gap = counts.copy()
    gap[24] = np.nan
    holidays = KnownDays(holidays=[Holiday(day(24))])
    expected = detect("regression", counts, holidays).expected
    assert expected[31, 0] == detect("regression", gap).expected[31, 0]
    assert expected[31, 0] > detect("regression", counts).expected[31, 0]


def test_a_holiday_stays_in_baselines_that_know_no_weekday():
    """They expect the mean of all days."""
    counts = usual()
    holidays = KnownDays(holidays=[Holiday(day(24))])
    known = detect("ears_c2", counts, holidays)
    np.testing.assert_array_equal(known.upper, detect("ears_c2", counts).upper)


def test_weeks_of_a_known_outbreak_are_not_fitted():
    """As if they had not been observed, three years back."""
    counts = np.random.default_rng(3).poisson(20, (300, 1)).astype(float)
    counts[140:146] = 90
    gap = counts.copy()
    gap[140:146] = np.nan
    left_out = np.zeros_like(counts, bool)
    left_out[140:146] = True
    farrington = make_series_detector("farrington_flexible", {})
    known = farrington.detect(Series(0, ["J10"], counts, left_out=left_out))
    np.testing.assert_array_equal(known.upper, farrington.detect(Series(0, ["J10"], gap)).upper)


@pytest.mark.parametrize(
    ("known", "name", "covers"),
    [
        ("J10", "J10", True),
        ("J10", "J10.1", True),
        ("J10", "J11.1", False),
        ("J10.1", "J10.1", True),
        ("J10.1", "J10.11", True),
        ("J10.1", "J10.0", False),
        ("J10.1", "J10", True),
        ("J10.1", "J09-J18", False),
        ("J09", "J09-J18", False),
        ("X10", "X", False),
    ],
)
def test_an_outbreak_covers_its_code_those_below_it_and_its_category(known, name, covers):
    """A category's baseline holds the outbreak of its code; that of a chapter holds too much else."""
    assert KnownOutbreak(known, SATURDAY).covers(name) is covers


def test_an_outbreak_without_a_last_day_goes_on():
    """Every day from its first on; days before the series are passed over."""
    found = outbreak_days([KnownOutbreak("J10", day(-3))], SATURDAY, ["J10", "J11"], 4)
    assert found.tolist() == [[True, False]] * 4


def test_outbreaks_of_other_times_and_codes_mark_nothing():
    """Before, behind, and of a code that is not there: no array at all."""
    other = [
        KnownOutbreak("J10", day(-9), day(-1)),
        KnownOutbreak("J10", day(4)),
        KnownOutbreak("K52", day(0)),
    ]
    assert outbreak_days(other, SATURDAY, ["J10"], 4) is None
    assert holiday_days([Holiday(day(-1)), Holiday(day(4))], SATURDAY, 4) is None


def test_a_week_of_one_day_of_an_outbreak_is_left_out():
    """Rows of seven days."""
    found = outbreak_days([KnownOutbreak("J10", day(6), day(7))], SATURDAY, ["J10"], 4, step=7)
    assert found[:, 0].tolist() == [True, True, False, False]


def test_blocks_of_codes_keep_their_days():
    """Results of all codes at once may not fit into memory."""
    series = mark_known_days(Series(SATURDAY, ["A01", "J10"], usual(2)), outbreak())
    first, second = series.blocks(1)
    assert (first.left_out.any(), second.left_out.sum()) == (False, 5)
