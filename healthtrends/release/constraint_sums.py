"""What each constraint alone tells: its least and greatest sum, kept up with each change of a count.

A sum over thousands of counts is not added up anew for each of them.
"""

import math

import numpy as np

from healthtrends.release.constraint_table import ConstraintTable, Ranges, Real
from healthtrends.release.constraints import ENDLESS

Range = tuple[float, float]


class ConstraintSums:
    """Least and greatest sum of each constraint, by the ranges of its counts."""

    def __init__(self, table: ConstraintTable, ranges: Ranges, width: int) -> None:
        """`ranges` are those of all counts at first; `width` is of a range that tells nothing of a count."""
        self._table = table
        self.ranges = ranges
        """Of all counts, kept up."""
        self._lower: list[float] = table.lower.tolist()
        self._upper: list[float] = table.upper.tolist()
        needed = np.ones(len(table.lower))
        np.maximum.at(needed, table.numbers, np.abs(table.factors))
        self._needed: list[float] = (width * needed).tolist()
        low, high = ranges[table.places].T
        is_positive = table.factors > 0
        ends = np.where(is_positive, low, high), np.where(is_positive, high, low)
        self._ends = [_finite(table, end) for end in ends]
        """The sum of those ends that are there: least, greatest."""
        self._endless = [_endless(table, end) for end in ends]
        """How many ends are not there."""

    def change(self, place: int, new: Range) -> None:
        """Give a count another range."""
        old = self._range(place)
        if new == old:
            return
        self.ranges[place] = new
        for number, factor in zip(self._table.of(place), self._table.factors_in(place), strict=True):
            self._add(number, _ends(factor, *old), -1)
            self._add(number, _ends(factor, *new), 1)

    def _add(self, number: int, ends: Range, times: int) -> None:
        for sums, endless, end in zip(self._ends, self._endless, ends, strict=True):
            if abs(end) == ENDLESS:
                endless[number] += times
            else:
                sums[number] += times * end

    def is_slack(self, number: int) -> bool:
        """Whether a constraint leaves so much room that it tells nothing of any count."""
        lower, upper, needed = self._lower[number], self._upper[number], self._needed[number]
        least, greatest = (sums[number] for sums in self._ends)
        no_least, no_greatest = (endless[number] for endless in self._endless)
        return (no_least > 1 or (not no_least and upper - least >= needed)) and (
            no_greatest > 1 or (not no_greatest and greatest - lower >= needed)
        )

    def range_by(self, number: int, place: int, factor: int) -> Range:
        """Range that a constraint leaves one of its counts, whole numbers."""
        own = self._range(place)
        low, high = _ends(factor, *own)
        upper = self._upper[number] - self._without(0, number, low)
        lower = self._lower[number] - self._without(1, number, high)
        if factor < 0:
            lower, upper = upper, lower
        return (
            max(own[0], math.ceil(lower / factor)) if abs(lower) < ENDLESS else own[0],
            min(own[1], math.floor(upper / factor)) if abs(upper) < ENDLESS else own[1],
        )

    def _range(self, place: int) -> Range:
        low, high = self.ranges[place].tolist()
        return low, high

    def _without(self, side: int, number: int, end: float) -> float:
        """The least or the greatest sum without one of its counts."""
        is_endless = abs(end) == ENDLESS
        if self._endless[side][number] > is_endless:
            return (-ENDLESS, ENDLESS)[side]
        return self._ends[side][number] - (0 if is_endless else end)


def _ends(factor: int, lower: float, upper: float) -> Range:
    return (factor * lower, factor * upper) if factor > 0 else (factor * upper, factor * lower)


def _finite(table: ConstraintTable, ends: Real) -> list[float]:
    sums: list[float] = table.sums(np.where(np.isfinite(ends), ends, 0)).tolist()
    return sums


def _endless(table: ConstraintTable, ends: Real) -> list[int]:
    found: list[int] = np.bincount(table.numbers[~np.isfinite(ends)], minlength=len(table.lower)).tolist()
    return found
