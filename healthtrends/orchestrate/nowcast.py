"""Reporting triangle of the commit log, and the nowcast of the days that are still open.

Each commit names, for each of its files, the visit date, the number of lines and the clock date of its batch.
So the lists of a state tell how many lines of a day came how many days later, whatever was merged since, and
no record is read. Lines are never taken away: a correction or a cancellation is one more, so no cell is
negative. Of records that were computed from facts the log does not tell it.

The day of the newest batch counts as over. A day before the first batch is no history, as what was loaded of
it came at once. Lines that came before their day count as its own.
"""

import datetime as dt
from collections.abc import Iterator, Mapping

import numpy as np

from healthtrends.detect import nowcast as method
from healthtrends.detect.series import FloatArray
from healthtrends.model.nowcast import Nowcast, NowcastDay
from healthtrends.storage.state import State

LONGEST = method.LONGEST_DELAY
Received = Mapping[dt.date, int]
"""Lines of a date by the day on which they came."""


def find_nowcast(state: State, date: dt.date) -> Nowcast:
    """Give the nowcast of the open days up to `date`, and of the date; a day without records is left out."""
    return list(ReportingTriangle(ReceivedLines(state), date).days())


class ReceivedLines:
    """Lines of dates by the day on which they came, as of one state; each list is read once."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[dt.date, Received | None] = {}

    def of(self, date: dt.date) -> Received | None:
        """Give those of a date; None: of some it is not known."""
        if date not in self._known:
            self._known[date] = _received(self._state, date)
        return self._known[date]

    def stored(self, date: dt.date) -> int:
        """All lines of a date."""
        return self._state.day_facts(date.isoformat()).lines


class ReportingTriangle:
    """Lines of the days up to a date by how many days later they came, as of one state."""

    def __init__(self, lines: ReceivedLines, date: dt.date, newest: dt.date | None = None) -> None:
        """Take as many days as a nowcast needs; with `newest` only what had come by that day."""
        back = range(method.HISTORY * LONGEST - 1, -1, -1)
        self.dates = [date - dt.timedelta(days=days) for days in back]
        later = [date + dt.timedelta(days=days) for days in range(1, LONGEST + 1)]
        known = [lines.of(each) for each in (*self.dates, *later)]
        batches = {day for received in known for day in received or ()}
        self._received = known[: len(self.dates)]
        self._stored = lines.stored(date)
        self._first = min(batches, default=dt.date.max)
        self._newest = min(newest or dt.date.max, max(batches, default=dt.date.min))

    def days(self) -> Iterator[NowcastDay]:
        """Give the open days and the last one, oldest first; a day without a line is not there."""
        begin, last = self._begin(), len(self.dates) - 1
        cells = self.cells(begin)
        found = method.nowcast(cells) if len(cells) and np.isnan(cells).any() else None
        for number, date in enumerate(self.dates):
            delay, lines = self._known_to(number), self._lines(number)
            if not lines or delay < 0 or (delay == LONGEST and number < last):
                continue
            if delay == LONGEST:
                yield NowcastDay(date, "complete", delay, lines, float(lines), (lines,) * 5)
            elif found is None or number < begin:
                yield NowcastDay(date, "too little history", delay, lines)
            else:
                yield _open_day(date, delay, lines, found, number - begin)
        if self._received[last] is None:
            yield NowcastDay(self.dates[last], "not recorded", 0, self._stored)

    def cells(self, begin: int) -> FloatArray:
        """Give the triangle of the days from number `begin` on, of which something is known."""
        days = [number for number in range(begin, len(self.dates)) if self._known_to(number) >= 0]
        triangle = np.full((len(days), LONGEST + 1), np.nan)
        for row, number in enumerate(days):
            triangle[row, : self._known_to(number) + 1] = 0
            for delay, lines in self._by_delay(number):
                if delay <= LONGEST:
                    triangle[row, delay] += lines
        return triangle

    def _begin(self) -> int:
        """Number of the first day of the history: behind the first batch, and behind what is not known."""
        unknown = [number for number, received in enumerate(self._received) if received is None]
        early = [number for number, date in enumerate(self.dates) if date < self._first]
        return max((*unknown, *early), default=-1) + 1

    def _known_to(self, number: int) -> int:
        """Greatest delay of a day that is over; negative: not even the day is."""
        return min(LONGEST, (self._newest - self.dates[number]).days)

    def _by_delay(self, number: int) -> Iterator[tuple[int, int]]:
        """Delays and lines of what had come."""
        for day, lines in (self._received[number] or {}).items():
            if day <= self._newest:
                yield max(0, (day - self.dates[number]).days), lines

    def _lines(self, number: int) -> int:
        return sum(lines for _, lines in self._by_delay(number))


def _received(state: State, date: dt.date) -> Received | None:
    """Lines of a date by the day on which they came; None: of some it is not known."""
    received: dict[dt.date, int] = {}
    for file in state.files.get(date.isoformat(), {}).values():
        if file.received is None:
            return None
        for text, lines in file.received.items():
            day = dt.date.fromisoformat(text)
            received[day] = received.get(day, 0) + lines
    return received


def _open_day(date: dt.date, delay: int, lines: int, found: method.Nowcast, row: int) -> NowcastDay:
    expected = float(found.expected[row])
    if np.isnan(expected):
        return NowcastDay(date, "too early", delay, lines)
    quantiles = tuple(int(each) for each in found.quantiles[row])
    share = float(found.shares[: delay + 1].sum())
    return NowcastDay(date, "nowcast", delay, lines, expected, quantiles, share)
