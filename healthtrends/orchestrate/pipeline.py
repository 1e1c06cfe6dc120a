"""What the commands call: run, ingest, status, report, over one root and one topic."""

import datetime as dt
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from healthtrends import clock
from healthtrends.errors import HealthTrendsError, Interrupted, QualityGate, UsageError
from healthtrends.ingest.continuity import identify_topic
from healthtrends.ingest.hole_reasons import check_compaction
from healthtrends.ingest.open_transactions import find_hidden_offsets, total
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.runner import ingest, plan_ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import event, progress
from healthtrends.orchestrate.day import DayRun, report_state
from healthtrends.orchestrate.dependencies import Parts, RunOptions
from healthtrends.orchestrate.history import compared
from healthtrends.orchestrate.ingest_step import stored_by_another
from healthtrends.orchestrate.input_digests import Inputs
from healthtrends.orchestrate.issue_reader import Published
from healthtrends.orchestrate.maintenance import Compaction, Maintenance
from healthtrends.orchestrate.pages import Pages
from healthtrends.orchestrate.preflight import Check, check_writable, preflight
from healthtrends.orchestrate.quality_gate import judge, judge_rejects
from healthtrends.orchestrate.run_records import RunHistory, RunRecord, describe_error, new_run
from healthtrends.orchestrate.status import attention
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.orchestrate.views import Views
from healthtrends.page.document import WHOLE
from healthtrends.publish.draft import Retention
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.state import State

_INTERRUPTED = Interrupted(
    "the run was interrupted", "somebody pressed Ctrl-C", "The same command goes on from what is stored."
)
Due = tuple[dt.date, str | None, Issue | None]
"""A date, why it is to be made (None: it is not), and its newest issue."""
Stopping = Callable[[], AbstractContextManager[threading.Event]]
"""Inside, a person's wish to stop sets the event; the end raises KeyboardInterrupt for it."""


class Pipeline:
    """One root, one topic, one engine."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._log = CommitLog(parts.pool, parts.layout, parts.snapshot_every, seal=parts.seal)
        self._issues = Issues(
            parts.pool,
            parts.layout,
            Recorder(self._log),
            Retention(parts.publish.keep_issues, parts.publish.keep_copies),
        )
        self._runs = RunHistory(parts.pool, parts.layout, parts.seal)
        self.compaction = Compaction(self._log, parts.compact_above)
        self.maintenance = Maintenance(parts, self._log, self._issues, self._runs)
        self.published = Published(self._issues, self._has_records)
        self._index: Iterator[None] = iter(())
        """The writing of the index, when it is under way."""

    # run ---------------------------------------------------------------------------------------

    def run_dates(
        self, dates: Sequence[dt.date], options: RunOptions, stopping: Stopping | None = None
    ) -> RunRecord:
        """Bring the reports of `dates` up to date; the record tells the exit code, no error is raised.

        No dates: all that are due by `options.reprocess`, and only these are in the record. With `stopping`
        the ingest commits what it has read when a person stops the run.
        """
        steps = Steps(self._parts.deadline)
        record = new_run({"dates": [str(d) for d in dates], **asdict(options)}, steps.records)
        stopping = stopping or (lambda: nullcontext(threading.Event()))
        self._on_record(record, lambda: self._run(dates, options, steps, record, stopping), options.dry_run)
        return record

    def backfill(self, first: dt.date | None = None, last: dt.date | None = None) -> RunRecord:
        """Count the stored dates that no run has counted; publish nothing of them.

        `first` and `last` bound them, both included. The record tells the exit code, no error is raised.
        """
        steps = Steps(self._parts.deadline)
        bounds = {name: str(date) for name, date in (("from", first), ("to", last)) if date}
        record = new_run({"backfill": bounds}, steps.records)
        self._on_record(record, lambda: self._backfill(first, last, steps, record))
        return record

    def _backfill(self, first: dt.date | None, last: dt.date | None, steps: Steps, record: RunRecord) -> None:
        parts = self._parts
        checks: list[Check] = [lambda: check_writable(parts.pool, parts.layout), *parts.checks()]
        steps.run("preflight", lambda _: preflight(checks))
        with DayRun(self._log, self._issues, steps, record, parts) as days:
            days.open_pages()
            uncounted = steps.run("find dates", lambda _: days.uncounted())
            wanted = [date for date in uncounted if (first or date) <= date <= (last or date)]
            if wanted:
                try:
                    days.count(wanted)
                finally:  # the curves show what was counted, also when the rest failed
                    self._index = parts.pool.map(self._write_index, [days])
            record.uncounted = len(uncounted) - len(wanted)

    def _on_record(self, record: RunRecord, work: Callable[[], None], dry_run: bool = False) -> None:
        """Do the work of a run, write down how it went, and alert when it failed."""
        begin = clock.monotonic()
        try:
            work()
        except HealthTrendsError as error:
            record.fail(error)
        except KeyboardInterrupt:
            record.fail(_INTERRUPTED)
        record.seconds = round(clock.monotonic() - begin, 3)
        record.head = self._log.newest_seen.head_name
        if not dry_run:
            self._save(record)
        list(self._index)
        if record.exit_code not in (0, Interrupted.exit_code):
            self._parts.alert({**record.to_dict(), "steps": len(record.steps), **self._about()})

    def unpublish(self, date: dt.date) -> RunRecord:
        """Take the reports of a date back, and its page; what was published stays readable by its number.

        Raises UsageError, HdfsUnavailable.
        """
        steps = Steps(self._parts.deadline)
        record = new_run({"unpublish": str(date)}, steps.records)
        with DayRun(self._log, self._issues, steps, record, self._parts) as days:
            days.open_pages()
            days.unpublish(date)
            self._write_index(days)
        record.head = self._log.newest_seen.head_name
        self._save(record)
        return record

    def _about(self) -> dict[str, Any]:
        """Which pipeline an alert is of."""
        where = self._parts.where
        return {
            "title": self._parts.pages.title,
            "root": self._parts.pages.address,
            "topic": where["kafka"].get("topic", ""),
        }

    def _run(
        self,
        dates: Sequence[dt.date],
        options: RunOptions,
        steps: Steps,
        record: RunRecord,
        stopping: Stopping,
    ) -> None:
        only = options.only
        if only in (None, "preflight") and not options.dry_run:
            steps.run("preflight", lambda _: self._preflight(dates, options))
        if only in (None, "ingest") and not options.no_ingest:
            if not options.dry_run:
                self._ingest_step(steps, record, stopping)
            elif self._foresee_ingest(steps):  # it may bring the dates that are asked for
                options = replace(options, allow_empty=True)
        elif only is None and not options.dry_run:
            record.hidden = self._hidden_now()
        if only in (None, "analyze", "publish"):
            self._run_days(dates, options, steps, record)
        judge(record, self._parts.quality)

    def _run_days(
        self, dates: Sequence[dt.date], options: RunOptions, steps: Steps, record: RunRecord
    ) -> None:
        with DayRun(self._log, self._issues, steps, record, self._parts) as days:
            if not options.dry_run:
                days.open_pages()
            if not options.allow_empty:
                self._check_range(days, dates, record)
            named = len(dates) == 1  # who names a range does not think of each date
            asked = [
                (date, *self._due(days, date, options, named=named)) for date in dates or days.known_dates()
            ]
            due = [each for each in asked if each[1] is not None]
            if options.only != "publish" and not options.dry_run:
                days.plan([date for date, *_ in due], again=options.reprocess == "all")
            windows = [] if options.only or options.dry_run else self._stale_windows(days, due)
            for date, reason, newest in asked if dates else due:
                if date not in windows:
                    self._bring_up_to_date(days, date, reason, newest, options)
            if windows:
                self._make(windows, lambda: days.publish_windows(windows))
                record.dates.sort(key=attrgetter("date"))
            if options.only != "analyze" and not options.dry_run:
                # Beside the run record: each waits half a second for its DataNode.
                self._index = self._parts.pool.map(self._write_index, [days])
            if options.only is None and not options.dry_run:
                record.uncounted = self._uncounted(days)
        if options.only is None and not options.dry_run:
            self._issues.register.begin_seals()
            self.compaction.after_run(steps)

    def _check_range(self, days: DayRun, dates: Sequence[dt.date], record: RunRecord) -> None:
        """Refuse dates that no record can be of; where all was rejected, that is what to tell."""
        try:
            days.check_range(dates)
        except UsageError:
            judge_rejects(record, self._parts.quality, "everything valid is stored; nothing was published")
            raise

    @staticmethod
    def _uncounted(days: DayRun) -> int:
        """How many dates are not counted; that it cannot be told is no failure of the run."""
        try:
            return len(days.uncounted())
        except HealthTrendsError as error:
            event("run.uncounted_not_known", error=str(error))
            return 0

    def _due(
        self, days: DayRun, date: dt.date, options: RunOptions, *, named: bool
    ) -> tuple[str | None, Issue | None]:
        failed = self._log.store.length(self._parts.layout.failed_mark(date)) is not None
        reason, newest = days.due(date, options.reprocess, failed=failed, named=named)
        waits = self._parts.publish.stale_windows == "on request" and not (named or options.reprocess)
        if reason == "stale" and waits and days.has_stale_window(newest):
            return None, newest
        return reason, newest

    def _bring_up_to_date(
        self, days: DayRun, date: dt.date, reason: str | None, newest: Issue | None, options: RunOptions
    ) -> None:
        if options.dry_run:
            days.foresee(date, reason, newest)
        elif reason is None or options.only == "publish":
            days.leave(date, newest)
        else:
            analyze_only = options.only == "analyze"
            self._make([date], lambda: days.publish(date, reason, analyze_only=analyze_only))

    @staticmethod
    def _write_index(days: DayRun) -> None:
        """Write the index of the pages; its failure is no failure of the run, and the next one writes it."""
        try:
            days.write_index()
        except (HealthTrendsError, OSError) as error:
            event("pages.index_not_written", error=str(error))

    def _make(self, dates: Sequence[dt.date], work: Callable[[], None]) -> None:
        """Do the work on dates; that it failed is remembered for `--reprocess failed`."""
        pool, store = self._parts.pool, self._log.store
        marks = [self._parts.layout.failed_mark(date) for date in dates]
        try:
            work()
        except HealthTrendsError:
            pool.write_all({mark: b"" for mark in marks if store.length(mark) is None})
            raise
        pool.delete_all(marks)

    @staticmethod
    def _stale_windows(
        days: DayRun, due: Sequence[tuple[dt.date, str | None, Issue | None]]
    ) -> list[dt.date]:
        """Those of the dates that are due only because more came for days before them."""
        return [date for date, reason, newest in due if reason == "stale" and days.has_stale_window(newest)]

    def _preflight(self, dates: Sequence[dt.date], options: RunOptions) -> None:
        parts = self._parts
        checks: list[Check] = [lambda: check_writable(parts.pool, parts.layout), *parts.checks()]
        checks.append(self._check_pages)
        if not options.no_ingest:
            checks.insert(0, self._check_topic)
        if options.only is None:
            checks.append(lambda: self._warm_up(dates, options))
        preflight(checks)

    def _check_pages(self) -> None:
        """Before anything is stored; a root without a name has no pages yet."""
        self._open_pages().open(new=False)

    def _check_topic(self) -> None:
        """One question after the other: each waits for ten seconds where no broker answers."""
        topic, settings = self._parts.topic(), self._parts.settings
        identify_topic(topic, self._log.read_state(), accept_no_id=settings.accept_no_topic_id)
        check_compaction(topic, settings)

    def _warm_up(self, dates: Sequence[dt.date], options: RunOptions) -> None:
        """Load the engine's client while the other checks wait, when it is certain to be needed."""
        if options.reprocess == "all" or any(self._issues.newest(date) is None for date in dates):
            self._parts.warm_up()

    def _ingest_step(self, steps: Steps, record: RunRecord, stopping: Stopping) -> None:
        summary = IngestSummary()

        def work(step: StepRecord) -> None:
            parts = self._parts
            while not stored_by_another(
                parts.topic(), self._log, parts.settings, superseded=summary.superseded is not None
            ):
                summary.superseded = None
                with stopping() as stop:
                    self._ingest(parts.settings, stop, summary)
                if summary.superseded is None:
                    break
            step.note = f"{summary.stored} stored, {summary.rejected} rejected"
            # Another writer may have done it; and what was committed meanwhile is new, not hidden.
            summary.hidden = dict(find_hidden_offsets(parts.topic().bounds()))

        try:
            steps.run("ingest", work, progress=lambda: summary.progress)
        finally:
            record.stored, record.rejected, record.reasons = summary.stored, summary.rejected, summary.reasons
            record.hidden = summary.hidden

    def _hidden_now(self) -> dict[int, tuple[int, int]]:
        """What open transactions hide; nothing when the topic cannot be asked, as nothing is read from it."""
        try:
            return dict(find_hidden_offsets(self._parts.topic().bounds()))
        except HealthTrendsError as error:
            event("run.hidden_not_known", error=str(error))
            return {}

    def _foresee_ingest(self, steps: Steps) -> int:
        """How many offsets would be read."""

        def work(step: StepRecord) -> int:
            _, plan = plan_ingest(self._parts.topic(), self._log, self._parts.settings, dry_run=True)
            step.note = f"would read {plan.messages} offsets"
            return plan.messages

        return steps.run("ingest", work)

    def _save(self, record: RunRecord) -> None:
        path = self._parts.layout.run_record(clock.now(), record.run_id)
        try:
            self._runs.save(record, path)
        except (HealthTrendsError, OSError) as error:
            event("run.record_not_saved", path=path, error=str(error))

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
        """Store what the topic holds, or follow it until `stop`; tried again as in a run.

        `on_cluster`: staged by executors of the configured Spark master, once, all partitions.
        """
        summary = IngestSummary()
        settings = replace(
            self._parts.settings, mode="follow" if follow else "once", shard=shard, new_key=new_key,
            executor_pool=self._parts.executor_pool() if on_cluster else None,
        )  # fmt: skip
        steps = Steps(self._parts.deadline)
        steps.run(
            "ingest", lambda _: self._ingest(settings, stop, summary), progress=lambda: summary.progress
        )
        return summary

    def judge_ingest(self, summary: IngestSummary) -> QualityGate | None:
        """Say whether too many of the messages of an ingest were rejected; then the hook hears of it too."""
        try:
            judge_rejects(summary, self._parts.quality, "everything valid is stored")
        except QualityGate as gate:
            self._parts.alert(
                {
                    **asdict(summary),
                    **self._about(),
                    "exit_code": gate.exit_code,
                    "error": describe_error(gate),
                }
            )
            return gate
        return None

    def _ingest(self, settings: IngestSettings, stop: threading.Event, summary: IngestSummary) -> None:
        with progress("ingest", None, "messages") as bar:
            ingest(self._parts.topic(), self._log, settings, stop, bar, summary)

    # looking -----------------------------------------------------------------------------------

    def page_file(self, issue: Issue) -> Path:
        """A file of this machine with the page of an issue; a new one, whole, when no folder can have it."""
        pages = self._open_pages()
        found = pages.file(issue)
        if found is None:
            found = Path(tempfile.mkdtemp(prefix="healthtrends-")) / f"{issue.date}-issue-{issue.number}.html"
            found.write_bytes(pages.render(issue, WHOLE))
        return found

    def page(self, issue: Issue) -> bytes:
        """The page of an issue as one file that needs no other."""
        return self._open_pages().render(issue, WHOLE)

    def compared(self, issue: Issue) -> dict[int, Mapping[str, int]]:
        """Counts that `top_diagnoses` of an issue is compared with; see `history.compared`."""
        cubes = Cubes(self._parts.pool, self._parts.layout)
        return compared(cubes, Inputs(self._log.read_state()), issue.source)

    def _has_records(self, date: dt.date) -> bool:
        return date.isoformat() in self._log.read_state().files

    def _open_pages(self) -> Pages:
        parts = self._parts
        return Pages(parts.pool, self._views(), parts.layout, parts.pages, self._issues)

    def _views(self) -> Views:
        parts = self._parts
        return Views(self._log.read_state(), Cubes(parts.pool, parts.layout), parts.policy)

    def exports(self, issue: Issue) -> dict[str, bytes]:
        """The tables of an issue in other forms, by file name. Raises UsageError, DamageFound."""
        made = self._views().exports(issue, self._issues.read_reports(issue))
        return {path.rpartition("/")[2]: content for path, content in made.items()}

    def latest(self, *, published: bool = False) -> dt.date:
        """The newest date that has records, or with `published` reports. Raises UsageError without one.

        Up to today, where there is any: a record with a wrong date of the future is not the latest for ever.
        """
        stored = [] if published else map(dt.date.fromisoformat, self._log.read_state().files)
        dates, today = list(self._issues.dates() if published else stored), clock.today()
        newest = max([date for date in dates if date <= today] or dates, default=None)
        if newest is None:
            raise UsageError(
                "there is no latest date",
                "nothing was published yet" if published else "no records are stored yet",
                "`healthtrends ingest` stores what the topic holds, `healthtrends run DATE` publishes.",
            )
        return newest

    def status(self) -> dict[str, Any]:
        """Addresses, lag, commits and dates, as the contract's `status --json`."""
        state = self._log.read_state()
        _, plan = plan_ingest(self._parts.topic(), self._log, self._parts.settings, dry_run=True)
        where = {name: dict(value) for name, value in self._parts.where.items()}
        where["kafka"] |= {"lag": plan.lag, "hidden": total(plan.hidden)}
        commits = {
            "last_seq": state.seq,
            "head": state.head_name,
            "records": state.messages_stored,
            "rejects": state.messages_rejected,
        }
        found: dict[str, Any] = {**where, "commits": commits, "last_run": self._runs.newest()}
        found["dates"] = list(self._date_states(state))
        return found | {"attention": attention(found)}

    def _date_states(self, state: State) -> Iterator[dict[str, Any]]:
        inputs = Inputs(state)
        dates = sorted({*state.files, *map(str, self._issues.dates())})
        return self._parts.pool.map(lambda date: self._date_state(state, inputs, date), dates)

    def _date_state(self, state: State, inputs: Inputs, date: str) -> dict[str, Any]:
        """One line of `status`; the issue, which may name many inputs, is let go."""
        issue, facts = self._issues.newest(dt.date.fromisoformat(date)), state.files.facts(date)
        return {
            "date": date,
            "records": facts.lines,
            "report": report_state(inputs, issue),
            "issue": issue.number if issue else None,
            "files": facts.files,
            "bytes": facts.bytes,
        }
