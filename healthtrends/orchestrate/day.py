"""The run of one date, from stored files to a published issue; what is done already is left as it is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Self

from healthtrends import clock
from healthtrends.errors import HdfsUnavailable, UsageError
from healthtrends.ingest.open_transactions import total
from healthtrends.observe import counted, event, measure
from healthtrends.orchestrate.alarm_news import AlarmNews, NewAlarm
from healthtrends.orchestrate.analysis import Analysis, ReportBasis
from healthtrends.orchestrate.annotations import make_finder
from healthtrends.orchestrate.cube_cache import CubeCache, stored_lines
from healthtrends.orchestrate.dependencies import Dependencies, Reprocess
from healthtrends.orchestrate.erased_dates import newest_tainted
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.issue_reader import never_published
from healthtrends.orchestrate.more_quality import pseudonym_keys, with_log_lines
from healthtrends.orchestrate.page_index import PageIndex
from healthtrends.orchestrate.pages import Pages
from healthtrends.orchestrate.reject_counts import IntakeCounter
from healthtrends.orchestrate.run_records import DateResult, RunRecord
from healthtrends.orchestrate.signals import read_syndromes
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.orchestrate.views import Views
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import Issue, IssueState, Provenance, withdrawal
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.alarms import count_by_level
from healthtrends.reports.context import ReportContext
from healthtrends.reports.facilities import quiet_facilities
from healthtrends.reports.quality.limits import failed_lines, has_gate
from healthtrends.reports.registry import longest_look_back, make_reports
from healthtrends.reports.report import Report
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
        self._limits = dependencies.quality
        self._edition = dependencies.edition
        self._zone = dependencies.settings.source.timezone
        self._has_exports = dependencies.publish.exports
        self._erases = dependencies.publish.after_erasure == "remove"
        self._news = AlarmNews(
            issues,
            dependencies.alert_alarms,
            dependencies.edition,
            read_syndromes(dependencies.alarms),
            clock.today(self._zone),
        )
        self._intake = IntakeCounter(
            log, self._state, dependencies.quality.provisional_days + 1, dependencies.settings.cipher
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._cubes.close()

    @property
    def has_open_erasure(self) -> bool:
        """Whether something may be left that was computed with somebody who was erased."""
        return self._state.has_open_erasure

    def check_range(self, dates: Sequence[dt.date]) -> None:
        """Raise UsageError for dates without records outside of the stored range."""
        first, last = self._inputs.stored_range(clock.today(self._zone))
        outside = [date for date in dates if self._inputs.digest(date) is None and not first <= date <= last]
        if outside:
            raise UsageError(
                f"no records can be expected of {_listed(outside)}",
                f"records are stored of {first} to {last}" if first <= last else "no record is stored yet",
                "Correct the date, or see whether its feed is down (`healthtrends status`); "
                "--allow-empty publishes empty reports.",
            )

    def due(
        self, date: dt.date, reprocess: Reprocess | None, *, failed: bool, named: bool
    ) -> tuple[str | None, Issue | None]:
        """Say why the date is due (missing, stale, failed, asked), or None; and give its newest issue.

        A date that was unpublished is missing for who has `named` it alone; no run over several takes it up.
        """
        newest = self._issues.newest(date)
        if newest is not None and date.isoformat() in self._state.expired:
            return None, newest  # final: its records are gone
        is_withdrawn = newest is not None and newest.is_withdrawal
        if is_withdrawn and not named:
            return None, newest
        if reprocess == "all":
            return "asked", newest
        if newest is not None and not is_withdrawn and not self._inputs.stale(newest):
            return None, newest
        state = "missing" if newest is None or is_withdrawn else "stale"
        if reprocess == "failed":
            return ("failed" if failed else None), newest
        return (state if reprocess in (None, state) else None), newest

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
            self._note(date, "analysed", self._issues.newest(date))
            return
        source = self._source(date, reason, basis)
        issue = self._steps.run("publish", lambda _: self._publish(source, basis), date)
        self._note_published(source, issue)

    def publish_windows(self, dates: Sequence[dt.date]) -> None:
        """Publish dates whose own records did not change, together: their cubes hold all that is needed.

        Every attempt starts from the cubes; what is published already is not published again.
        """
        for first in range(0, len(dates), _TOGETHER):
            days = self._analysis.analyze_windows(dates[first : first + _TOGETHER])
            sources = {date: self._source(date, "stale", day) for date, day in days.items()}
            issues = self._steps.run("publish windows", partial(self._publish_together, sources, days))
            for issue in issues:
                self._note_published(sources[issue.date], issue)

    def has_stale_window(self, newest: Issue | None) -> bool:
        """Whether a date is stale for days before it alone."""
        return newest is not None and not newest.is_withdrawal and self._inputs.has_stale_window(newest)

    def _source(self, date: dt.date, reason: str, basis: ReportBasis) -> Provenance:
        cube = basis.cube
        self._record.versions[cube.engine] = cube.engine_version
        return Provenance(
            date=date,
            seq=self._state.seq,
            head=self._state.head,
            inputs=self._state.inputs(date.isoformat()),
            days_before=self._inputs.before(date),
            looked_back=longest_look_back(),
            input_records=cube.totals.lines,
            engine=cube.engine,
            engine_version=cube.engine_version,
            codes=self._edition.identity,
            run_id=self._record.run_id,
            reason=reason,
            state=self._state_now(date, cube.totals.lines),
            provisional_until=self._open_until(date),
            hidden=self._record.hidden,
            pseudonym_keys=max(1, len(pseudonym_keys(self._state, date.isoformat()))),
            detection=self._signals.source(basis.signals, date),
        )

    def _publish(self, source: Provenance, basis: ReportBasis) -> Issue:
        """Make the reports, and publish; gates do not stop it."""
        return self._publish_wanted([self._wanted(source, basis)])[0]

    def _publish_together(
        self, sources: Mapping[dt.date, Provenance], days: Mapping[dt.date, ReportBasis], step: StepRecord
    ) -> list[Issue]:
        step.note = counted(len(days), "date")
        return self._publish_wanted([self._wanted(sources[date], days[date]) for date in days])

    def _wanted(self, source: Provenance, basis: ReportBasis) -> Wanted:
        return Wanted(source, self._reports(source, basis), self._tainted(source.date))

    def _tainted(self, date: dt.date) -> int:
        """Number of the newest issue that goes, as it tells of somebody who was erased; 0: none does."""
        return newest_tainted(self._issues, self._state, date) if self._erases else 0

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
                self._note_alarms(new)
            self._pages.show(issue, each.reports if _is_of(issue, each) else None)
            self._check_gates(each.date, each.reports["quality"])
            self._note_quiet(each.date, each.reports["facilities"])
        return issues

    def _reports(self, source: Provenance, basis: ReportBasis) -> dict[str, Report]:
        from healthtrends.orchestrate.nowcast import find_nowcast  # noqa: PLC0415  NumPy and SciPy

        date, totals = source.date, basis.cube.totals
        context = ReportContext(
            date,
            totals,
            basis.prior,
            intake=replace(self._intake.count(date), hidden=total(source.hidden)),
            limits=self._limits,
            usual_lines=self._inputs.lines_of_same_weekdays(date),
            ends_at=clock.end_of_day(date, self._zone),
            edition=self._edition,
            signals=basis.signals,
            nowcast=find_nowcast(self._state, date),
        )
        if self._inputs.digest(date) is not None:
            self._views.cache_day(date, totals)
        reports = make_reports(context)
        return {**reports, "quality": with_log_lines(reports["quality"], self._state, date)}

    def uncounted(self) -> list[dt.date]:
        """List the dates that have records which no run has counted, in order."""
        return self._cubes.uncounted()

    def count(self, dates: Sequence[dt.date]) -> None:
        """Count the records of dates without publishing anything of them."""
        self._pages.forget(dates)
        self._analysis.count(dates)
        self._steps.run("record cubes", lambda _: self._issues.register.record_cubes())
        for date in dates:
            self._note(date, "counted", self._issues.newest(date))

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
        self._page_index.write(self.known_dates())

    def open_pages(self) -> None:
        """Raise ConfigError when the folder of the pages belongs to another root."""
        self._pages.open()

    def known_dates(self) -> list[dt.date]:
        """List the dates that have records or were ever published, in order."""
        return sorted({*map(dt.date.fromisoformat, self._state.dates), *self._issues.dates()})

    def skip(self, date: dt.date, newest: Issue | None) -> None:
        """Publish nothing; put missing or changed files of the newest issue in place again."""
        if newest is not None and self._repair(newest):
            self._note(date, "finished", newest)
            return
        is_published = newest is not None and not newest.is_withdrawal
        if newest is not None and is_published:
            self._pages.show(newest)
            if has_gate(self._limits):
                self._check_gates(date, self._issues.read(newest, "quality"))
        fresh = newest is not None and is_published and not self._inputs.stale(newest)
        self._steps.skip(
            "analyze", "the newest issue read the same files" if fresh else "not asked for", date
        )
        self._note(date, "up to date" if fresh else "left out", newest)

    def unpublish(self, date: dt.date) -> None:
        """Withdraw the reports of a date: an issue without any becomes its newest.

        Raises UsageError for a date that was never published, HdfsUnavailable when a run publishes meanwhile.
        """
        newest = self._issues.newest(date)
        if newest is None:
            raise never_published(date, has_records=self._inputs.digest(date) is not None)
        if newest.is_withdrawal:
            self._note(date, "finished" if self._repair(newest) else "unpublished already", newest)
            return
        issue = self._steps.run("unpublish", lambda _: self._withdraw(date), date)
        if not issue.is_withdrawal:
            raise HdfsUnavailable(
                f"issue {issue.number} of {date} was published meanwhile",
                "by another run",
                "unpublish it again",
            )
        self._note(date, "unpublished", issue)

    def withdraw_again(self, date: dt.date) -> None:
        """Let the issues of an unpublished date go that tell of somebody who was erased."""
        self._steps.run("unpublish", lambda _: self._withdraw(date), date)

    def _withdraw(self, date: dt.date) -> Issue:
        source = withdrawal(date, self._state.seq, self._state.head, self._record.run_id)
        return self._issues.withdraw(source, self._tainted(date))

    def _repair(self, newest: Issue) -> bool:
        date = newest.date
        self._issues.complete(newest)
        in_place = self._issues.finish(date) or self._issues.restore(date)
        cube = self._cubes.repair(date)
        if cube:
            self._issues.register.record_cubes()
        return in_place or cube

    def _check_gates(self, date: dt.date, quality: Report) -> None:
        """Note the lines of a published report that fail a gate of the present settings."""
        if failed := failed_lines(quality, self._limits):
            self._record.gates[date.isoformat()] = failed

    def _note_quiet(self, date: dt.date, report: Report) -> None:
        """Note facilities that send less than usual; before the date is over nobody can say."""
        quiet = quiet_facilities(report, self._limits)
        is_over = clock.now() >= clock.end_of_day(date, self._zone)
        if is_over:
            measure("facilities.quiet", date=date, facilities=len(quiet))
        if quiet and is_over:
            self._record.quiet_facilities[date.isoformat()] = quiet
            event("quality.quiet_facilities", date=date.isoformat(), facilities=len(quiet))

    def _note_alarms(self, new: Sequence[NewAlarm]) -> None:
        """Note alarms for the alert hook; another attempt finds them noted."""
        self._record.new_alarms += [each for each in new if each not in self._record.new_alarms]

    def note_plan(self, date: dt.date, reason: str | None, newest: Issue | None) -> None:
        """Note what would be done, for a dry run."""
        self._note(date, f"would publish ({reason})" if reason else "up to date", newest)

    def _note_published(self, source: Provenance, issue: Issue) -> None:
        action = "published" if issue.source.run_id == source.run_id else "up to date"
        self._note(source.date, action, issue)

    def _note(self, date: dt.date, action: str, issue: Issue | None) -> None:
        self._record.dates.append(
            DateResult(
                date=date,
                action=action,
                issue=issue.number if issue else None,
                records=stored_lines(self._state, date.isoformat()),
                state=self._inputs.report_state(issue, clock.today(self._zone)),
            )
        )

    def _state_now(self, date: dt.date, records: int) -> IssueState:
        if not records:
            return "empty"
        is_open = self._record.hidden or clock.today(self._zone) <= self._open_until(date)
        return "provisional" if is_open else "final"

    def _open_until(self, date: dt.date) -> dt.date:
        return date + dt.timedelta(days=self._limits.provisional_days)


def _is_of(issue: Issue, wanted: Wanted) -> bool:
    """Whether an issue was made for what was wanted, and was not published before."""
    return issue.source.run_id == wanted.source.run_id


def _listed(dates: Sequence[dt.date]) -> str:
    return (
        str(dates[0])
        if len(dates) == 1
        else f"{counted(len(dates), 'date')} such as {dates[0]} and {dates[-1]}"
    )
