"""The run of several dates: which of them are due, why, and what is done for each."""

import datetime as dt
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from healthtrends.errors import HealthTrendsError, UsageError
from healthtrends.observe import event
from healthtrends.orchestrate.day import DayRun
from healthtrends.orchestrate.dependencies import Dependencies, RunOptions
from healthtrends.orchestrate.quality_gate import check_reject_share
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.publish.issue_manifest import Issue
from healthtrends.storage.log import CommitLog


class PlannedDate(NamedTuple):
    """A date that a run was asked for."""

    date: dt.date
    reason: str | None
    """Why it is due; None: it is not."""
    newest: Issue | None


class RangeRun:
    """Brings the reports of dates up to date, in one run."""

    def __init__(
        self,
        days: DayRun,
        options: RunOptions,
        dependencies: Dependencies,
        log: CommitLog,
        record: RunRecord,
    ) -> None:
        self._days = days
        self._options = options
        self._dependencies = dependencies
        self._log = log
        self._record = record

    def bring_up_to_date(self, dates: Sequence[dt.date]) -> None:
        """Publish what is due of `dates`, or of all known dates where none is named."""
        days, options = self._days, self._options
        if not options.dry_run:
            days.open_pages()
        if not options.allow_empty:
            self._check_range(dates)
        named = len(dates) == 1  # who names a range does not think of each date
        asked = [self._planned(date, named=named) for date in dates or days.due_dates.known()]
        due = [each for each in asked if each.reason is not None]
        if options.only != "publish" and not options.dry_run:
            days.plan([each.date for each in due], again=options.reprocess == "all")
        windows = [] if options.only or options.dry_run else self._stale_windows(due)
        for each in asked if dates else due:
            if each.date not in windows:
                self._bring_date_up_to_date(each)
        if windows:
            self._mark_failures(windows, lambda: days.publish_windows(windows))
            self._record.dates.sort(key=attrgetter("date"))

    def count_uncounted(self) -> int:
        """Count the dates that no run has counted; 0 when that fails, which is no failure of the run."""
        try:
            return len(self._days.uncounted())
        except HealthTrendsError as error:
            event("run.uncounted_not_known", error=str(error))
            return 0

    def _check_range(self, dates: Sequence[dt.date]) -> None:
        """Refuse dates that no record can be of; where everything was rejected, report that instead."""
        try:
            self._days.due_dates.check_range(dates)
        except UsageError:
            quality = self._dependencies.quality
            check_reject_share(self._record, quality, "everything valid is stored; nothing was published")
            raise

    def _planned(self, date: dt.date, *, named: bool) -> PlannedDate:
        options, dependencies = self._options, self._dependencies
        failed = self._log.store.length(dependencies.layout.failed_mark(date)) is not None
        reason, newest = self._days.due_dates.reason(date, options.reprocess, failed=failed, named=named)
        waits = dependencies.publish.stale_windows == "on request" and not (named or options.reprocess)
        if reason == "stale" and waits and self._days.due_dates.has_stale_window(newest):
            reason = None
        return PlannedDate(date, reason, newest)

    def _bring_date_up_to_date(self, planned: PlannedDate) -> None:
        date, reason, newest = planned
        if self._options.dry_run:
            self._days.notes.plan(date, reason, newest)
        elif reason is None or self._options.only == "publish":
            self._days.skip(date, newest)
        else:
            analyze_only = self._options.only == "analyze"
            self._mark_failures([date], lambda: self._days.publish(date, reason, analyze_only=analyze_only))

    def _mark_failures(self, dates: Sequence[dt.date], work: Callable[[], None]) -> None:
        """Do the work on dates; mark them for `--reprocess failed` when it fails."""
        pool, store = self._dependencies.pool, self._log.store
        marks = [self._dependencies.layout.failed_mark(date) for date in dates]
        try:
            work()
        except HealthTrendsError:
            pool.write_all({mark: b"" for mark in marks if store.length(mark) is None})
            raise
        pool.delete_all(marks)

    def _stale_windows(self, due: Sequence[PlannedDate]) -> list[dt.date]:
        """Find the dates that are due only because more records came for days before them."""
        return [
            each.date
            for each in due
            if each.reason == "stale" and self._days.due_dates.has_stale_window(each.newest)
        ]


def write_index(days: DayRun) -> None:
    """Write the index of the pages; its failure is no failure of the run, and the next one writes it."""
    try:
        days.write_index()
    except (HealthTrendsError, OSError) as error:
        event("pages.index_not_written", error=str(error))
