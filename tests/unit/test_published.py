"""What was published stays readable: any issue, the one that stood at a time, and how two differ."""

import datetime as dt

import pytest

from healthtrends.errors import UsageError
from healthtrends.orchestrate.issue_reader import IssueReader
from healthtrends.publish.issue_manifest import Provenance
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import decode_reports
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

DATE = dt.date(2025, 12, 22)
STORED = dt.date(2025, 1, 1)
HEAD = "diagnosis,count,avg_age,gender_ratio\n"
FIRST = f"{HEAD}E11,2,40.0,0.5\nI10,1,50.0,\n".encode()
SECOND = f"{HEAD}E11,3,41.0,0.5\nJ45,1,7.0,\n".encode()


@pytest.fixture
def published(tmp_path, monkeypatch):
    """Issue 1 of 23 December, 08:00 UTC, and issue 2 of 24 December, 08:00."""
    pool = StorePool(LocalStore(tmp_path))
    issues = Issues(pool, Layout("/r"))
    for day, content in ((23, FIRST), (24, SECOND)):
        monkeypatch.setenv("HEALTHTRENDS_NOW", f"2025-12-{day}T08:00:00+00:00")
        source = Provenance(
            date=DATE, seq=day, inputs=(f"/r/{day}",), input_records=3, engine="embedded", engine_version="0",
            run_id="run", reason="stale", state="final",
        )  # fmt: skip
        issues.publish(source, decode_reports({"trend_summary": content}, is_fed=True))
    yield IssueReader(issues, {STORED}.__contains__)
    pool.close()


def at(day, hour):
    return dt.datetime(2025, 12, day, hour, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("moment", "content"), [(at(23, 8), FIRST), (at(24, 7), FIRST), (at(24, 8), SECOND), (at(30, 0), SECOND)]
)
def test_the_issue_that_stood_at_a_time_is_read_byte_for_byte(published, moment, content):
    """From the moment it was published until the next was."""
    assert published.read(published.issue(DATE, as_of=moment), "trend_summary").csv() == content


def test_before_the_first_issue_there_was_nothing(published):
    """The error says when the first came."""
    with pytest.raises(UsageError, match="nothing was published for"):
        published.issue(DATE, as_of=at(23, 7))


def test_a_date_without_issues_names_the_command_that_makes_one(published):
    """For the newest issue and for the list alike."""
    for ask in (published.issue, published.all):
        with pytest.raises(UsageError) as caught:
            ask(STORED)
        assert f"healthtrends run {STORED}" in caught.value.next_step


def test_a_date_without_issues_and_records_names_no_run_that_would_be_refused(published):
    """But the list of the dates that can be published."""
    with pytest.raises(UsageError, match="no record is stored of it") as caught:
        published.issue(dt.date(1999, 1, 1))
    assert "healthtrends run" not in caught.value.next_step
    assert "`healthtrends status --all`" in caught.value.next_step


def test_a_difference_is_told_by_diagnosis(published):
    """One row changed, one came, one went."""
    found = published.diff(DATE, "trend_summary", (1, 2))
    assert [(each.key, each.kind) for each in found] == [
        (("E11",), "changed"),
        (("J45",), "added"),
        (("I10",), "removed"),
    ]


def test_a_difference_turned_round_takes_back_what_it_told(published):
    """From the later issue to the earlier."""
    found = published.diff(DATE, "trend_summary", (2, 1))
    assert {each.key[0]: each.kind for each in found} == {"E11": "changed", "I10": "added", "J45": "removed"}


def test_an_issue_differs_from_itself_in_nothing(published):
    """No row."""
    assert list(published.diff(DATE, "trend_summary", (2, 2))) == []
