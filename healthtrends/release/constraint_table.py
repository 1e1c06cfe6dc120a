"""Constraints as arrays: the counts of each, and the constraints of each count.

A day of 70,000 codes has a million of them, too many to look for in lists one by one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from healthtrends.release.constraints import Constraint

Whole = np.ndarray[tuple[int], np.dtype[np.signedinteger[Any]]]
Real = np.ndarray[tuple[int], np.dtype[np.float64]]
Ranges = np.ndarray[tuple[int, int], np.dtype[np.float64]]
"""Least and greatest value of each count."""
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


class ConstraintTable:
    """Entries of all constraints, one after another; a constraint is known by its number."""

    def __init__(self, constraints: Sequence[Constraint], counts: int) -> None:
        """`counts` is how many counts there are."""
        lengths = np.array([len(each.places) for each in constraints], dtype=np.int64)
        size = int(lengths.sum())
        self.lower: Real = np.array([each.lower for each in constraints], dtype=float)
        self.upper: Real = np.array([each.upper for each in constraints], dtype=float)
        self.places: Whole = np.fromiter((p for each in constraints for p in each.places), np.int32, size)
        self.factors: Real = np.fromiter((f for each in constraints for f in each.factors), np.float64, size)
        self.numbers: Whole = np.repeat(np.arange(len(constraints), dtype=np.int32), lengths)
        """Constraint of each entry."""
        self._starts = _starts(lengths)
        order = np.argsort(self.places, kind="stable")
        self._numbers_of = self.numbers[order]
        self._factors_of = self.factors[order].astype(np.int8)
        self._starts_of = _starts(np.bincount(self.places, minlength=counts))
        self._firsts: list[int] = self._starts_of.tolist()

    def of(self, place: int) -> list[int]:
        """Constraints of a count."""
        found: list[int] = self._numbers_of[self._firsts[place] : self._firsts[place + 1]].tolist()
        return found

    def factors_in(self, place: int) -> list[int]:
        """Factor of a count in each of its constraints."""
        found: list[int] = self._factors_of[self._firsts[place] : self._firsts[place + 1]].tolist()
        return found

    def of_any(self, places: Whole) -> Whole:
        """Constraints of at least one of these counts, in their order."""
        return np.unique(self._numbers_of[_entries(self._starts_of, places)])

    def entries(self, numbers: Whole) -> tuple[Whole, Whole]:
        """Give where the entries of these constraints lie, and how many each has."""
        return _entries(self._starts, numbers), self._starts[numbers + 1] - self._starts[numbers]

    def sums(self, values: Real) -> Real:
        """Add up the entries of each constraint, each times its factor; `values` are of the entries."""
        found: Real = np.bincount(self.numbers, self.factors * values, len(self.lower)).astype(float)
        return found


def _starts(lengths: Whole) -> Whole:
    starts: Whole = np.concatenate([[0], np.cumsum(lengths)])
    return starts


def _entries(starts: Whole, wanted: Whole) -> Whole:
    """Positions from the start of each to the start of the next, of several."""
    lengths = starts[wanted + 1] - starts[wanted]
    before = np.cumsum(lengths) - lengths
    found: Whole = np.arange(lengths.sum()) + np.repeat(starts[wanted] - before, lengths)
    return found
