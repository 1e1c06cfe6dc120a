"""Digests of what each date holds at one commit number, and a check that its record files are there.

Cubes are found by these digests, and issues are compared with them. A cube stands for its files, so reports
could be made of it when these are gone. Nobody could read again what their numbers come from.
"""

import datetime as dt
import posixpath
from collections.abc import Iterator, Sequence
from functools import partial

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.icd.edition import BUNDLED
from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.page.data import DateState
from healthtrends.publish.issue_manifest import Issue
from healthtrends.reports.registry import longest_look_back
from healthtrends.storage.cube_head import inputs_digest
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

APART = dt.timedelta(days=366)
"""Farther from every other stored date, a date does not widen the range of them."""


class InputDigests:
    """Digests of the dates of one state, each made when first asked for."""

    def __init__(self, state: State, codes: str = BUNDLED) -> None:
        """`codes` is the edition by which codes are grouped and judged: `Edition.identity`."""
        self.codes = codes
        self._state = state
        self._digests: dict[dt.date, str | None] = {}

    def digest(self, date: dt.date) -> str | None:
        """Digest of the files of a date's records; None: no commit ever named a file for it."""
        if date not in self._digests:
            self._digests[date] = self._state.day_facts(date.isoformat()).inputs or None
        return self._digests[date]

    def stored_range(self, today: dt.date) -> tuple[dt.date, dt.date]:
        """First and last date that records are stored of; the first is after the last when there are none.

        What lies after `today`, or more than a year apart from all others, is a slip in a single record and
        does not widen the range.
        """
        dates = [date for date in sorted(map(dt.date.fromisoformat, self._state.dates)) if date <= today]
        while len(dates) > 1 and dates[1] - dates[0] > APART:
            del dates[0]
        while len(dates) > 1 and dates[-1] - dates[-2] > APART:
            del dates[-1]
        return (dates[0], dates[-1]) if dates else (dt.date.max, dt.date.min)

    def before(self, date: dt.date) -> dict[str, str]:
        """Digests of the observed ones of the days before a date that reports read, oldest first."""
        found = ((day, self.digest(day)) for day in days_before(date, longest_look_back()))
        return {day.isoformat(): digest for day, digest in found if digest is not None}

    def lines_of_same_weekdays(self, date: dt.date) -> list[int]:
        """Lines stored of the observed ones of the same weekdays before a date."""
        days = [date - dt.timedelta(days=back) for back in SAME_WEEKDAYS]
        return [self._state.day_facts(day.isoformat()).lines for day in days if self.digest(day)]

    def stale(self, issue: Issue) -> tuple[str, ...]:
        """Find the reports that more records came for, on their date or on the days before that they read.

        All are stale when they were made by another edition of ICD-10.
        """
        if issue.date.isoformat() in self._state.expired:
            return ()  # final: made of what was there, or of the cube that is left
        if not self._has_same_date(issue):
            return tuple(issue.reports)
        return tuple(name for name in issue.reports if not self._has_same_days(name, issue))

    def has_stale_window(self, issue: Issue) -> bool:
        """Whether the issue is stale for days before its date alone; its own records are what they were."""
        return self._has_same_date(issue) and bool(self.stale(issue))

    def report_state(self, issue: Issue | None, today: dt.date) -> DateState:
        """Compare the reports of a date, by its newest issue, with the log and the day at the place."""
        if issue is None:
            return "missing"
        if issue.is_withdrawal:
            return "unpublished"
        if self.stale(issue):
            return "stale"
        if issue.source.fed and self.awaits_hidden(issue):
            return "provisional"
        return issue.source.state_on(today)

    def awaits_hidden(self, issue: Issue) -> bool:
        """Whether offsets that an open transaction hid from the issue's run are still to be read."""
        return any(
            partition not in self._state.parts or self._state.parts[partition].next < end
            for partition, (_, end) in issue.source.hidden.items()
        )

    def _has_same_date(self, issue: Issue) -> bool:
        source = issue.source
        if source.codes != self.codes:
            return False
        return (inputs_digest(source.input_names) if source.inputs else None) == self.digest(source.date)

    def _has_same_days(self, report: str, issue: Issue) -> bool:
        source = issue.source
        now = {day: self.digest(dt.date.fromisoformat(day)) for day in source.days_read_by(report)}
        return source.has_read(report, {day: held for day, held in now.items() if held})


def days_before(date: dt.date, days: int) -> Iterator[dt.date]:
    """Days before a date, oldest first."""
    return (date - dt.timedelta(days=back) for back in range(days, 0, -1))


def check_record_files(log: CommitLog, state: State, dates: Sequence[dt.date]) -> None:
    """Compare names and lengths with the log; `verify` reads what the files hold.

    Raises DamageFound, and HdfsUnavailable while a commit is being put in place.
    """
    named = [date for date in map(dt.date.isoformat, dates) if date in state.files]
    found = zip(named, log.pool.map(partial(_wrong, log, state), named), strict=True)
    wrong = {date: paths for date, paths in found if paths}
    if not wrong:
        return
    date, paths = next(iter(wrong.items()))
    raise DamageFound(
        f"record files of {', '.join(wrong)} are missing or cut: {sum(map(len, wrong.values())):,}",
        f"the log names {paths[0]}",
        f"`healthtrends ingest --restage {paths[0]}` makes a file again from the topic; "
        f"`healthtrends verify {date}` names all; nothing was published",
    )


def _wrong(log: CommitLog, state: State, date: str) -> list[str]:
    """Paths of a date's files that are neither in place, nor aside, nor on the way."""
    files = state.files.get(date, {})
    folders = {posixpath.dirname(path) for path in files}
    there = {f"{folder}/{entry.name}": entry.length for folder in folders for entry in log.store.list(folder)}
    absent = [file for path, file in files.items() if there.get(path) != file.bytes]
    places = log.locate([file.dst for file in absent])
    return [
        file.dst for file, place in zip(absent, places, strict=True) if not _is_elsewhere(log, file, place)
    ]


def _is_elsewhere(log: CommitLog, file: StagedFile, place: str) -> bool:
    """Whether a later commit took it out, so that readers of this state find it aside."""
    if log.store.length(file.src) is not None:
        raise HdfsUnavailable(f"files of {file.date} are being put in place", "", "run again")
    return place != file.dst
