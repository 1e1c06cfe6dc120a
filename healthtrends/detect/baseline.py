"""Baselines: the days before the tested day that say what is usual, without those that were not observed.

Codes whose missing days are the same are computed together, so that the size of a baseline, and everything
that follows from it, is one number a day. Almost always that is one group: a feed is silent for all codes.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.series import BoolArray, FloatArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")
AT_ONCE = 1024
"""Codes at once: the baselines of so many fit into the cache of a core."""

Days = NDArray[np.intp]


def baseline(observed: BoolArray, day: int, length: int, guard: int) -> Days:
    """Observed days of the `length` days that end `guard` days before the tested one."""
    begin, end = max(0, day - guard - length), max(0, day - guard)
    return np.flatnonzero(observed[begin:end]) + begin


def mean_and_sd(counts: FloatArray, days: Days) -> tuple[FloatArray, FloatArray]:
    """Of these days, for each code; the standard deviation has the divisor n - 1."""
    known = counts[days]
    mean = known.mean(axis=0)
    known -= mean
    return mean, np.sqrt(np.einsum("ij,ij->j", known, known) / (len(days) - 1))


def by_missing_days(counts: FloatArray, compute: Callable[[FloatArray, BoolArray], R]) -> R:
    """Call `compute` with codes whose missing days are the same, and put its results together.

    `compute` takes counts (days x codes) and which days were observed, and gives a dataclass of arrays.
    """
    groups = list(_groups(counts))
    # `take` keeps the codes of a day side by side in memory; an index of columns would turn the array.
    parts = [compute(counts.take(codes, axis=1), observed) for codes, observed in groups]
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([codes for codes, _ in groups]), kind="stable")
    is_ordered = bool((np.diff(order) == 1).all())
    joined = {}
    for each in dataclasses.fields(parts[0]):
        array = np.concatenate([getattr(part, each.name) for part in parts], axis=1)
        joined[each.name] = array if is_ordered else array[:, order]
    return type(parts[0])(**joined)


def _groups(counts: FloatArray) -> Iterator[tuple[Days, BoolArray]]:
    observed = ~np.isnan(counts)
    codes = np.arange(counts.shape[1])
    if counts.shape[1] == 0 or (observed == observed[:, :1]).all():
        first = observed[:, 0] if counts.shape[1] else np.zeros(len(counts), bool)
        yield from _blocks(codes, first)
        return
    patterns, group = np.unique(observed, axis=1, return_inverse=True)
    for number in range(patterns.shape[1]):
        yield from _blocks(codes[group.ravel() == number], patterns[:, number])


def _blocks(codes: Days, observed: BoolArray) -> Iterator[tuple[Days, BoolArray]]:
    for begin in range(0, max(1, len(codes)), AT_ONCE):
        yield codes[begin : begin + AT_ONCE], observed
