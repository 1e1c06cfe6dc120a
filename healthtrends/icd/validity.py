"""Validity of ICD-10-CM codes by year: whether a code may be used, and what it was divided from.

A table holds, for each code, the years in whose edition it stands and those in which it is billable, which
means complete: a code that is not billable is a header of longer ones. Years are fiscal: they begin on
1 October of the year before. Releases within a year (1 April, once 1 January) stand in the table of the next.
"""

import bisect
import datetime as dt
import functools
import gzip
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from healthtrends.icd.codes import parents
from healthtrends.icd.years import parse_years

Status = Literal["valid", "header", "invalid"]
"""valid: it may be used. header: it stands in the edition, but only longer ones are billable."""
_FIRST_MONTH: Final = 10
_RELEASE_MONTH: Final = 4
_JANUARY_RELEASES: Final = (2021,)
"""Years with a release on 1 January beside that of 1 April."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Years of all codes of a system."""

    lines: Sequence[str] = field(repr=False)
    """`code,years,billable years`, sorted."""
    first: int
    """First year that the table knows."""
    last: int
    """Last year that it knows: of later ones nothing is said."""

    @property
    def last_day(self) -> dt.date:
        """Last day of the last year."""
        return dt.date(self.last, _FIRST_MONTH, 1) - dt.timedelta(days=1)

    def status(self, code: str, date: dt.date) -> Status | None:
        """Judge a code on a day; None: the table does not reach that day.

        A code of a release within a year counts from that release on.
        """
        year = self._year(date)
        if not self.first <= year <= self.last:
            return None
        years, billable = self._years(code)
        if year in years:
            return "valid" if year in billable else "header"
        if year + 1 not in years or not _may_follow_release(date):
            return "invalid"
        return "valid" if year + 1 in billable else "header"

    def revised_from(self, code: str, date: dt.date) -> str | None:
        """Find the code that this one was divided from at the begin of the day's year; None: it was not.

        That is the nearest code above it that was billable in the year before and is none any more, when the
        code itself did not stand in that year.
        """
        year = self._year(date)
        years, _ = self._years(code)
        if year not in years or year - 1 in years or not self.first < year <= self.last:
            return None
        for parent in parents(code):
            _, billable = self._years(parent)
            if year - 1 in billable and year not in billable:
                return parent
        return None

    def begin(self, code: str, date: dt.date) -> dt.date | None:
        """Find the day since which a code may be used that is new on the day; None: it is not.

        A code of a release within the year is new on that release and, as the table does not name it, on the
        next 1 October again.
        """
        year = self._year(date)
        years, _ = self._years(code)
        if year in years:
            is_new = self.first < year and year - 1 not in years
            return dt.date(year - 1, _FIRST_MONTH, 1) if is_new else None
        if self.status(code, date) in (None, "invalid"):
            return None
        return dt.date(year, _release_month(year), 1)

    def _year(self, date: dt.date) -> int:
        return date.year + (date.month >= _FIRST_MONTH)

    def _years(self, code: str) -> tuple[frozenset[int], frozenset[int]]:
        place = bisect.bisect_left(self.lines, f"{code},")
        line = self.lines[place] if place < len(self.lines) else ""
        found, _, years = line.partition(",")
        if found != code:
            return frozenset(), frozenset()
        held, _, billable = years.partition(",")
        return parse_years(held), parse_years(billable)


def _may_follow_release(date: dt.date) -> bool:
    """Whether the release within the day's year has come."""
    return _release_month(date.year) <= date.month < _FIRST_MONTH


def _release_month(year: int) -> int:
    return 1 if year in _JANUARY_RELEASES else _RELEASE_MONTH


@functools.cache
def icd10cm_validity() -> Validity:
    """Read the bundled table of ICD-10-CM."""
    packed = importlib.resources.files(__package__).joinpath("icd10cm_validity.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode("ascii").splitlines()[1:]
    # A category that was never divided or dropped stands in every year.
    known = parse_years(lines[0].split(",")[1])
    return Validity(lines, min(known), max(known))
