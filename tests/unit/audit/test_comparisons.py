"""Numbers that compare a date with days before are made of what was released of these, or are found."""

import datetime as dt

import pytest

from healthtrends.audit.comparisons import audit_comparisons

DAY = dt.date(2025, 12, 22)
TOP = b"diagnosis,patients,previous_day,average_7_days,change_vs_7_days\n"


def summary(count):
    """Released patients of one code, or a hidden field."""
    rule = "" if count else "count=primary"
    return {"trend_summary.csv": f"diagnosis,count,suppressed\nE11,{count},{rule}\n".encode()}


def judge(row, counts):
    """What is found of a row of `top_diagnoses`; `counts` are those of days ago, `None`: not released."""
    days = {DAY - dt.timedelta(days=back): summary(count) for back, count in counts.items()}
    files = {"top_diagnoses.csv": TOP + row, **summary("40")}
    return [finding.table for finding in audit_comparisons(DAY, files, days.get, 11)]


SHOWN = {back: str(20 + back) for back in range(1, 8)}


def test_numbers_that_follow_from_released_counts_tell_nothing_new():
    """Of seven days: 21 to 27, 24 on average."""
    assert judge(b"E11,40,21,24.0,0.6667\n", SHOWN) == []


@pytest.mark.parametrize("counts", [{**SHOWN, 1: ""}, {back: SHOWN[back] for back in range(2, 8)}])
def test_a_day_that_hides_the_count_or_was_not_released_is_told(counts):
    """By the number itself, and by the mean."""
    found = judge(b"E11,40,21,24.0,0.6667\n", counts)
    assert found == [
        "top_diagnoses.csv: previous_day",
        "top_diagnoses.csv: average_7_days",
        "top_diagnoses.csv: change_vs_7_days",
    ]


def test_a_number_that_was_made_of_other_counts_is_found():
    """One more patient than was released came on one of the days."""
    assert judge(b"E11,40,21,24.14,\n", SHOWN) == ["top_diagnoses.csv: average_7_days"]


def test_a_code_that_no_day_lists_had_no_patients():
    """A report lists all but zeros."""
    assert judge(b"J45,40,0,0.0,\n", SHOWN) == []


def test_an_alarm_says_how_the_date_compares_with_thirty_days():
    """All of them have to be released."""
    alarms = {"alarms.csv": b"level,code,observed\ndiagnosis,E11,40\n", **summary("40")}
    month = {DAY - dt.timedelta(days=back): summary("20") for back in range(1, 31)}
    assert audit_comparisons(DAY, alarms, month.get, 11) == []
    del month[DAY - dt.timedelta(days=30)]
    assert len(audit_comparisons(DAY, alarms, month.get, 11)) == 1


@pytest.mark.parametrize(
    ("share", "lines", "is_found"),
    [("0.8", "100", False), ("0.81", "100", True), ("0.8", "", True)],
)
def test_the_share_of_the_lines_of_earlier_weeks_is_made_of_released_ones(share, lines, is_found):
    """80 lines of a date, and 100 on each of the same weekdays before."""

    def quality(count, *more):
        rows = [f"stored_lines,{count},lines", *more]
        return {"quality.csv": "\n".join(["metric,value,unit", *rows, ""]).encode()}

    weeks = {DAY - dt.timedelta(days=back): quality("100") for back in (7, 14, 21)}
    weeks[DAY - dt.timedelta(days=28)] = quality(lines)
    files = quality("80", f"share_of_same_weekday,{share},share", "newest_record,2025-12-22T08:00:00Z,time")
    found = [each.table for each in audit_comparisons(DAY, files, weeks.get, 11)]
    assert found == (["quality.csv: value"] if is_found else [])
