"""The daily job, step by step: checks, ingest, visits, reports, releases, care for what is stored."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from healthtrends.errors import FinalError
from healthtrends.orchestrate.date_releases import DateReleases
from healthtrends.orchestrate.delta_tables import DeltaTables
from healthtrends.orchestrate.dependencies import Dependencies, RunOptions
from healthtrends.orchestrate.forget import Forget, OpenDays
from healthtrends.orchestrate.ingest_step import IngestStep, Stopping
from healthtrends.orchestrate.maintenance import Compaction, run_resolve
from healthtrends.orchestrate.pages import Pages
from healthtrends.orchestrate.preflight import Check, check_writable, preflight
from healthtrends.orchestrate.quality_gate import check_gates
from healthtrends.orchestrate.range_run import RangeRun, write_index
from healthtrends.orchestrate.recorded_runs import RecordedRuns
from healthtrends.orchestrate.retention import Expiring
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.orchestrate.steps import Steps
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyRun:
    """The parts of a pipeline that its daily job calls, and their order."""

    dependencies: Dependencies
    log: CommitLog
    issues: Issues
    records: RecordedRuns
    ingest: IngestStep
    releases: DateReleases
    delta_tables: DeltaTables
    compaction: Compaction
    expiring: Expiring
    erasure: Forget
    open_days: OpenDays
    open_pages: Callable[[], Pages]

    def run(
        self,
        dates: Sequence[dt.date],
        options: RunOptions,
        steps: Steps,
        record: RunRecord,
        stopping: Stopping,
    ) -> None:
        """Bring the reports of some dates up to date, all that are due where none is named."""
        only = options.only
        if only in (None, "preflight") and not options.dry_run:
            steps.run("preflight", lambda _: self._preflight(dates, options))
        if only in (None, "ingest") and not options.no_ingest:
            if not options.dry_run:
                self.ingest.run(steps, record, stopping)
            elif self.ingest.plan_only(steps):  # it may bring the dates that are asked for
                options = replace(options, allow_empty=True)
        elif only is None and not options.dry_run:
            record.hidden = self.ingest.hidden_offsets()
        if only in (None, "ingest") and not options.dry_run:
            self._resolve(steps)
        refused: FinalError | None = None
        if only in (None, "analyze", "publish"):
            refused = self._run_days(dates, options, steps, record)
        check_gates(record, self.dependencies.quality)
        if refused is not None:
            raise refused

    def _resolve(self, steps: Steps) -> None:
        """Compute the records of visits, where facts came in."""
        if self.log.read_state(since=self.log.newest_seen).unresolved:
            run_resolve(steps, self.log)

    def _run_days(
        self, dates: Sequence[dt.date], options: RunOptions, steps: Steps, record: RunRecord
    ) -> FinalError | None:
        """Publish and release; return the error of the first date that may not be released."""
        dependencies = self.dependencies
        with self.open_days(steps, record) as days:
            run = RangeRun(days, options, dependencies, self.log, record)
            run.bring_up_to_date(dates)
            if options.only != "analyze" and not options.dry_run:
                # Beside the run record: each waits half a second for its DataNode.
                self.records.index = dependencies.pool.map(write_index, [days])
            if options.only is None and not options.dry_run:
                record.uncounted = run.count_uncounted()
            has_open_erasure = days.has_open_erasure
        if has_open_erasure and options.only is None and not options.dry_run:
            list(self.records.index)
            self.erasure.finish(steps, record)
        refused: FinalError | None = None
        if options.only is None and not options.dry_run and dependencies.release.enabled:
            refused = self.releases.release_final(steps, record)
            if (place := dependencies.delta_place()) is not None:
                self.delta_tables.update(place, steps)
            if any((step.name, step.note) == ("release", "released") for step in steps.records):
                list(self.records.index)  # again: it says which dates are released
                self.records.index = dependencies.pool.map(write_index, [days])
        if options.only is None and not options.dry_run:
            self.issues.register.begin_seals()
            self.compaction.after_run(steps)
            self.expiring.after_run(steps)
        return refused

    def backfill(self, first: dt.date | None, last: dt.date | None, steps: Steps, record: RunRecord) -> None:
        """Count the stored dates that no run has counted, within these bounds."""
        dependencies = self.dependencies
        checks: list[Check] = [
            lambda: check_writable(dependencies.pool, dependencies.layout),
            *dependencies.checks(),
        ]
        steps.run("preflight", lambda _: preflight(checks))
        with self.open_days(steps, record) as days:
            days.open_pages()
            uncounted = steps.run("find dates", lambda _: days.uncounted())
            wanted = [date for date in uncounted if (first or date) <= date <= (last or date)]
            if wanted:
                try:
                    days.count(wanted)
                finally:  # the curves show what was counted, also when the rest failed
                    self.records.index = dependencies.pool.map(write_index, [days])
            record.uncounted = len(uncounted) - len(wanted)

    def _preflight(self, dates: Sequence[dt.date], options: RunOptions) -> None:
        dependencies = self.dependencies
        checks: list[Check] = [
            lambda: check_writable(dependencies.pool, dependencies.layout),
            *dependencies.checks(),
        ]
        checks.append(self._check_pages)
        if not options.no_ingest:
            checks.insert(0, self.ingest.check_topic)
        warm_up = (lambda: self._warm_up(dates, options)) if options.only is None else None
        preflight(checks, warm_up)

    def _check_pages(self) -> None:
        """Check whose the folder of pages is; a root without a name has no pages yet."""
        self.open_pages().open(new=False)

    def _warm_up(self, dates: Sequence[dt.date], options: RunOptions) -> None:
        """Load the engine's client while the other checks wait, when it is certain to be needed."""
        if options.reprocess == "all" or any(self.issues.newest(date) is None for date in dates):
            self.dependencies.warm_up()
