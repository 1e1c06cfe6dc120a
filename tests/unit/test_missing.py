"""Zero is a number; what is not known says why."""

from healthtrends.model.dictionary import DICTIONARY
from healthtrends.model.missing import count_missing, missing
from healthtrends.model.report import COLUMNS

TOP = {
    "rank": "1", "diagnosis": "E11", "patients": "3", "visits": "3", "percent_of_visits": "100.0",
    "previous_day": "", "average_7_days": "", "change_vs_7_days": "",
}  # fmt: skip


def test_the_dictionary_has_every_column_of_every_report_in_order():
    """What is not in it could not be exported."""
    named = {report: tuple(column.name for column in columns) for report, columns in DICTIONARY.items()}
    assert named == dict(COLUMNS)


def test_every_report_has_a_key():
    """Without one its rows could not be compared."""
    assert all(any(column.is_key for column in columns) for columns in DICTIONARY.values())


def test_a_day_before_without_records_is_no_feed_not_zero():
    """And so is a change against an average over no day."""
    assert missing("top_diagnoses", TOP, fed=True) == {
        "previous_day": "no_feed",
        "average_7_days": "no_feed",
        "change_vs_7_days": "no_feed",
    }


def test_a_zero_the_day_before_is_a_number():
    """The code was not seen on a day that was."""
    row = TOP | {"previous_day": "0", "average_7_days": "0.0"}
    assert missing("top_diagnoses", row, fed=True) == {"change_vs_7_days": "undefined"}


def test_a_share_of_nothing_is_undefined():
    """There were patients, but neither men nor women."""
    row = {"diagnosis": "E11", "count": "1", "avg_age": "4.0", "gender_ratio": ""}
    assert missing("trend_summary", row, fed=True) == {"gender_ratio": "undefined"}


def test_zeros_of_a_date_without_records_are_no_counts():
    """The contract's fixed rows say 0 there."""
    counts = count_missing(
        "gender_breakdown", COLUMNS["gender_breakdown"], [("M", "0", "0", "", "")], fed=False
    )
    assert counts["patients"] == {"no_feed": 1}


def test_quality_counts_what_came_so_its_zeros_are_counts():
    """Nothing came is a fact."""
    rows = [("stored_lines", "0", "lines", "", "info")]
    assert count_missing("quality", COLUMNS["quality"], rows, fed=False) == {}
