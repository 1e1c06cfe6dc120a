"""Baselines: the days before the tested day that say what is usual.

They are without the days that were not observed, and without known outbreaks (`Series.left_out`).

Codes whose missing days are the same are computed together, so that the size of a baseline, and everything
that follows from it, is one number a day. Almost always that is one group: a feed is silent for all codes.
"""

import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.series import BoolArray, FloatArray, Series

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

R = TypeVar("R", bound="DataclassInstance")
AT_ONCE = 1024
"""Codes at once: the baselines of so many fit into the cache of a core."""

Days = NDArray[np.intp]


def baseline(usual: BoolArray, day: int, length: int, guard: int) -> Days:
    """Usual days of the `length` days that end `guard` days before the tested one."""
    begin, end = max(0, day - guard - length), max(0, day - guard)
    return np.flatnonzero(usual[begin:end]) + begin


def mean_and_sd(counts: FloatArray, days: Days) -> tuple[FloatArray, FloatArray]:
    """Of these days, for each code; the standard deviation has the divisor n - 1."""
    known = counts[days]
    mean = known.mean(axis=0)
    known -= mean
    return mean, np.sqrt(np.einsum("ij,ij->j", known, known) / (len(days) - 1))


def by_missing_days(series: Series, compute: Callable[[FloatArray, BoolArray, BoolArray], R]) -> R:
    """Call `compute` with codes whose missing days are the same, and put its results together.

    `compute` takes counts (days x codes), which days were observed, and which of these baselines may take. It
    gives a dataclass of arrays.
    """
    counts = series.counts
    groups = list(_groups(series))
    # `take` keeps the codes of a day side by side in memory; an index of columns would turn the array.
    parts = [compute(counts.take(codes, axis=1), observed, usual) for codes, observed, usual in groups]
    if len(parts) == 1:
        return parts[0]
    order = np.argsort(np.concatenate([codes for codes, _, _ in groups]), kind="stable")
    is_ordered = bool((np.diff(order) == 1).all())
    joined = {}
    for each in dataclasses.fields(parts[0]):
        array = np.concatenate([getattr(part, each.name) for part in parts], axis=1)
        joined[each.name] = array if is_ordered else array[:, order]
    return type(parts[0])(**joined)


def _groups(series: Series) -> Iterator[tuple[Days, BoolArray, BoolArray]]:
    """Codes of each group, its observed days, and those of them that are usual."""
    observed = ~np.isnan(series.counts)
    usual = observed if series.left_out is None else observed & ~series.left_out
    codes = np.arange(observed.shape[1])
    if not len(codes) or all((each == each[:, :1]).all() for each in (observed, usual)):
        first = observed[:, 0] if len(codes) else np.zeros(len(observed), bool)
        yield from _blocks(codes, first, usual[:, 0] if len(codes) else first)
        return
    packed = np.packbits(np.concatenate([observed, usual]), axis=0)
    _, examples, group = np.unique(packed, axis=1, return_index=True, return_inverse=True)
    for number, example in enumerate(examples.tolist()):
        members = codes[group.ravel() == number]
        yield from _blocks(members, observed[:, example], usual[:, example])


def _blocks(
    codes: Days, observed: BoolArray, usual: BoolArray
) -> Iterator[tuple[Days, BoolArray, BoolArray]]:
    for begin in range(0, max(1, len(codes)), AT_ONCE):
        yield codes[begin : begin + AT_ONCE], observed, usual
