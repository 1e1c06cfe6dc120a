"""What the screen of `watch` knows, and how looks and keys change it. No terminal, no server, no clock."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from healthtrends.cli.watch.keys import Key
from healthtrends.orchestrate.observation import Observation, ObservedDate

RATE_SECONDS = 30.0
"""Looks as old as this give the rate: a follower commits every ten seconds, not at every look."""


@dataclass(frozen=True, slots=True)
class OpenedReport:
    """The report of a date, or why there is none."""

    date: dt.date
    title: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    problem: str = ""
    first: int = 0
    """First row that is shown."""

    def scrolled(self, by: int) -> "OpenedReport":
        """Give the report with another first row."""
        return replace(self, first=max(0, min(self.first + by, len(self.rows) - 1)))


@dataclass(frozen=True, slots=True)
class Screen:
    """State of the screen."""

    every: float
    """Seconds between two looks."""
    look: Observation | None = None
    """The newest; None: the first is under way."""
    passed: tuple[tuple[float, int], ...] = ()
    """Moment and stored offsets of the looks of the last `RATE_SECONDS`, oldest first."""
    chosen: dt.date | None = None
    opened: OpenedReport | None = None
    awaits: dt.date | None = None
    """Date whose report is being read."""

    @property
    def rate(self) -> float | None:
        """Offsets committed a second; None: fewer than two looks know."""
        if len(self.passed) < 2:
            return None
        (begin, before), (end, now) = self.passed[0], self.passed[-1]
        return max(0, now - before) / (end - begin) if end > begin else None

    @property
    def dates(self) -> tuple[ObservedDate, ...]:
        """Dates of the look, newest first, as they are listed."""
        return tuple(reversed(self.look.dates)) if self.look and self.look.dates else ()

    def looked(self, look: Observation) -> "Screen":
        """Take a look; the chosen date stays, the first time it is the newest one."""
        passed = self.passed
        if look.stored is not None:
            passed = (*passed, (look.moment, look.stored))
        passed = tuple(each for each in passed if look.moment - each[0] <= max(RATE_SECONDS, 2 * self.every))
        chosen = self.chosen
        if chosen is None and look.dates:
            chosen = look.dates[-1].date
        return replace(self, look=look, passed=passed, chosen=chosen)

    def read(self, report: OpenedReport) -> "Screen":
        """Show a report, unless the person has gone back meanwhile."""
        return replace(self, opened=report, awaits=None) if self.awaits == report.date else self

    def pressed(self, key: Key) -> "Screen":
        """Take a key; `quit` is the caller's. A date that is opened is in `awaits` afterwards."""
        if self.opened is not None or self.awaits is not None:
            return self._pressed_in_report(key)
        if key in ("up", "down"):
            return self._moved(-1 if key == "up" else 1)
        if key == "enter" and self.chosen is not None:
            return replace(self, awaits=self.chosen)
        return self

    def _pressed_in_report(self, key: Key) -> "Screen":
        if key == "escape":
            return replace(self, opened=None, awaits=None)
        if key in ("up", "down") and self.opened is not None:
            return replace(self, opened=self.opened.scrolled(-1 if key == "up" else 1))
        return self

    def _moved(self, by: int) -> "Screen":
        dates = [each.date for each in self.dates]
        if not dates:
            return self
        place = dates.index(self.chosen) + by if self.chosen in dates else 0
        return replace(self, chosen=dates[max(0, min(place, len(dates) - 1))])
