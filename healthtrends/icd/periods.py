"""Validity of codes by days: the periods in which each stands in the table.

A code is billable, which means complete, while no longer code below it is valid, unless the table says
otherwise.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from healthtrends.icd.codes import parents
from healthtrends.icd.validity import Status

_YEAR: Final = dt.timedelta(days=365)


class Period(NamedTuple):
    """Days on which a code stands in the table, both ends among them."""

    first: dt.date
    last: dt.date
    is_billable: bool | None = None
    """None: it follows from the other codes."""


ALWAYS: Final = Period(dt.date.min, dt.date.max)


class Periods:
    """Periods of all codes of a table."""

    def __init__(self, codes: Mapping[str, Sequence[Period]]) -> None:
        """`codes` has at least one code, and at least one period of each."""
        self._codes = codes
        self._below: dict[str, list[str]] = {}
        for code in codes:
            for parent in parents(code):
                self._below.setdefault(parent, []).append(code)
        known = [each for several in codes.values() for each in several]
        self._first = min(each.first for each in known)
        self._last = max(each.last for each in known)

    @property
    def last_day(self) -> dt.date | None:
        """Last day that is judged; None: there is no end."""
        return None if self._last == dt.date.max else self._last

    def status(self, code: str, date: dt.date) -> Status | None:
        """Judge a code on a day; None: the table does not reach that day."""
        if not self._first <= date <= self._last:
            return None
        if self._period(code, date) is None:
            return "invalid"
        return "valid" if self._is_billable(code, date) else "header"

    def revised_from(self, code: str, date: dt.date) -> str | None:
        """Find the code that this one was divided from less than a year before the day; None: it was not.

        That is the nearest code above it that was billable until the day before this one began.
        """
        period = self._period(code, date)
        if period is None or period.first <= self._first or date - period.first >= _YEAR:
            return None
        before = period.first - dt.timedelta(days=1)
        if self._period(code, before) is not None:
            return None
        for parent in parents(code):
            if self._is_billable(parent, before) and not self._is_billable(parent, period.first):
                return parent
        return None

    def begin(self, code: str, date: dt.date) -> dt.date | None:
        """Find the day since which a code may be used, less than a year before the day; None: longer."""
        period = self._period(code, date)
        if period is None or period.first <= self._first or date - period.first >= _YEAR:
            return None
        return period.first

    def _period(self, code: str, date: dt.date) -> Period | None:
        return next((each for each in self._codes.get(code, ()) if each.first <= date <= each.last), None)

    def _is_billable(self, code: str, date: dt.date) -> bool:
        period = self._period(code, date)
        if period is None:
            return False
        if period.is_billable is not None:
            return period.is_billable
        return not any(self._period(longer, date) for longer in self._below.get(code, ()))
