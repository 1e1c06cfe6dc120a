"""What the topic holds is not sent again; everything else is, in order and as often as the source says."""

import random

from healthtrends.produce.deduplicate import skip_held
from healthtrends.sources.source_record import SourceRecord


def records(*values: bytes) -> list[SourceRecord]:
    """A source."""
    return [SourceRecord(value) for value in values]


def test_an_empty_topic_gets_everything():
    """The first send."""
    assert list(skip_held(records(b"a", b"b"), [])) == records(b"a", b"b")


def test_a_full_topic_gets_nothing():
    """The second send."""
    assert list(skip_held(records(b"a", b"b"), [b"b", b"a"])) == []


def test_an_interrupted_send_goes_on_with_the_rest_in_order():
    """Whatever subset arrived, in whatever order."""
    source = records(*(b"%d" % n for n in range(20_000)))
    held = set(random.Random(1).sample([record.value for record in source], 7_000))
    left = list(skip_held(source, held))
    assert left == [record for record in source if record.value not in held]


def test_equal_values_are_completed_to_their_number():
    """A source with three of a kind, of which one arrived, sends two."""
    assert list(skip_held(records(b"a", b"b", b"a", b"a"), [b"a"])) == records(b"b", b"a", b"a")


def test_more_of_a_kind_in_the_topic_than_in_the_source_is_no_harm():
    """Others may write to the topic too."""
    assert list(skip_held(records(b"a", b"c"), [b"a", b"a", b"x"])) == records(b"c")


def test_equal_values_are_matched_across_batches():
    """The ledger remembers what it has matched."""
    source = records(*[b"same"] * 20_000)
    assert len(list(skip_held(source, [b"same"] * 15_000))) == 5_000


def test_keys_and_times_come_through():
    """Only values are compared."""
    record = SourceRecord(b"a", b"key", 5)
    assert list(skip_held([record], [b"b"])) == [record]
