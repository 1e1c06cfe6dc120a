"""One date from stored files to a published issue; done already is a good answer."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from healthtrends import clock
from healthtrends.errors import DamageFound, EngineFailed, HdfsUnavailable
from healthtrends.orchestrate.runrecord import DateResult, RunRecord
from healthtrends.orchestrate.steps import Steps
from healthtrends.publish.issue import Issues
from healthtrends.publish.issued import Issue, Provenance
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State

Reprocess = Literal["missing", "failed", "stale", "all"]


class Analysed(Protocol):
    """All reports of a date and what made them."""

    @property
    def reports(self) -> Mapping[str, bytes]:
        """CSV by report name."""
        ...

    @property
    def input_records(self) -> int:
        """Lines read."""
        ...

    @property
    def engine(self) -> str:
        """Name of the engine that gave the numbers."""
        ...

    @property
    def engine_version(self) -> str:
        """Its version."""
        ...


class Analyst(Protocol):
    """Computes the reports of one date."""

    def analyze(self, paths: Sequence[str], date: dt.date) -> Analysed:
        """Read the record files `paths` of `date`. Raises EngineFailed."""
        ...


class DayRun:
    """Works on dates at one commit number, for one run."""

    def __init__(
        self, log: CommitLog, issues: Issues, steps: Steps, record: RunRecord, provisional_days: int
    ) -> None:
        """Read the log; everything of this run is at the number found."""
        self._log = log
        self._state = steps.run("read log", lambda _: log.read_state())
        record.seq = self._state.seq
        self._issues = issues
        self._steps = steps
        self._record = record
        self._provisional_days = provisional_days

    def due(
        self, date: dt.date, reprocess: Reprocess | None, *, failed: bool
    ) -> tuple[str | None, Issue | None]:
        """Why the date is to be made (missing, stale, failed, asked), or None; and its newest issue."""
        newest = self._issues.newest(date)
        if reprocess == "all":
            return "asked", newest
        if newest is not None and self._is_fresh(date, newest):
            return None, newest
        standing = "stale" if newest else "missing"
        if reprocess == "failed":
            return ("failed" if failed else None), newest
        return (standing if reprocess in (None, standing) else None), newest

    def publish(self, date: dt.date, reason: str, analyst: Analyst, *, analyze_only: bool = False) -> None:
        """Analyse and publish; every attempt starts from the stored files."""
        paths = self._state.paths(date.isoformat())
        analysed = self._steps.run("analyze", lambda _: self._analysed(analyst, paths, date), date)
        self._record.versions[analysed.engine] = analysed.engine_version
        if analyze_only:
            self._note(date, "analysed", self._issues.newest(date))
            return
        source = Provenance(
            date=date,
            seq=self._state.seq,
            inputs=self._state.inputs(date.isoformat()),
            input_records=analysed.input_records,
            engine=analysed.engine,
            engine_version=analysed.engine_version,
            run_id=self._record.run_id,
            reason=reason,
            state="provisional" if clock.today() <= self._open_until(date) else "final",
            provisional_until=self._open_until(date),
        )
        issue = self._steps.run("publish", lambda _: self._issues.publish(source, analysed.reports), date)
        self._note(date, "published", issue)

    def _analysed(self, analyst: Analyst, paths: Sequence[str], date: dt.date) -> Analysed:
        """Analyse, and compare with the log: a file that is gone is no error to every engine, but no rows."""
        located = self._log.locate(paths)
        try:
            analysed = analyst.analyze(located, date)
        except EngineFailed as failure:
            if self._log.locate(paths) != located:
                raise _moved(date) from failure
            raise
        stored = stored_lines(self._state, date.isoformat())
        if analysed.input_records != stored:
            if self._log.locate(paths) != located:
                raise _moved(date)
            raise DamageFound(
                f"the engine read {analysed.input_records:,} of the {stored:,} lines stored for {date}",
                "a record file is missing or was changed",
                f"`healthtrends verify {date}` names it; nothing was published",
            )
        return analysed

    def known_dates(self) -> list[dt.date]:
        """Every date that has records or was ever published, in order."""
        return sorted({*map(dt.date.fromisoformat, self._state.files), *self._issues.dates()})

    def files(self, date: dt.date) -> int:
        """How many record files the date has."""
        return len(self._state.paths(date.isoformat()))

    def leave(self, date: dt.date, newest: Issue | None) -> None:
        """Nothing to make; an issue that was only half in place is put in place."""
        if newest is not None and (self._issues.finish(date) or self._issues.restore(date)):
            self._note(date, "finished", newest)
            return
        fresh = newest is not None and self._is_fresh(date, newest)
        self._steps.skip(
            "analyze", "the newest issue read the same files" if fresh else "not asked for", date
        )
        self._note(date, "up to date" if fresh else "left out", newest)

    def foresee(self, date: dt.date, reason: str | None, newest: Issue | None) -> None:
        """Note what would be done, for a dry run."""
        self._note(date, f"would publish ({reason})" if reason else "up to date", newest)

    def _is_fresh(self, date: dt.date, issue: Issue) -> bool:
        """Compare file lists, not sequence numbers: a commit for another date changes nothing here."""
        return issue.source.inputs == self._state.inputs(date.isoformat())

    def _note(self, date: dt.date, action: str, issue: Issue | None) -> None:
        self._record.dates.append(
            DateResult(
                date=date,
                action=action,
                issue=issue.number if issue else None,
                records=stored_lines(self._state, date.isoformat()),
                state=report_state(self._state, date, issue),
            )
        )

    def _open_until(self, date: dt.date) -> dt.date:
        return date + dt.timedelta(days=self._provisional_days)


def _moved(date: dt.date) -> HdfsUnavailable:
    """The next attempt finds the files where they lie then."""
    return HdfsUnavailable(f"files of {date} were compacted while they were read")


def stored_lines(state: State, date: str) -> int:
    """Lines stored for a visit date."""
    return sum(file.lines for file in state.files.get(date, {}).values())


def report_state(state: State, date: dt.date, issue: Issue | None) -> str:
    """Tell missing, stale, provisional or final: how the reports of a date stand against the log."""
    if issue is None:
        return "missing"
    if issue.source.inputs != state.inputs(date.isoformat()):
        return "stale"
    return issue.source.state_on(clock.today())
