"""The run of one date, from stored files to a published issue; what is done already is left as it is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Self

from healthtrends import clock
from healthtrends.errors import HdfsUnavailable
from healthtrends.observe import counted, measure
from healthtrends.orchestrate.alarm_news import AlarmNews
from healthtrends.orchestrate.analysis import Analysis, ReportBasis
from healthtrends.orchestrate.annotations import make_finder
from healthtrends.orchestrate.cube_cache import CubeCache
from healthtrends.orchestrate.date_notes import DateNotes
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.drafts import Drafts
from healthtrends.orchestrate.due_dates import DueDates
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.issue_reader import never_published
from healthtrends.orchestrate.page_index import PageIndex
from healthtrends.orchestrate.pages import Pages
from healthtrends.orchestrate.reject_counts import IntakeCounter
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.orchestrate.signals import read_syndromes
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.orchestrate.views import Views
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import Issue, Provenance, withdrawal
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.alarms import count_by_level
from healthtrends.reports.quality.limits import has_gate
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog

_TOGETHER = 64
"""Dates whose reports are held in memory while they are published."""


class DayRun:
    """Works on dates at one commit number, for one run."""

    def __init__(
        self, log: CommitLog, issues: Issues, steps: Steps, record: RunRecord, dependencies: Dependencies
    ) -> None:
        """Read the log; everything of this run is at the number found."""
        self._state = steps.run("read log", lambda _: log.read_state())
        self._inputs = InputDigests(self._state, dependencies.edition.identity)
        cubes = Cubes(dependencies.pool, dependencies.layout, issues.register.note_cube)
        self._signals = make_finder(dependencies, self._state.annotations)
        self._views = Views(
            self._state, cubes, dependencies.policy, dependencies.publish.epi_week, self._signals
        )
        self._cubes = CubeCache(log, self._state, self._inputs, cubes, self._views, dependencies.day_computer)
        self._cubes.need(self._signals.tables)
        self._analysis = Analysis(self._cubes, steps, self._signals)
        self._pool = dependencies.pool
        self._pages = Pages(dependencies.pool, self._views, dependencies.layout, dependencies.pages, issues)
        self._page_index = PageIndex(dependencies, self._state, self._inputs, issues, self._pages)
        record.seq = self._state.seq
        self._issues = issues
        self._steps = steps
        self._record = record
        self._has_gate = has_gate(dependencies.quality)
        self._has_exports = dependencies.publish.exports
        zone = dependencies.settings.source.timezone
        self.due_dates = DueDates(self._state, self._inputs, issues, zone)
        self._news = AlarmNews(
            issues,
            dependencies.alert_alarms,
            dependencies.edition,
            read_syndromes(dependencies.alarms),
            clock.today(zone),
        )
        self.notes = DateNotes(record, self._state, self._inputs, dependencies)
        self._drafts = Drafts(
            state=self._state,
            issues=issues,
            inputs=self._inputs,
            views=self._views,
            signals=self._signals,
            intake=IntakeCounter(
                log, self._state, dependencies.quality.provisional_days + 1, dependencies.settings.cipher
            ),
            record=record,
            dependencies=dependencies,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cubes.close()

    @property
    def has_open_erasure(self) -> bool:
        """Whether something may be left that was computed with somebody who was erased."""
        return self._state.has_open_erasure

    def plan(self, dates: Sequence[dt.date], *, again: bool) -> None:
        """Set the dates that will be published, and whether their records are to be read again."""
        self._analysis.plan(dates, again=again)

    def publish(self, date: dt.date, reason: str, *, analyze_only: bool = False) -> None:
        """Analyze and publish; every attempt starts from the stored files, or from the cubes of them."""
        basis = self._analysis.analyze(date, again=reason == "asked")
        cube = basis.cube
        if analyze_only:
            self._record.versions[cube.engine] = cube.engine_version
            self._steps.run("write cube", lambda _: self._cubes.await_write(date), date)
            self._issues.register.record_cubes()
            self.notes.date(date, "analysed", self._issues.newest(date))
            return
        source = self._drafts.source(date, reason, basis)
        issue = self._steps.run("publish", lambda _: self._publish(source, basis), date)
        self.notes.published(source, issue)

    def publish_windows(self, dates: Sequence[dt.date]) -> None:
        """Publish dates whose own records did not change, together: their cubes hold all that is needed.

        Every attempt starts from the cubes; what is published already is not published again.
        """
        for first in range(0, len(dates), _TOGETHER):
            days = self._analysis.analyze_windows(dates[first : first + _TOGETHER])
            sources = {date: self._drafts.source(date, "stale", day) for date, day in days.items()}
            issues = self._steps.run("publish windows", partial(self._publish_together, sources, days))
            for issue in issues:
                self.notes.published(sources[issue.date], issue)

    def _publish(self, source: Provenance, basis: ReportBasis) -> Issue:
        """Make the reports, and publish; gates do not stop it."""
        return self._publish_wanted([self._drafts.wanted(source, basis)])[0]

    def _publish_together(
        self, sources: Mapping[dt.date, Provenance], days: Mapping[dt.date, ReportBasis], step: StepRecord
    ) -> list[Issue]:
        step.note = counted(len(days), "date")
        return self._publish_wanted([self._drafts.wanted(sources[date], days[date]) for date in days])

    def _publish_wanted(self, wanted: Sequence[Wanted]) -> list[Issue]:
        """Publish the reports of dates together, then make the page and check the gates of each."""
        for each in wanted:
            self._cubes.await_write(each.date)  # the cube is there before its issue is staged
        # Before they are published: retention may delete the issues that tell what was told.
        news = [self._news.of_date(each.date, each.reports["alarms"]) for each in wanted]
        issues = self._issues.publish_all(wanted, self._views.exports if self._has_exports else None)
        if not all(map(_is_of, issues, wanted)):
            self._issues.register.record_cubes()
        for issue, each, new in zip(issues, wanted, news, strict=True):
            measure("alarms.found", date=each.date, levels=count_by_level(each.reports["alarms"]))
            if _is_of(issue, each):
                self.notes.alarms(new)
            self._pages.show(issue, each.reports if _is_of(issue, each) else None)
            self.notes.gates(each.date, each.reports["quality"])
            self.notes.quiet(each.date, each.reports["facilities"])
        return issues

    def uncounted(self) -> list[dt.date]:
        """List the dates that have records which no run has counted, in order."""
        return self._cubes.uncounted()

    def count(self, dates: Sequence[dt.date]) -> None:
        """Count the records of dates without publishing anything of them."""
        self._pages.forget(dates)
        self._analysis.count(dates)
        self._steps.run("record cubes", lambda _: self._issues.register.record_cubes())
        for date in dates:
            self.notes.date(date, "counted", self._issues.newest(date))

    def repair_cubes(self, dates: Sequence[dt.date]) -> None:
        """Write again what is missing of the cubes on record, such as tables of a run that died."""
        for date in dates:
            self._cubes.repair(date)
        self._issues.register.record_cubes()

    def forget_pages(self, dates: Sequence[dt.date]) -> None:
        """Let pages whose curves show one of these dates be made again; those of earlier issues go."""
        self._pages.forget(dates, earlier=True)

    def write_index(self) -> None:
        """Update the pages of this machine and their index to what is published now."""
        self._page_index.write(self.due_dates.known())

    def open_pages(self) -> None:
        """Raise ConfigError when the folder of the pages belongs to another root."""
        self._pages.open()

    def skip(self, date: dt.date, newest: Issue | None) -> None:
        """Publish nothing; put missing or changed files of the newest issue in place again."""
        if newest is not None and self._repair(newest):
            self.notes.date(date, "finished", newest)
            return
        is_published = newest is not None and not newest.is_withdrawal
        if newest is not None and is_published:
            self._pages.show(newest)
            if self._has_gate:
                self.notes.gates(date, self._issues.read(newest, "quality"))
        fresh = newest is not None and is_published and not self._inputs.stale(newest)
        self._steps.skip(
            "analyze", "the newest issue read the same files" if fresh else "not asked for", date
        )
        self.notes.date(date, "up to date" if fresh else "left out", newest)

    def unpublish(self, date: dt.date) -> None:
        """Withdraw the reports of a date: an issue without any becomes its newest.

        Raises UsageError for a date that was never published, HdfsUnavailable when a run publishes meanwhile.
        """
        newest = self._issues.newest(date)
        if newest is None:
            raise never_published(date, has_records=self._inputs.digest(date) is not None)
        if newest.is_withdrawal:
            self.notes.date(date, "finished" if self._repair(newest) else "unpublished already", newest)
            return
        issue = self._steps.run("unpublish", lambda _: self._withdraw(date), date)
        if not issue.is_withdrawal:
            raise HdfsUnavailable(
                f"issue {issue.number} of {date} was published meanwhile",
                "by another run",
                "unpublish it again",
            )
        self.notes.date(date, "unpublished", issue)

    def withdraw_again(self, date: dt.date) -> None:
        """Let the issues of an unpublished date go that tell of somebody who was erased."""
        self._steps.run("unpublish", lambda _: self._withdraw(date), date)

    def _withdraw(self, date: dt.date) -> Issue:
        source = withdrawal(date, self._state.seq, self._state.head, self._record.run_id)
        return self._issues.withdraw(source, self._drafts.tainted(date))

    def _repair(self, newest: Issue) -> bool:
        date = newest.date
        self._issues.complete(newest)
        in_place = self._issues.finish(date) or self._issues.restore(date)
        cube = self._cubes.repair(date)
        if cube:
            self._issues.register.record_cubes()
        return in_place or cube


def _is_of(issue: Issue, wanted: Wanted) -> bool:
    """Whether an issue was made for what was wanted, and was not published before."""
    return issue.source.run_id == wanted.source.run_id
