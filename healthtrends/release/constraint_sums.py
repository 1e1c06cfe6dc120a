"""What each constraint alone tells: its least and greatest sum, kept up with each change of a count.

A sum over thousands of counts is not added up anew for each of them.
"""

import math
from collections.abc import Sequence

import numpy as np

from healthtrends.release.constraints import ENDLESS, Constraint

Range = tuple[float, float]


class ConstraintSums:
    """Least and greatest sum of each constraint, by the ranges of its counts."""

    def __init__(self, constraints: Sequence[Constraint], ranges: Sequence[Range], width: int) -> None:
        """`ranges` are those of all counts at first; `width` is of a range that tells nothing of a count."""
        self._constraints = constraints
        self._ranges = list(ranges)
        self._needed = [width * max(map(abs, each.factors), default=1) for each in constraints]
        size = len(constraints)
        self._ends: tuple[list[float], list[float]] = ([0.0] * size, [0.0] * size)
        """The sum of those ends that are there: least, greatest."""
        self._endless: tuple[list[int], list[int]] = ([0] * size, [0] * size)
        """How many ends are not there."""
        self._index(constraints, len(ranges))
        for number, constraint in enumerate(constraints):
            for place, factor in zip(constraint.places, constraint.factors, strict=True):
                self._add(number, _ends(factor, *self._ranges[place]), 1)

    def _index(self, constraints: Sequence[Constraint], places: int) -> None:
        """Constraints and factors of each count, one after another."""
        lengths = [len(each.places) for each in constraints]
        place = np.fromiter((place for each in constraints for place in each.places), np.int64, sum(lengths))
        factor = np.fromiter((f for each in constraints for f in each.factors), np.int64, sum(lengths))
        order = np.argsort(place, kind="stable")
        self._starts = [0, *np.cumsum(np.bincount(place, minlength=places)).tolist()]
        self._numbers = np.repeat(np.arange(len(constraints), dtype=np.int32), lengths)[order]
        self._factors = factor[order].astype(np.int8)

    def of(self, place: int) -> list[int]:
        """Constraints of a count."""
        found: list[int] = self._numbers[self._starts[place] : self._starts[place + 1]].tolist()
        return found

    def change(self, place: int, new: Range) -> None:
        """Give a count another range."""
        old = self._ranges[place]
        if new == old:
            return
        self._ranges[place] = new
        factors = self._factors[self._starts[place] : self._starts[place + 1]].tolist()
        for number, factor in zip(self.of(place), factors, strict=True):
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
        constraint, needed = self._constraints[number], self._needed[number]
        least, greatest = (sums[number] for sums in self._ends)
        no_least, no_greatest = (endless[number] for endless in self._endless)
        return (no_least > 1 or (not no_least and constraint.upper - least >= needed)) and (
            no_greatest > 1 or (not no_greatest and greatest - constraint.lower >= needed)
        )

    def range_by(self, number: int, place: int, factor: int) -> Range:
        """Range that a constraint leaves one of its counts, whole numbers."""
        constraint, own = self._constraints[number], self._ranges[place]
        low, high = _ends(factor, *own)
        upper = constraint.upper - self._without(0, number, low)
        lower = constraint.lower - self._without(1, number, high)
        if factor < 0:
            lower, upper = upper, lower
        return (
            max(own[0], math.ceil(lower / factor)) if abs(lower) < ENDLESS else own[0],
            min(own[1], math.floor(upper / factor)) if abs(upper) < ENDLESS else own[1],
        )

    def _without(self, side: int, number: int, end: float) -> float:
        """The least or the greatest sum without one of its counts."""
        is_endless = abs(end) == ENDLESS
        if self._endless[side][number] > is_endless:
            return (-ENDLESS, ENDLESS)[side]
        return self._ends[side][number] - (0 if is_endless else end)


def _ends(factor: int, lower: float, upper: float) -> Range:
    return (factor * lower, factor * upper) if factor > 0 else (factor * upper, factor * lower)
