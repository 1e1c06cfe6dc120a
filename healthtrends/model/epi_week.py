"""Week of a date as epidemiologists count: of the CDC (MMWR week), or ISO 8601.

An MMWR week begins on Sunday, an ISO week on Monday. In both, week 1 of a year is the first that has at least
four of its days in that year. CDC: National Notifiable Diseases Surveillance System, MMWR weeks.
"""

import datetime as dt
from typing import Literal, NamedTuple

WeekSystem = Literal["mmwr", "iso"]

_WEEK_DAYS = 7
_TO_MIDDLE = 3
"""Days from a week's first to its fourth, whose year is that of the week."""


class EpiWeek(NamedTuple):
    """A week of a year, which may begin in the year before it or end in the one after it."""

    year: int
    week: int

    def __str__(self) -> str:
        """Year and week, such as `2025-W52`: sorts as the weeks do."""
        return f"{self.year:04d}-W{self.week:02d}"


def epi_week(date: dt.date, system: WeekSystem = "mmwr") -> EpiWeek:
    """Find the week of a date."""
    days_before = date.isoweekday() % _WEEK_DAYS if system == "mmwr" else date.weekday()
    # Not as a date: the middle of the first or last week may lie outside of the calendar.
    middle = date.timetuple().tm_yday - days_before + _TO_MIDDLE
    year, length = date.year, _days_of(date.year)
    if middle < 1:
        year, middle = year - 1, middle + _days_of(year - 1)
    elif middle > length:
        year, middle = year + 1, middle - length
    return EpiWeek(year, (middle - 1) // _WEEK_DAYS + 1)


def _days_of(year: int) -> int:
    return 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365
