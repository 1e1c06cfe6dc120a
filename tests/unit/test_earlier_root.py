"""A root of the version before `average_same_weekday`: nothing of it becomes stale, all stays readable.

`earlier_root.tar.xz` was written by that version: synthetic records of seven dates, one date published.
"""

import datetime as dt
import io
import json
import tarfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from healthtrends.model.report import REPORTS
from healthtrends.orchestrate.day import report_state
from healthtrends.orchestrate.inputs import Inputs
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.exports import exports
from tests.golden.random_day import random_lines
from tests.unit.test_cubes import LAST, Counting

ROOT = Path(__file__).with_name("earlier_root.tar.xz")
FED = (28, 21, 14, 7, 3, 1, 0)
NEW = ("average_same_weekday", "change_vs_same_weekday")


@pytest.fixture
def earlier(tmp_path, monkeypatch):
    """The root, and the topic that it was read from."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-26T06:00:00+00:00")
    with tarfile.open(ROOT) as packed:
        packed.extractall(tmp_path, filter="data")
    house = Counting(tmp_path, None)
    for back in FED:
        house.send(random_lines(back, 12, patients=8, ids=True, date=str(before(back))))
    yield house
    house.close()


def before(back):
    """The date so many days before the published one."""
    return LAST - dt.timedelta(days=back)


def issued(house):
    """The newest issue of the date, and its reports."""
    published = Pipeline(house).published
    issue = published.issue(LAST)
    return issue, {name: published.read(issue, name) for name in REPORTS}


def late(house, back):
    """A record comes late for a date; what the reports of the published one are then."""
    house.receive(before(back))
    house.run([LAST], only="ingest")
    return report_state(Inputs(house.state()), issued(house)[0])


def test_an_issue_of_the_earlier_version_is_up_to_date(earlier):
    """A run publishes nothing and reads no records."""
    record = earlier.run([LAST])
    assert [result.action for result in record.dates] == ["up to date"]
    assert earlier.measured == []


def test_the_earlier_root_verifies(earlier):
    """Issues, cubes and record files are what they were."""
    proof = Pipeline(earlier).maintenance.verify(None)
    assert [finding for finding in proof.findings if not finding["ok"]] == []


@pytest.mark.parametrize(("back", "state"), [(28, "final"), (21, "stale"), (7, "stale")])
def test_a_late_record_makes_an_earlier_issue_stale_as_far_as_it_looked_back(earlier, back, state):
    """27 days; the weekday of 28 days before is read by the issues of this version only."""
    assert late(earlier, back) == state


def test_the_page_of_an_earlier_issue_says_that_the_change_is_not_known(earlier):
    """Its columns are not there, and nothing is made up for them."""
    page = Pipeline(earlier).page(issued(earlier)[0]).decode()
    assert "not known in this issue" in page.partition('id="top"')[2].partition("</section>")[0]


def test_the_exports_of_an_earlier_issue_have_the_new_columns_without_numbers(earlier):
    """So that the files of many dates are one table."""
    files = exports(*issued(earlier))
    rows = pq.read_table(io.BytesIO(files["exports/top_diagnoses.parquet"])).to_pylist()
    assert {row[name] for row in rows for name in NEW} == {None}
    told = json.loads(files["exports/trends.json"])["reports"]["top_diagnoses"]
    assert {row[name] for row in told for name in NEW} == {None}


def test_the_next_issue_has_the_new_columns(earlier):
    """And the first issue after the update does not say that every row changed."""
    late(earlier, 7)
    earlier.run([LAST])
    issue, reports = issued(earlier)
    header = reports["top_diagnoses"].decode().splitlines()[0]
    assert (issue.number, issue.source.looked_back, header.endswith(",".join(NEW))) == (2, 28, True)
