"""An outcome that the sender does not know is counted as unknown, and is in no share."""

import datetime as dt

from healthtrends.model.day_totals import DayTotals, Diagnosis, Treatment
from healthtrends.page.data import Table, outcome_columns
from healthtrends.publish.diff import row_changes
from healthtrends.publish.issue_manifest import RowChanges
from healthtrends.reports.context import ReportContext
from healthtrends.reports.registry import decode_report, find_schema

CELL = Treatment("J06.9", "unknown", 10, 3, 2, 1, 10, 0, 0, 0, 0)
DAY = DayTotals(diagnoses=[Diagnosis("J06.9", 10, 10, 400, 80, 5, 5, 0)], treatments=[CELL])


def rows(report, totals):
    return find_schema(report).make(ReportContext(dt.date(2025, 12, 22), totals))


def decoded(content):
    return decode_report("diagnosis_detail", content, is_fed=True)


def test_shares_are_of_the_known_outcomes() -> None:
    """Of 10 records 4 are of unknown outcome: 3 of 6 recovered, 1 of 6 deceased."""
    assert rows("treatment_outcomes", DAY) == [("J06.9", "unknown", 10, 3, 2, 1, 0.5, 0.1667, 4)]


def test_a_share_of_no_known_outcome_is_empty() -> None:
    """Where no outcome is known there is no share, and no zero."""
    day = DayTotals(treatments=[Treatment("J06.9", "unknown", 2, 0, 0, 0, 2, 0, 0, 0, 0)])
    assert rows("treatment_outcomes", day) == [("J06.9", "unknown", 2, 0, 0, 0, None, None, 2)]


def test_the_details_of_a_code_end_with_its_unknown_outcomes() -> None:
    """The last column counts records whose outcome is not known."""
    assert rows("diagnosis_detail", DAY)[0][-4:] == (3, 2, 1, 4)


def test_a_page_of_an_older_issue_shows_the_outcomes_it_has() -> None:
    """An issue of the version before has no column of unknown outcomes."""
    old = Table(("diagnosis", "recovered", "ongoing", "deceased"), ())
    assert outcome_columns(old) == ["recovered", "ongoing", "deceased"]


def test_a_new_column_is_no_change_of_a_row() -> None:
    """The first issue after an update of the program does not say that every row changed."""
    before = b"diagnosis,patients\nJ06.9,10\n"
    after = b"diagnosis,patients,outcome_unknown\nJ06.9,10,4\n"
    assert row_changes(decoded(before), decoded(after)) == RowChanges(0, 0, 0)
