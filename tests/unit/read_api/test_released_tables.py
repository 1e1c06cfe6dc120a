"""What a release hides is null in its table, and says so."""

from healthtrends.publish.released_tables import released_rows, released_schema
from healthtrends.reports.registry import decode_report, find_schema

CSV = b"""diagnosis,count,avg_age,gender_ratio,suppressed
E11,40,4.0,,gender_ratio=sex_split
J45,,,,count=whole_row avg_age=whole_row gender_ratio=whole_row
I10,0,,,
"""


def test_hidden_and_undefined_are_told_apart():
    """A count that is hidden is no zero, and a mean over nobody is not hidden."""
    found = released_rows(decode_report("trend_summary", CSV, is_fed=True))
    assert [(row.values["diagnosis"], row.values["count"]) for row in found] == [
        ("E11", 40), ("J45", None), ("I10", 0),
    ]  # fmt: skip
    assert [{name: reason.value for name, reason in row.missing.items()} for row in found] == [
        {"gender_ratio": "hidden"},
        {"count": "hidden", "avg_age": "hidden", "gender_ratio": "hidden"},
        {"avg_age": "undefined", "gender_ratio": "undefined"},
    ]


def test_the_last_column_is_the_rule_that_hid():
    """As in the file."""
    assert released_schema(find_schema("trend_summary")).column_names[-1] == "suppressed"
