"""Releases as the commands and a run call them: of a date, of all final dates, their pages and their audit.

What makes and judges them loads NumPy, SciPy and HiGHS, and is loaded when something is to be released.
"""

import datetime as dt
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Final

from healthtrends import clock
from healthtrends.errors import (
    DamageFound,
    FinalError,
    QualityGate,
    ReleaseOvertaken,
    ReleaseRefused,
    UsageError,
)
from healthtrends.observe import measure
from healthtrends.orchestrate.dependencies import Dependencies, ReleaseOptions
from healthtrends.orchestrate.forget import OpenDays
from healthtrends.orchestrate.issue_reader import IssueReader
from healthtrends.orchestrate.range_run import write_index
from healthtrends.orchestrate.released_dates import Released, ReleasedDates, overtaken
from healthtrends.orchestrate.run_records import RunRecord, new_run
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.publish.issue_manifest import Issue, ReleaseSource
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog

if TYPE_CHECKING:
    from healthtrends.audit.judge import Finding
    from healthtrends.orchestrate.releasing import Releases

_RECENT: Final = 14
"""Days before a run whose dates it releases: more than a week, as not all were final a week ago."""
_TURNS: Final = 5
"""How often a release is judged while other writers release dates near it."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class DateReleases:
    """What left the house of one root, and what may."""

    def __init__(
        self,
        dependencies: Dependencies,
        log: CommitLog,
        issues: Issues,
        published: IssueReader,
        open_days: OpenDays,
    ) -> None:
        self._dependencies = dependencies
        self._issues = issues
        self._released = ReleasedDates(dependencies, issues, log, self._check_beside)
        self._published = published
        self._open_days = open_days
        self._opened: Releases | None = None

    def release(self, date: dt.date, options: ReleaseOptions) -> Released:
        """Write what may leave the house of a date. Raises UsageError, ReleaseRefused, HdfsUnavailable."""
        self._published.issue(date)  # says what is missing, where nothing is to be released
        steps = Steps(self._dependencies.deadline)
        record = new_run({"release": str(date), **asdict(options)}, steps.records)
        return steps.run("release", lambda _: self._release(date, options, record.run_id), date)

    def release_final(self, steps: Steps, record: RunRecord) -> FinalError | None:
        """Release the dates that are due, each once; give the error of the first that may not be released."""
        wanted = self._dependencies.release
        options = ReleaseOptions(wanted.policy, wanted.hidden_below)
        first: FinalError | None = None
        due = self._due(steps, record)
        for date in due:
            if self._is_too_large(date):
                steps.skip("release", f"it has more than {wanted.max_codes:,} codes", date)
                continue
            try:
                steps.run("release", partial(self._release_one, date, options, record.run_id), date)
            except (QualityGate, UsageError, DamageFound) as refused:
                first = first or refused
        if due:
            measure("quality.gate", gate="release", failed=first is not None)
        return first

    def _due(self, steps: Steps, record: RunRecord) -> list[dt.date]:
        """Dates that a run releases: those asked for and those of the last days that are final.

        In their order, and none before one that was released: windows of later dates tell of it, so that it
        may be told too much. A date that is left out for that is written down.
        """
        schedule = self._dependencies.release.schedule
        today = clock.today(self._dependencies.settings.source.timezone)
        if schedule not in ("final", _WEEKDAYS[today.weekday()]):
            return []
        last = self._released.last()
        due = {date for date in self._recent(today) if last is None or date > last}
        for date in sorted(each.date for each in record.dates if each.state == "final"):
            if schedule == "final" and (last is None or date > last or self.find(date)):
                due.add(date)
            elif schedule == "final":
                steps.skip("release", _released_before(last), date)
        return sorted(due)

    def _is_too_large(self, date: dt.date) -> bool:
        """Whether runs leave a date to the command; not one that was released."""
        issue = self._issues.newest(date)
        if issue is None or self.find(date):
            return False
        return len(self._issues.read(issue, "trend_summary").rows) > self._dependencies.release.max_codes

    def _recent(self, today: dt.date) -> list[dt.date]:
        """Final dates of the last days; nobody runs a date again only because it has become final."""
        dates = [date for date in self._issues.dates() if 0 < (today - date).days <= _RECENT]
        found = self._issues.find_newest(dates)
        return [issue.date for issue in found if issue.source.state_on(today) == "final"]

    def _release_one(self, date: dt.date, options: ReleaseOptions, run_id: str, step: StepRecord) -> None:
        try:
            step.note = self._release(date, options, run_id).action
        except ReleaseRefused:
            last = self._released.last()
            if last is None or last <= date:
                raise
            step.skip(_released_before(last))  # by another run, since this one saw that none was

    def _release(self, date: dt.date, options: ReleaseOptions, run_id: str) -> Released:
        for _ in range(_TURNS):
            issue = self._released.issue(date, options)
            with suppress(ReleaseOvertaken):
                before = self._released.released_before(issue, options)
                return before or self._releases().make(issue, options, run_id)
        raise overtaken(date)

    def _check_beside(self, release: Issue) -> None:
        self._releases().check_beside(release)

    def find(self, date: dt.date) -> ReleaseSource | None:
        """How a date was released; None: it was not. Raises HdfsUnavailable."""
        return self._released.find(date)

    def page(self, date: dt.date) -> bytes:
        """Read the page of a date's newest release. Raises UsageError, DamageFound, HdfsUnavailable."""
        return self._released.page(date)

    def exports(self, date: dt.date) -> dict[str, bytes]:
        """Make a date's newest release as Parquet and a data package. Raises UsageError, DamageFound."""
        return self._released.exports(date)

    def audit(self, date: dt.date) -> "list[Finding]":
        """Audit what was released of a date. Raises UsageError, QualityGate, HdfsUnavailable."""
        return self._releases().audit(date)

    def show(self) -> None:
        """Write the index of the pages again, which says which dates are released."""
        steps = Steps(self._dependencies.deadline)
        with self._open_days(steps, new_run({}, steps.records)) as days:
            days.open_pages()
            write_index(days)

    def _releases(self) -> "Releases":
        from healthtrends.orchestrate.releasing import Releases  # noqa: PLC0415  NumPy, SciPy and HiGHS

        if self._opened is None:
            self._opened = Releases(self._dependencies, self._released)
        return self._opened


def _released_before(later: dt.date | None) -> str:
    return f"{later} was released before it"
