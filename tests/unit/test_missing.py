"""Zero is a number; what is not known says why."""

from healthtrends.reports.registry import decode_report, find_schema, schemas

TOP = {
    "rank": "1", "diagnosis": "E11", "patients": "3", "visits": "3", "percent_of_visits": "100.0",
    "previous_day": "", "average_7_days": "", "change_vs_7_days": "",
}  # fmt: skip


def report(name, row, *, fed=True):
    content = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    return decode_report(name, content.encode(), is_fed=fed)


def reasons(name, row):
    return next(report(name, row).null_reasons())


def test_every_report_has_a_key():
    """Without one its rows could not be compared."""
    assert [name for name, schema in schemas().items() if not schema.keys] == []


def test_a_day_before_without_records_is_no_feed_not_zero():
    """And so is a change against an average over no day."""
    assert reasons("top_diagnoses", TOP) == {
        "previous_day": "no_feed",
        "average_7_days": "no_feed",
        "change_vs_7_days": "no_feed",
    }


def test_a_zero_the_day_before_is_a_number():
    """The code was not seen on a day that was."""
    row = TOP | {"previous_day": "0", "average_7_days": "0.0"}
    assert reasons("top_diagnoses", row) == {"change_vs_7_days": "undefined"}


def test_a_share_of_nothing_is_undefined():
    """There were patients, but neither men nor women."""
    row = {"diagnosis": "E11", "count": "1", "avg_age": "4.0", "gender_ratio": ""}
    assert reasons("trend_summary", row) == {"gender_ratio": "undefined"}


def test_zeros_of_a_date_without_records_are_no_counts():
    """The contract's fixed rows say 0 there."""
    row = dict(zip(find_schema("gender_breakdown").column_names, ("M", "0", "0", "", ""), strict=True))
    assert report("gender_breakdown", row, fed=False).count_nulls()["patients"] == {"no_feed": 1}


def test_quality_counts_what_came_so_its_zeros_are_counts():
    """Nothing came is a fact."""
    row = {"metric": "stored_lines", "value": "0", "unit": "lines", "threshold": "", "status": "info"}
    assert report("quality", row, fed=False).count_nulls() == {}
