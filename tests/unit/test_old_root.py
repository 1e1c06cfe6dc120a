"""A root that version 0.1.0 (commit 7bb6fc8) wrote is read, carried on, and verifies.

`fixtures/root-7bb6fc8.tar.xz` has its files (`store`), the pages it left on the machine, and the messages of
its topic: two dates of synthetic records, two issues of each, made with the embedded engine.
"""

import datetime as dt
import io
import json
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.exports import exports
from healthtrends.reports.registry import longest_look_back
from tests.faults.small_root import NOW, CountingPipeline
from tests.unit.ingesting import record

FIXTURE = Path(__file__).parents[1] / "fixtures" / "root-7bb6fc8.tar.xz"
DATES = [dt.date(2025, 12, 21), dt.date(2025, 12, 22)]
LATER_COLUMNS = ("average_same_weekday", "change_vs_same_weekday")
"""Columns of `top_diagnoses` that the version did not have."""


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A pipeline on the old root."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    with tarfile.open(FIXTURE) as tar:
        tar.extractall(tmp_path, filter="data")
    local = CountingPipeline(tmp_path / "store")
    for line in (tmp_path / "topic.txt").read_text("utf-8").splitlines():
        local.messages.send(0, line.encode())
    yield local
    local.close()


def faults(local):
    """What `verify` finds wrong."""
    return [finding for finding in Pipeline(local).maintenance.verify(None).findings if not finding["ok"]]


def test_the_old_root_verifies_as_it_is(local):
    """Nothing of it was changed yet."""
    assert faults(local) == []


def test_a_run_with_nothing_new_publishes_nothing(local):
    """What the old version published is up to date."""
    assert [row.action for row in local.run(DATES).dates] == ["up to date"] * 2
    assert faults(local) == []


def test_the_old_root_is_carried_on_and_everything_verifies(local):
    """A late record gives each date a third issue, and the earlier ones stay what they were."""
    old = Pipeline(local).published
    before = {(day, n): old.read(old.issue(day, n), "trend_summary") for day in DATES for n in (1, 2)}
    local.messages.send(0, record("new-1", visit_date=str(DATES[0])))
    assert [(row.action, row.issue) for row in local.run(DATES).dates] == [("published", 3)] * 2
    new = Pipeline(local).published
    assert {key: new.read(new.issue(*key), "trend_summary") for key in before} == before
    assert faults(local) == []


@pytest.mark.parametrize(("back", "action"), [(28, "up to date"), (21, "published"), (7, "published")])
def test_a_late_record_makes_an_old_issue_stale_as_far_as_it_looked_back(local, back, action):
    """27 days; only the issues of later versions read the weekday of 28 days before."""
    local.messages.send(0, record("new-1", visit_date=str(DATES[1] - dt.timedelta(days=back))))
    assert [row.action for row in local.run(DATES[1:]).dates] == [action]


def test_the_page_of_an_old_issue_says_that_changes_are_not_known(local):
    """Nothing is made up for the columns that are not there."""
    pipeline = Pipeline(local)
    page = pipeline.page(pipeline.published.issue(DATES[1])).decode()
    assert "not known in this issue" in page.partition('id="top"')[2].partition("</section>")[0]


def test_the_exports_of_an_old_issue_have_the_later_columns_without_numbers(local):
    """So that the files of many dates are one table."""
    published = Pipeline(local).published
    issue = published.issue(DATES[1])
    files = exports(issue, {name: published.read(issue, name) for name in issue.reports})
    parquet = pq.read_table(io.BytesIO(files["exports/top_diagnoses.parquet"])).to_pylist()
    rows = json.loads(files["exports/trends.json"])["reports"]["top_diagnoses"]
    assert rows
    assert {row[name] for row in (*parquet, *rows) for name in LATER_COLUMNS} == {None}


def test_the_next_issue_has_the_later_columns_and_looks_back_further(local):
    """From the first late record on."""
    local.messages.send(0, record("new-1", visit_date=str(DATES[1])))
    local.run(DATES[1:])
    published = Pipeline(local).published
    issue = published.issue(DATES[1])
    header = published.read(issue, "top_diagnoses").column_names
    assert (issue.source.looked_back, header[-2:] == LATER_COLUMNS) == (longest_look_back(), True)
