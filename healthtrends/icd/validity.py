"""Validity of codes by year, which tells what a code was divided from.

A table holds, for each code, the years in whose edition it stands and those in which it is billable, which
means complete: a code that is not billable is a header of longer ones. Years are fiscal: they begin on
1 October of the year before.
"""

import bisect
import datetime as dt
import functools
import gzip
import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from healthtrends.icd.years import parse_years

_FIRST_MONTH: Final = 10


@dataclass(frozen=True, slots=True)
class Validity:
    """Years of all codes of a system."""

    lines: Sequence[str] = field(repr=False)
    """`code,years,billable years`, sorted."""
    first: int
    """First year that the table knows."""
    last: int
    """Last year that it knows: of later ones nothing is said."""

    def revised_from(self, code: str, date: dt.date) -> str | None:
        """Find the code that this one was divided from at the begin of the day's year; None: it was not.

        That is the nearest code above it that was billable in the year before and is none any more, when the
        code itself did not stand in that year.
        """
        year = self._year(date)
        years, _ = self._years(code)
        if year not in years or year - 1 in years or not self.first < year <= self.last:
            return None
        while len(code) > 3:
            code = code[:-1].rstrip(".")
            _, billable = self._years(code)
            if year - 1 in billable and year not in billable:
                return code
        return None

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


@functools.cache
def icd10cm_validity() -> Validity:
    """Read the bundled table of ICD-10-CM."""
    packed = importlib.resources.files(__package__).joinpath("icd10cm_validity.csv.gz").read_bytes()
    lines = gzip.decompress(packed).decode("ascii").splitlines()[1:]
    # A category that was never divided or dropped stands in every year.
    known = parse_years(lines[0].split(",")[1])
    return Validity(lines, min(known), max(known))
