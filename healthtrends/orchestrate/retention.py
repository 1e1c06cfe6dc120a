"""Retention as `expire` and every run do it: what is old enough goes for good, and what was made of it stays.

    plan     by settings, log and clock: dates, reject files, issues, run records; nothing is written
    commit   record and reject files, and numbers of issues: one commit of the log
    delete   issues that the log says are gone, and run records

A date expires when its present records are counted in a cube and its reports, if it has any, tell of them.
From then on it is final: no run makes its reports again. What comes late is stored, and counted in `quality`
of the day on which it came.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from healthtrends.config.retention import Retention
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import counted, event
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.run_records import RunHistory
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import longest_look_back
from healthtrends.storage.cubes import FIGURES_ONLY, Cubes
from healthtrends.storage.expire import ExpiryPlan, expire
from healthtrends.storage.expired import Retired
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.visits.expiry import FactExpiry
from healthtrends.visits.resolve import resolved_files


@dataclass(slots=True)
class ExpiryResult:
    """What goes, or went: dates and numbers."""

    dates: list[str] = field(default_factory=list)
    """Visit dates whose records go."""
    lines: int = 0
    """Lines of records, late ones among them."""
    late_files: int = 0
    """Files that came for dates which had expired before."""
    rejects: int = 0
    reject_days: list[str] = field(default_factory=list)
    issues: dict[str, Retired] = field(default_factory=dict)
    """By date, up to which number issues go, and up to which their reports."""
    runs: int = 0
    """Run records."""
    waiting: list[str] = field(default_factory=list)
    """Dates that are old enough, and not counted or not published as they are now."""
    computed: list[str] = field(default_factory=list)
    """Those of `dates` whose records are computed from facts, which go with them."""
    facts: int = 0
    """Facts that went; not known before."""
    seq: int = 0
    """Number of the commit; 0: there was none."""


class Expiring:
    """Retention under one root."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues, runs: RunHistory) -> None:
        self._dependencies = dependencies
        self._limits: Retention = dependencies.retention
        self._log = log
        self._issues = issues
        self._runs = runs

    def run(self, steps: Steps, *, dry_run: bool = False) -> ExpiryResult:
        """Take out what is old enough; with `dry_run` only say what. Raises Superseded, HdfsUnavailable."""
        state = steps.run("read log", lambda _: self._log.read_state())
        plan, result = steps.run("plan expiry", lambda _: self._plan(state))
        runs = self._runs.older_than(self._before(self._limits.runs_days)) if self._limits.runs_days else []
        result.runs = len(runs)
        if dry_run:
            return result

        def work(step: StepRecord) -> None:
            facts = FactExpiry(self._log)
            committed = expire(self._log, plan, self._dependencies.settings.today(), facts)
            result.seq, result.facts = (committed.seq if committed else 0), facts.taken_out
            step.note = f"{counted(len(result.dates), 'date')}, {counted(result.lines, 'line')}"

        steps.run("expire", work)
        steps.run("drop patients of cubes", self._drop_patients)
        steps.run("delete issues", lambda _: self._delete_issues())
        self._log.pool.delete_all(runs)
        return result

    def after_run(self, steps: Steps) -> None:
        """Do it at the end of a run; a failure is no failure of the run, and the next one tries again."""
        if not self._limits.is_set:
            return
        try:
            self.run(steps)
        except HealthTrendsError as error:
            event("retention.left", reason=error.what)

    def _before(self, days: int) -> dt.date:
        """First day that is kept."""
        return self._dependencies.settings.today() - dt.timedelta(days=days)

    def _plan(self, state: State) -> tuple[ExpiryPlan, ExpiryResult]:
        result = ExpiryResult()
        dates = dict(self._dates(state, result)) if self._limits.records_days else {}
        late = tuple(self._late(state)) if self._limits.records_days else ()
        result.issues = dict(self._old_issues()) if self._limits.issues_days or self._limits.copies else {}
        if self._limits.rejects_days:
            first = self._before(self._limits.rejects_days).isoformat()
            result.reject_days = [day for day in state.reject_files if day < first]
        facts = [state.files.facts(date) for date in dates]
        late_files = [file for path in late if (file := state.files.find(path))]
        result.dates, result.late_files = sorted(dates), len(late_files)
        result.lines = sum(each.lines for each in facts) + sum(file.lines for file in late_files)
        result.rejects = sum(state.reject_files.facts(day).lines for day in result.reject_days)
        first_day = self._before(self._limits.records_days)
        return ExpiryPlan(dates, late, first_day, tuple(result.reject_days), result.issues), result

    def _dates(self, state: State, result: ExpiryResult) -> Iterator[tuple[str, str]]:
        """Dates whose records go, with the digest of what they came in."""
        first = self._before(self._limits.records_days).isoformat()
        inputs = InputDigests(state, self._dependencies.edition.identity)
        cubes = Cubes(self._log.pool, self._log.layout)
        for date in state.files:
            if date >= first or date in state.expired:
                continue
            day = dt.date.fromisoformat(date)
            digest, issue = inputs.digest(day), self._issues.newest(day)
            is_told = issue is None or issue.is_withdrawal or not inputs.stale(issue)
            if digest and is_told and date in state.cubes and cubes.is_there(day, digest):
                if resolved_files(state, date):
                    result.computed.append(date)
                yield date, digest
            else:
                result.waiting.append(date)

    def _late(self, state: State) -> Iterator[str]:
        """Files of expired dates that came so long ago that they go too."""
        first = self._before(self._limits.records_days).isoformat()
        for date in state.expired:
            for path, file in state.files.get(date, {}).items():
                if max((reading.clock_date for reading in file.read_as), default="") < first:
                    yield path

    def _old_issues(self) -> Iterator[tuple[str, Retired]]:
        """Dates of which issues, or their reports, go: up to which number."""
        limits = self._limits
        first = self._before(limits.issues_days)
        for date in self._issues.dates():
            numbers = self._issues.numbers(date)
            if len(numbers) < 2:
                continue  # the newest stays in any case
            newest = self._issues.get(date, numbers[-1])
            old = (issue.number for issue in self._issues.all(date)[:-1] if issue.moment.date() < first)
            retired = max([newest.retired, *(old if limits.issues_days else ())])
            dropped = max(newest.dropped, retired, newest.number - limits.copies if limits.copies else 0)
            if (retired, dropped) != (newest.retired, newest.dropped):
                yield date.isoformat(), (retired, dropped)

    def _drop_patients(self, step: StepRecord) -> None:
        """Leave figures only in cubes of expired dates that no date looks back on which can be published."""
        state = self._log.read_state(since=self._log.newest_seen)
        last = self._before(self._limits.records_days) - dt.timedelta(days=longest_look_back())
        if not self._limits.records_days:
            return
        cubes = Cubes(self._log.pool, self._log.layout, self._issues.register.note_cube)
        dates = [
            date
            for date in state.expired
            if date < last.isoformat() and not state.cubes.get(date, ("", ""))[0].endswith(FIGURES_ONLY)
        ]
        for date in dates:
            cubes.drop_patients(dt.date.fromisoformat(date), state.expired[date].inputs)
        self._issues.register.record_cubes()
        step.note = counted(len(dates), "date")

    def _delete_issues(self) -> None:
        """Delete what the log says is gone; a run that died may have left some."""
        for date in self._log.newest_seen.retired:
            newest = self._issues.newest(dt.date.fromisoformat(date))
            if newest is not None:
                self._issues.retire(newest)
