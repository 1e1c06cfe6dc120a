"""`--json` gives the numbers of a report as numbers."""

from healthtrends.cli.json_values import json_row, json_rows
from healthtrends.reports.registry import decode_report, find_schema

HEADER = b"diagnosis,count,avg_age,gender_ratio\n"
QUALITY = find_schema("quality")


def rows(line):
    return json_rows(decode_report("trend_summary", HEADER + line, is_fed=True))


def test_counts_shares_and_texts_have_their_types():
    """A code is text, also where it looks like a number."""
    assert rows(b"E11,2986,47.83,0.4973\n") == [["E11", 2986, 47.83, 0.4973]]


def test_a_number_that_is_not_known_is_null():
    """There were neither men nor women."""
    assert rows(b"E11,1,40.0,\n")[0][3] is None


def test_values_of_quality_are_numbers_or_times():
    """By its metric; the limit as well."""
    row = {"metric": "records", "value": "12", "unit": "records", "threshold": "0.1", "status": "ok"}
    assert json_row(QUALITY, row) == {**row, "value": 12, "threshold": 0.1}
    assert json_row(QUALITY, {**row, "value": "2025-12-22T10:00:00Z"})["value"] == "2025-12-22T10:00:00Z"


def test_a_row_that_was_added_has_no_earlier_values():
    """Of two issues."""
    assert json_row(QUALITY, None) is None
