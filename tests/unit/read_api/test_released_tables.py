"""What a release hides is null in its table, and says so."""

from healthtrends.publish.released_tables import released_rows, released_schema
from healthtrends.reports.registry import decode_report, find_schema

CSV = b"""diagnosis,count,avg_age,gender_ratio,suppressed
E11,40,4.0,,gender_ratio=sex_split
J45,,,,count=whole_row avg_age=whole_row gender_ratio=whole_row
I10,0,,,
"""
SCHEMA = released_schema(find_schema("trend_summary"))


def test_hidden_and_undefined_are_told_apart():
    """A count that is hidden is no zero, and a mean over nobody is not hidden."""
    found = released_rows(decode_report("trend_summary", CSV, is_fed=True), SCHEMA)
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
    assert SCHEMA.column_names[-1] == "suppressed"


ROUNDED = b"""diagnosis,count_midpoint6,avg_age,gender_ratio,suppressed
E11,39,4.0,0.5,
J45,,,,count_midpoint6=complementary
"""


def test_a_rounded_count_has_the_name_of_its_file():
    """In the table of one release."""
    report = decode_report("trend_summary", ROUNDED, is_fed=True)
    schema = released_schema(report.schema, report)
    found = released_rows(report, schema)
    assert schema.column_names == ("diagnosis", "count_midpoint6", "avg_age", "gender_ratio", "suppressed")
    assert [row.values["count_midpoint6"] for row in found] == [39, None]
    assert found[1].missing["count_midpoint6"] == "hidden"


def test_in_a_table_of_many_dates_a_count_has_the_name_of_the_report():
    """Whether it is rounded or not, so that no date lacks it."""
    found = released_rows(decode_report("trend_summary", ROUNDED, is_fed=True), SCHEMA)
    assert [row.values["count"] for row in found] == [39, None]
    assert found[1].missing["count"] == "hidden"
