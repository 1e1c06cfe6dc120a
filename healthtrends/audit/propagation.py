"""Ranges of counts by one relation after another: quick and right, but not the narrowest."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from healthtrends.audit.programs import contradiction
from healthtrends.audit.system import ENDLESS, Ints, System

_ROUNDS: Final = 12


def propagate(system: System) -> tuple[Ints, Ints]:
    """Give the least and the greatest value that each count can have. Raises UsageError when none fits."""
    least, greatest = system.least.copy(), system.greatest.copy()
    matrix = system.factors
    columns, factors = matrix.indices, matrix.data
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    is_positive = factors > 0
    for _ in range(_ROUNDS):
        low, high = (
            np.where(is_positive, least[columns], greatest[columns]),
            np.where(is_positive, greatest[columns], least[columns]),
        )
        rest_low, is_low = _others(low, factors, row, matrix.shape[0])
        rest_high, is_high = _others(high, factors, row, matrix.shape[0])
        # factor * count lies from `smallest` to `largest`
        has_largest = is_low & (system.row_greatest[row] < ENDLESS)
        has_smallest = is_high & (system.row_least[row] > -ENDLESS)
        largest, smallest = system.row_greatest[row] - rest_low, system.row_least[row] - rest_high
        before = (least.copy(), greatest.copy())
        up, down = has_largest & is_positive, has_smallest & is_positive
        np.minimum.at(greatest, columns[up], largest[up] // factors[up])
        np.maximum.at(least, columns[down], -(-smallest[down] // factors[down]))
        up, down = has_smallest & ~is_positive, has_largest & ~is_positive
        np.minimum.at(greatest, columns[up], smallest[up] // factors[up])
        np.maximum.at(least, columns[down], -(-largest[down] // factors[down]))
        if np.any(least > greatest):
            raise contradiction(system.block.relations)
        if np.array_equal(before[0], least) and np.array_equal(before[1], greatest):
            break
    return least, greatest


def _others(values: Ints, factors: Ints, row: Ints, rows: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Of each entry: what the others of its row add up to, and whether that has an end."""
    is_endless = np.abs(values) >= ENDLESS
    parts = np.where(is_endless, 0, values * factors)
    sums = np.zeros(rows, np.int64)
    np.add.at(sums, row, parts)
    endless = np.bincount(row, weights=is_endless, minlength=rows).astype(np.int64)
    return sums[row] - parts, endless[row] - is_endless == 0
