"""Records are looked at by the pipeline's decoder before they are sent."""

import datetime as dt

import pytest

from healthtrends.errors import UsageError
from healthtrends.formats.record import RecordDecoder
from healthtrends.produce.record_check import FIRST, ONE_IN, WHOLE, RecordCheck
from healthtrends.sources.source_record import SourceRecord
from tests.unit.ingesting import record


def good(number: int = 1) -> SourceRecord:
    return SourceRecord(record(number))


def bad(**changes: object) -> SourceRecord:
    return SourceRecord(record(7, **(changes or {"age": "forty"})))


def new_check(**how: bool) -> RecordCheck:
    return RecordCheck(RecordDecoder(dt.date(2025, 12, 24), None), **how)


def test_nothing_passes_when_the_first_hundred_all_fail():
    """The hundred and first is not asked for."""
    source = iter([bad()] * FIRST + [good()])
    with pytest.raises(UsageError, match="each of the first 100 records would be rejected"):
        list(new_check().passing(source))
    assert next(source) == good()


def test_nothing_passes_when_all_of_a_short_source_fail():
    """A file of eight lines that are no records."""
    with pytest.raises(UsageError, match="each of the 8 records"):
        list(new_check().passing([bad()] * 8))


def test_a_source_of_one_wrong_record_is_told_so():
    """Not "each of the 1 records"."""
    with pytest.raises(UsageError, match=r"^the only record would be rejected"):
        list(new_check().passing([bad()]))


def test_the_refusal_names_reason_and_field_and_no_value():
    """`age` is a string."""
    with pytest.raises(UsageError) as caught:
        list(new_check().passing([bad()] * 3))
    assert caught.value.why == "wrong_type age: 3 (first: record 1)"


def test_one_good_record_lets_those_before_it_pass_in_order():
    """The ingest keeps the wrong ones, so the counts stay true."""
    source = [bad()] * (FIRST - 1) + [good()] + [bad()] * 50
    assert list(new_check().passing(source)) == source


def test_a_good_record_passes_before_the_next_is_asked_for():
    """A pipe may wait for hours."""
    source = iter([good(1), good(2)])
    assert next(new_check().passing(source)) == good(1)
    assert next(source) == good(2)


def test_force_lets_all_pass_and_counts_them():
    """Somebody may want to try the quarantine."""
    check = new_check(force=True)
    assert len(list(check.passing([bad()] * 300))) == 300
    assert (check.seen, check.checked, check.refused) == (300, 300, 300)


def test_faults_are_counted_by_reason_and_field():
    """With the number of the first, so that it can be found in the file."""
    check = new_check()
    list(check.passing([good(), bad(), bad(), bad(gender="X"), good(), bad()]))
    assert [str(fault) for fault in check.faults()] == [
        "wrong_type age: 3 (first: record 2)",
        "not_in_list gender: 1 (first: record 4)",
    ]


def test_of_a_large_source_a_sample_is_looked_at():
    """The counts say so."""
    check = new_check()
    list(check.passing([good()] * (WHOLE + 1000)))
    assert (check.seen, check.checked) == (WHOLE + 1000, WHOLE + 1000 // ONE_IN)


def test_a_check_alone_looks_at_all():
    """Nothing is sent meanwhile."""
    check = new_check(force=True, is_sample=False)
    list(check.passing([good()] * (WHOLE + 1000)))
    assert check.checked == check.seen


def test_an_empty_source_is_no_fault():
    """An hour without visits."""
    assert list(new_check().passing([])) == []
