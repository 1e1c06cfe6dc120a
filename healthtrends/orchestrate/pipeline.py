"""The pipeline of one root and one topic, as the commands call it: run, ingest, read, status."""

import datetime as dt
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from healthtrends.errors import UsageError
from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.settings import IngestSummary
from healthtrends.observe import progress
from healthtrends.orchestrate.alarm_list import PublishedAlarms
from healthtrends.orchestrate.annotations import Annotations, make_finder
from healthtrends.orchestrate.daily_run import DailyRun
from healthtrends.orchestrate.date_releases import DateReleases
from healthtrends.orchestrate.day import DayRun
from healthtrends.orchestrate.delta_tables import DeltaTables
from healthtrends.orchestrate.dependencies import Dependencies, RunOptions
from healthtrends.orchestrate.forget import Forget, ForgetResult
from healthtrends.orchestrate.ingest_step import IngestStep, Stopping
from healthtrends.orchestrate.issue_reader import IssueReader
from healthtrends.orchestrate.maintenance import Compaction, Maintenance
from healthtrends.orchestrate.noisy_release import NoisyReleases
from healthtrends.orchestrate.observer import Observer
from healthtrends.orchestrate.pages import Pages
from healthtrends.orchestrate.preflight import Check
from healthtrends.orchestrate.range_run import write_index
from healthtrends.orchestrate.recorded_runs import RecordedRuns
from healthtrends.orchestrate.retention import Expiring, ExpiryResult
from healthtrends.orchestrate.root_upgrade import UpgradeResult, upgrade_root
from healthtrends.orchestrate.run_records import RunHistory, RunRecord, new_run
from healthtrends.orchestrate.status import read_status
from healthtrends.orchestrate.steps import Steps
from healthtrends.orchestrate.stored_data import StoredData
from healthtrends.orchestrate.surveillance import Surveillance
from healthtrends.orchestrate.topic_adoption import TopicAdoption
from healthtrends.orchestrate.views import Views
from healthtrends.page.document import WHOLE
from healthtrends.publish.draft import Retention
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.backup.catalogue import Catalogue
from healthtrends.storage.backup.make import BackupResult, make_backup
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder


class Pipeline:
    """One root, one topic, one engine."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._log = CommitLog(
            dependencies.pool, dependencies.layout, dependencies.snapshot_every, seal=dependencies.seal
        )
        self._issues = Issues(
            dependencies.pool,
            dependencies.layout,
            Recorder(self._log),
            Retention(dependencies.publish.keep_issues, dependencies.publish.keep_copies),
        )
        self._runs = RunHistory(dependencies.pool, dependencies.layout, dependencies.seal)
        self.compaction = Compaction(self._log, dependencies.compact_above)
        self.maintenance = Maintenance(dependencies, self._log, self._issues, self._runs)
        self.annotations = Annotations(dependencies, self._log)
        self.alarms = PublishedAlarms(self._issues, self.annotations)
        self.surveillance = Surveillance(dependencies, self._log, self._issues, self.annotations, self._views)
        self.observer = Observer(dependencies, self._log, self._issues, self._runs)
        self.published = IssueReader(self._issues, self._has_records)
        self.data = StoredData(dependencies, self._log, self.published, self._views)
        self.releases = DateReleases(dependencies, self._log, self._issues, self.published, self._open_days)
        self.delta_tables = DeltaTables(dependencies)
        self._ingest = IngestStep(dependencies, self._log)
        self._expiring = Expiring(dependencies, self._log, self._issues, self._runs)
        self.noisy_releases = NoisyReleases(dependencies, self._log, self._issues)
        self.topics = TopicAdoption(dependencies, self._log)
        self.erasure = Forget(dependencies, self._log, self._issues, self._open_days)
        self.runs = RecordedRuns(dependencies, self._log, self._runs)
        self._daily = DailyRun(
            dependencies=dependencies,
            log=self._log,
            issues=self._issues,
            records=self.runs,
            ingest=self._ingest,
            releases=self.releases,
            delta_tables=self.delta_tables,
            compaction=self.compaction,
            expiring=self._expiring,
            erasure=self.erasure,
            open_days=self._open_days,
            open_pages=self._open_pages,
        )

    # run ---------------------------------------------------------------------------------------

    def run_dates(
        self, dates: Sequence[dt.date], options: RunOptions, stopping: Stopping | None = None
    ) -> RunRecord:
        """Bring the reports of `dates` up to date; the record tells the exit code, no error is raised.

        No dates: all that are due by `options.reprocess`, and only these are in the record. With `stopping`
        the ingest commits what it has read when a person stops the run.
        """
        steps = Steps(self._dependencies.deadline)
        record = new_run({"dates": [str(d) for d in dates], **asdict(options)}, steps.records)
        stopping = stopping or (lambda: nullcontext(threading.Event()))
        self.runs.on_record(
            record, lambda: self._daily.run(dates, options, steps, record, stopping), options.dry_run
        )
        return record

    def backfill(self, first: dt.date | None = None, last: dt.date | None = None) -> RunRecord:
        """Count the stored dates that no run has counted; publish nothing of them.

        `first` and `last` bound them, both included. The record tells the exit code, no error is raised.
        """
        steps = Steps(self._dependencies.deadline)
        bounds = {name: str(date) for name, date in (("from", first), ("to", last)) if date}
        record = new_run({"backfill": bounds}, steps.records)
        self.runs.on_record(record, lambda: self._daily.backfill(first, last, steps, record))
        return record

    def unpublish(self, date: dt.date) -> RunRecord:
        """Withdraw the reports of a date, and its page; what was published stays readable by its number.

        Raises UsageError, HdfsUnavailable.
        """
        steps = Steps(self._dependencies.deadline)
        record = new_run({"unpublish": str(date)}, steps.records)
        with DayRun(self._log, self._issues, steps, record, self._dependencies) as days:
            days.open_pages()
            days.unpublish(date)
            write_index(days)
        record.head = self._log.newest_seen.head_name
        self.runs.save(record)
        return record

    def expire(self, *, dry_run: bool) -> ExpiryResult:
        """Take out what is older than the settings of retention. Raises Superseded, HdfsUnavailable."""
        return self._expiring.run(Steps(self._dependencies.deadline), dry_run=dry_run)

    def upgrade(self, *, dry_run: bool) -> UpgradeResult:
        """Bring the root to this program's format. Raises RootRefused, HdfsUnavailable."""
        store, layout = self._dependencies.pool.store, self._dependencies.layout
        steps = Steps(self._dependencies.deadline)
        return steps.run("upgrade", lambda _: upgrade_root(store, layout, dry_run=dry_run))

    def backup(self, catalogue: Catalogue, keep: int | None = None) -> tuple[BackupResult, int]:
        """Back the root up, and delete all but the newest `keep` backups; return how many these were.

        Raises UsageError, DamageFound, HdfsUnavailable.
        """
        steps = Steps(self._dependencies.deadline)
        with progress("backup", None, "bytes") as bar:
            done = steps.run("backup", lambda _: make_backup(self._log, catalogue, bar))
        return done, steps.run("clear", lambda _: catalogue.keep(keep)) if keep else 0

    def look_for(self, person: ErasedPerson) -> ForgetResult:
        """Find what holds a person; nothing is written. Raises DamageFound, ConfigError."""
        return self.erasure.look(Steps(self._dependencies.deadline), person)

    def forget(self, person: ErasedPerson) -> tuple[ForgetResult, RunRecord]:
        """Erase a person, and make again what was computed with one; the record says how it ended.

        Raises Superseded, DamageFound, ConfigError before anything is changed.
        """
        steps = Steps(self._dependencies.deadline)
        record = new_run({"forget": True}, steps.records)
        result = self.erasure.commit(steps, person)
        self.runs.on_record(record, lambda: self.erasure.finish(steps, record))
        return result, record

    def _open_days(self, steps: Steps, record: RunRecord) -> DayRun:
        return DayRun(self._log, self._issues, steps, record, self._dependencies)

    # ingest ------------------------------------------------------------------------------------

    def ingest(
        self,
        follow: bool,
        shard: Shard,
        stop: threading.Event,
        *,
        new_key: bool = False,
        on_cluster: bool = False,
    ) -> IngestSummary:
        """Store what the topic holds, or follow it until `stop`; see `IngestStep.run_alone`."""
        return self._ingest.run_alone(follow, shard, stop, new_key=new_key, on_cluster=on_cluster)

    def ready_checks(self) -> Mapping[str, Check]:
        """By name, what a follower needs besides its topic; each may wait for a server."""
        return self._dependencies.ready_checks()

    # read --------------------------------------------------------------------------------------

    def page_file(self, issue: Issue) -> Path:
        """Give a file of this machine with the page of an issue; a whole new one if there is no folder."""
        pages = self._open_pages()
        found = pages.file(issue)
        if found is None:
            found = Path(tempfile.mkdtemp(prefix="healthtrends-")) / f"{issue.date}-issue-{issue.number}.html"
            found.write_bytes(pages.render(issue, WHOLE))
        return found

    def page(self, issue: Issue) -> bytes:
        """Render the page of an issue as one file that needs no other."""
        return self._open_pages().render(issue, WHOLE)

    def compared(self, issue: Issue) -> dict[int, Mapping[str, int]]:
        """Read the counts that `top_diagnoses` of an issue is compared with."""
        return self._views().compared_days(issue)

    def _has_records(self, date: dt.date) -> bool:
        return date.isoformat() in self._log.read_state().files

    def _open_pages(self) -> Pages:
        dependencies = self._dependencies
        return Pages(dependencies.pool, self._views(), dependencies.layout, dependencies.pages, self._issues)

    def _views(self) -> Views:
        dependencies = self._dependencies
        cubes = Cubes(dependencies.pool, dependencies.layout)
        state = self._log.read_state()
        finder = make_finder(dependencies, state.annotations)
        return Views(state, cubes, dependencies.policy, dependencies.publish.epi_week, finder)

    def exports(self, issue: Issue) -> dict[str, bytes]:
        """Make the tables of an issue in other forms, by file name. Raises UsageError, DamageFound."""
        files = self._views().exports(issue, self._issues.read_reports(issue))
        return {path.rpartition("/")[2]: content for path, content in files.items()}

    def latest(self, *, published: bool = False) -> dt.date:
        """Find the newest date that has records, or with `published` reports. Raises UsageError without one.

        Up to today, where there is any: a record with a wrong date of the future is not the latest for ever.
        """
        stored = [] if published else map(dt.date.fromisoformat, self._log.read_state().files)
        dates = list(self._issues.dates() if published else stored)
        today = self._dependencies.settings.today()
        newest = max([date for date in dates if date <= today] or dates, default=None)
        if newest is None:
            raise UsageError(
                "there is no latest date",
                "nothing was published yet" if published else "no records are stored yet",
                "`healthtrends ingest` stores what the topic holds, `healthtrends run DATE` publishes.",
            )
        return newest

    def status(self) -> dict[str, Any]:
        """Read addresses, lag, commits and dates, as the contract's `status --json`."""
        return read_status(self._dependencies, self._log, self._issues, self._runs)
