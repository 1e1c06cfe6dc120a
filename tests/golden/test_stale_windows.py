"""A record that comes late changes windows of dates after its own: they are published together, and alone."""

import datetime as dt
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.ports import Engine
from healthtrends.config.publish import Publish
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import Layout
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.oracle import expected, without_detected
from tests.golden.random_day import random_lines

LAST = dt.date(2025, 12, 22)
DATES = [LAST - dt.timedelta(days=back) for back in range(11, -1, -1)]
LATE, WINDOWS = DATES[1], DATES[2:]
NOW = "2025-12-23T12:00:00+00:00"
MADE_ANEW = ("run_id", "issue", "reason", "generated_at")
"""What tells one making of the same numbers from another."""


@dataclass
class Half:
    """A pipeline after the late record, with what its second run did."""

    local: LocalPipeline
    record: RunRecord
    measured: list[dt.date]
    """Dates whose records the engine read."""

    def steps(self, name: str) -> int:
        return sum(step.name == name for step in self.record.steps)

    def stored(self) -> dict[str, bytes | dict[str, object]]:
        """All that readers find in `reports/`, by path."""
        root = self.local.folder / "r/reports"
        files = {str(path.relative_to(root)): path for path in sorted(root.rglob("*")) if path.is_file()}
        return {
            name: _facts(path.read_bytes()) if path.name == "_meta.json" else path.read_bytes()
            for name, path in files.items()
        }


def _facts(content: bytes) -> dict[str, object]:
    return {name: value for name, value in json.loads(content).items() if name not in MADE_ANEW}


class Watched:
    """A computer of days that notes what it is asked for."""

    def __init__(self, day_computer, measured: list[dt.date]) -> None:
        self._day_computer, self._measured = day_computer, measured

    def compute(self, paths, date):
        self._measured.append(date)
        return self._day_computer.compute(paths, date)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """One embedded engine for all of this module."""
    engine = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[LocalPipeline]:
    """Twelve published dates; then a record comes for the second of them, of a patient who came again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHTRENDS_NOW", NOW)
        local = LocalPipeline(tmp_path_factory.mktemp("before"), engine)
        for number, day in enumerate(DATES):
            local.send(random_lines(number, 40, patients=30, ids=True, date=str(day)))
        local.run(DATES)
        local.send(random_lines(100, 2, patients=30, ids=True, date=str(LATE)))
        local.run([], only="ingest")
        yield local
        local.close()


def after(before: LocalPipeline, tmp_path_factory: pytest.TempPathFactory, **options) -> Half:
    """A copy of the pipeline, brought up to date."""
    folder = tmp_path_factory.mktemp("after") / "copy"
    shutil.copytree(before.folder, folder)
    local = LocalPipeline(folder, before.engine, messages=before.messages)
    measured: list[dt.date] = []
    day_computer = Watched(local.day_computer(), measured)
    local.day_computer = lambda: day_computer  # type: ignore[method-assign]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHTRENDS_NOW", NOW)
        return Half(local, local.run(options.pop("dates", []), **options), measured)


@pytest.fixture(scope="module")
def stale(before: LocalPipeline, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Half]:
    """What `run --reprocess stale` leaves."""
    half = after(before, tmp_path_factory, reprocess="stale")
    yield half
    half.local.close()


def test_what_is_published_is_what_a_full_run_publishes(
    before: LocalPipeline, stale: Half, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every file of every folder, though the full run has read all records again."""
    full = after(before, tmp_path_factory, dates=DATES, reprocess="all")
    assert set(full.measured) == set(DATES)
    assert stale.stored() == full.stored()
    full.local.close()


@pytest.mark.parametrize("date", DATES, ids=str)
def test_the_reports_are_the_oracles(stale: Half, date: dt.date) -> None:
    """DuckDB, which shares no code with the product."""
    reports = expected(stale.local.files(), str(date), has_intake=True)
    reports.pop("quality")
    assert without_detected(stale.local.published(date)) == reports


def test_the_engine_reads_the_date_of_the_late_record_alone(stale: Half) -> None:
    """The others are made of cubes."""
    assert stale.measured == [LATE]


def test_windows_are_published_together(stale: Half) -> None:
    """One step, and one entry in the log; the date of the record has its own."""
    assert (stale.steps("publish"), stale.steps("publish windows")) == (1, 1)
    assert [result.date for result in stale.record.dates] == [LATE, *WINDOWS]
    assert {result.action for result in stale.record.dates} == {"published"}


@pytest.mark.parametrize("date", WINDOWS, ids=str)
def test_an_issue_holds_only_reports_that_tell_of_days_before(stale: Half, date: dt.date) -> None:
    """All others are held by the issue before."""
    issue = Issues(stale.local.pool, Layout("/r")).newest(date)
    own = {name for name, file in issue.reports.items() if file.held is None}
    assert issue.number == 2
    of_days_before = {
        "visit_frequency",
        "top_diagnoses",
        "facilities",
        "quality",
        "alarms",
        "trends",
        "nowcast",
    }
    assert own <= of_days_before


def test_everything_verifies(stale: Half) -> None:
    """The chain of commits and issues, and every published file."""
    proof = Pipeline(stale.local).maintenance.verify(None)
    assert [finding for finding in proof.findings if not finding["ok"]] == []


def test_on_request_a_run_over_a_range_leaves_them(
    before: LocalPipeline, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The date of the late record is published; one of the others when it is named, all when asked for."""
    folder = tmp_path_factory.mktemp("waits") / "copy"
    shutil.copytree(before.folder, folder)
    waiting = replace(before, folder=folder, publish=Publish(stale_windows="on request"))

    def actions(dates, **options):
        record = Pipeline(waiting).run_dates(dates, RunOptions(**options))
        return {result.date: result.action for result in record.dates}

    assert actions(DATES) == {
        date: "published" if date == LATE else "left out" if date in WINDOWS else "up to date"
        for date in DATES
    }
    assert actions([LAST]) == {LAST: "published"}
    assert actions([], reprocess="stale") == dict.fromkeys(WINDOWS[:-1], "published")
    waiting.close()


def test_windows_are_one_entry_in_the_log(stale: Half) -> None:
    """Beside the entry of the late record's own date."""
    commits = sorted((stale.local.folder / "r/_ht/log/commits").rglob("*.json"))
    recorded = [len(json.loads(path.read_bytes()).get("issues", {})) for path in commits]
    assert recorded[-2:] == [1, len(WINDOWS)]
