"""An outcome that the sender does not know is counted as unknown, and is in no share."""

from healthtrends.analyze.figures import DayFigures, Diagnosis, Past, Treatment
from healthtrends.analyze.reports import diagnosis_detail, treatment_outcomes
from healthtrends.page.data import Table, outcome_columns
from healthtrends.publish.changes import row_changes
from healthtrends.publish.issued import RowChanges

CELL = Treatment("J06.9", "unknown", 10, 3, 2, 1, 10, 0, 0, 0, 0)
DAY = DayFigures(diagnoses=[Diagnosis("J06.9", 10, 10, 400, 80, 5, 5, 0)], treatments=[CELL])


def test_shares_are_of_the_known_outcomes() -> None:
    """Of 10 records 4 are of unknown outcome: 3 of 6 recovered, 1 of 6 deceased."""
    assert treatment_outcomes(DAY, Past()) == [
        ("J06.9", "unknown", "10", "3", "2", "1", "0.5", "0.1667", "4")
    ]


def test_a_share_of_no_known_outcome_is_empty() -> None:
    """Where no outcome is known there is no share, and no zero."""
    day = DayFigures(treatments=[Treatment("J06.9", "unknown", 2, 0, 0, 0, 2, 0, 0, 0, 0)])
    assert treatment_outcomes(day, Past()) == [("J06.9", "unknown", "2", "0", "0", "0", "", "", "2")]


def test_the_details_of_a_code_end_with_its_unknown_outcomes() -> None:
    """The last column counts records whose outcome is not known."""
    assert diagnosis_detail(DAY, Past())[0][-4:] == ("3", "2", "1", "4")


def test_a_page_of_an_older_issue_shows_the_outcomes_it_has() -> None:
    """An issue of the version before has no column of unknown outcomes."""
    old = Table(("diagnosis", "recovered", "ongoing", "deceased"), ())
    assert outcome_columns(old) == ["recovered", "ongoing", "deceased"]


def test_a_new_column_is_no_change_of_a_row() -> None:
    """The first issue after an update of the program does not say that every row changed."""
    before = b"diagnosis,patients\nJ06.9,10\n"
    after = b"diagnosis,patients,outcome_unknown\nJ06.9,10,4\n"
    assert row_changes("diagnosis_detail", before, after) == RowChanges(0, 0, 0)
