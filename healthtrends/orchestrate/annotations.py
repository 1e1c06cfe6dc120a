"""What people say of outbreaks and alarms, as the commands call it; see `storage.annotations`."""

import datetime as dt
from collections.abc import Sequence

from healthtrends import clock
from healthtrends.model.annotation import (
    AlarmKind,
    Annotation,
    ListedOutbreak,
    known_outbreaks,
    listed_outbreaks,
    said_until,
    time_text,
)
from healthtrends.model.known_days import KnownDays, KnownOutbreak
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.orchestrate.steps import Steps
from healthtrends.storage.annotations import Check, annotate
from healthtrends.storage.log import CommitLog


class Annotations:
    """The list beside the data, with the operator's files beside it."""

    def __init__(self, dependencies: Dependencies, log: CommitLog) -> None:
        self._dependencies = dependencies
        self._log = log

    def said(self) -> Sequence[Annotation]:
        """All that was ever said, oldest first. Raises DamageFound, HdfsUnavailable."""
        return self._log.read_state(since=self._log.newest_seen).annotations

    def outbreaks(self) -> list[ListedOutbreak]:
        """Outbreaks of the list, by number."""
        return listed_outbreaks(self.said())

    @property
    def from_files(self) -> KnownDays:
        """What the files of the configuration say."""
        return self._dependencies.known_days

    def known_days(self, moment: dt.datetime | None = None) -> KnownDays:
        """What baselines leave out: of the files and of the list, as it was at a moment, or as it is.

        A file does not say since when; it holds for any moment.
        """
        said = self.said() if moment is None else said_until(self.said(), moment)
        files = self.from_files
        return KnownDays([*files.outbreaks, *known_outbreaks(said)], files.holidays)

    def add_outbreak(self, outbreak: KnownOutbreak, by: str) -> int:
        """Put an outbreak into the list, and return its number. Raises UsageError when it is there."""
        return self._say(
            Annotation(
                kind="outbreak",
                by=by,
                at=time_text(clock.now()),
                code=outbreak.code,
                first=outbreak.first.isoformat(),
                last=outbreak.last.isoformat() if outbreak.last else "",
                note=outbreak.note,
            ),
            lambda said: _is_listed(said, outbreak),
        )

    def end_outbreak(self, number: int, last: dt.date, by: str) -> ListedOutbreak:
        """Set the last day of an outbreak of the list. Raises UsageError."""
        said = Annotation(kind="end", by=by, at=time_text(clock.now()), of=number, last=last.isoformat())
        self._say(said, lambda before: _cannot_end(before, number, last))
        return _find(self.said(), number)

    def withdraw_outbreak(self, number: int, by: str) -> ListedOutbreak:
        """Say that an outbreak of the list was none. Raises UsageError."""
        said = Annotation(kind="withdraw", by=by, at=time_text(clock.now()), of=number)
        self._say(said, lambda before: _cannot_change(before, number))
        return _find(self.said(), number)

    def say_of_alarm(self, kind: AlarmKind, code: str, date: dt.date, note: str, by: str) -> int:
        """Say something of the alarm of a code on a date, and return the number of the entry."""
        said = Annotation(
            kind=kind, by=by, at=time_text(clock.now()), code=code, first=date.isoformat(), note=note
        )
        return self._say(said, lambda _: None)

    def _say(self, said: Annotation, check: Check) -> int:
        steps = Steps(self._dependencies.deadline)
        return steps.run("annotate", lambda _: annotate(self._log, said, check))


def make_finder(dependencies: Dependencies, said: Sequence[Annotation]) -> SignalFinder:
    """Make what finds alarms, with all that is known of outbreaks and holidays."""
    files = dependencies.known_days
    known = KnownDays([*files.outbreaks, *known_outbreaks(said)], files.holidays)
    return SignalFinder(
        dependencies.alarms, dependencies.edition, dependencies.quality.min_weekday_share, known
    )


def _find(said: Sequence[Annotation], number: int) -> ListedOutbreak:
    return next(each for each in listed_outbreaks(said) if each.number == number)


def _is_listed(said: Sequence[Annotation], outbreak: KnownOutbreak) -> str | None:
    for each in listed_outbreaks(said):
        same = (each.outbreak.code, each.outbreak.first) == (outbreak.code, outbreak.first)
        if same and not each.is_withdrawn:
            return f"outbreak {each.number} is that of {outbreak.code} from {outbreak.first} on"
    return None


def _cannot_change(said: Sequence[Annotation], number: int) -> str | None:
    found = {each.number: each for each in listed_outbreaks(said)}
    if number not in found:
        return f"there is no outbreak {number} in the list"
    return f"outbreak {number} is withdrawn already" if found[number].is_withdrawn else None


def _cannot_end(said: Sequence[Annotation], number: int, last: dt.date) -> str | None:
    refused = _cannot_change(said, number)
    if refused is None and last < _find(said, number).outbreak.first:
        return f"outbreak {number} would end before its first day"
    return refused
