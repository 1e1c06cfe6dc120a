"""The golden day released under `cms`, and what its independent audit says."""

from pathlib import Path

import pytest

from healthtrends.audit.own_reports import audit_release
from healthtrends.release.disclose import release
from healthtrends.reports.registry import decode_reports, schemas

GOLDEN_DAY = Path(__file__).parent / "day/expected"


@pytest.fixture(scope="module")
def exact():
    """All exact reports of the golden day."""
    files = {name: (GOLDEN_DAY / f"{name}.csv").read_bytes() for name in schemas()}
    return decode_reports(files, is_fed=True)


@pytest.fixture(scope="module")
def released(exact):
    """All released reports."""
    return release(exact)


def test_no_count_from_1_to_10_shows(released):
    """In no report."""
    shown = [
        value
        for each in released.reports.values()
        for column, *values in zip(each.report.columns, *each.report.rows, strict=True)
        for value in values
        if column.kind == "whole" and column.unit in ("patients", "visits", "records") and value is not None
    ]
    assert not {value for value in shown if 0 < value < 11}


def test_a_hidden_field_has_a_reason(released):
    """And a reason stands for an empty field only."""
    for each in released.reports.values():
        for fields, reasons in zip(each.report.records(), each.reasons, strict=True):
            assert all(fields[column] is None for column in reasons)


def test_the_audit_finds_nothing_exposed(released):
    """It reads the files alone."""
    files = {name: each.report.csv() for name, each in released.reports.items()}
    assert not [finding for finding in audit_release(files, 11) if finding.is_exposed]


def test_the_same_reports_give_the_same_files(exact, released):
    """Byte by byte."""
    again = release(exact)
    assert [each.report.csv() for each in again.reports.values()] == [
        each.report.csv() for each in released.reports.values()
    ]


def test_hidden_rows_do_not_stand_in_order_of_their_counts(released):
    """Else their place would tell which is greater."""
    codes = [
        str(fields["diagnosis"])
        for fields in released.reports["trend_summary"].report.records()
        if fields["count"] is None
    ]
    assert codes == sorted(codes)
    assert len(codes) > 2
