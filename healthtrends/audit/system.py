"""The relations of a block as arrays of whole numbers, and parts of it that hang together closely."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from healthtrends.audit.programs import Block
from healthtrends.audit.released import Bounds, Cell

Ints = NDArray[np.int64]
ENDLESS: Final = 1 << 50
"""In the place of no end."""
_NEAR: Final = 1e-6
_LONG: Final = 60
"""Counts of a relation from which on it is not followed to what is near; every part of it still holds."""

_FEW: Final = 8
"""Counts of a relation up to which all of it is taken where some of it is."""
_PARTS: Final = 3
"""Of other relations, about as many parts are taken at the beginning."""


@dataclass(frozen=True, slots=True)
class System:
    """All relations of a block."""

    block: Block
    least: Ints
    """Of each count."""
    greatest: Ints
    row_least: Ints
    row_greatest: Ints
    factors: csr_array
    """A row for each relation, a column for each count."""
    by_count: csr_array
    """The same, a row for each count."""
    is_long: NDArray[np.bool_]
    """Of each relation: whether it is not followed to what is near."""

    @property
    def size(self) -> int:
        """How many counts there are."""
        return len(self.least)

    def near(self, counts: Ints, size: int) -> Ints:
        """Give counts that hang together with some by short relations, these first; at most so many."""
        is_seen = np.zeros(self.size, dtype=bool)
        is_seen[counts] = True
        found, number, edge = [counts], len(counts), counts
        while len(edge) and number < size:
            rows = np.unique(entries(self.by_count, edge)[1])
            short = rows[~self.is_long[rows]]
            edge = np.unique(entries(self.factors, short)[1])
            edge = edge[~is_seen[edge]][: size - number]
            is_seen[edge] = True
            found.append(edge)
            number += len(edge)
        return np.concatenate(found)[:size]

    def spread(self, counts: Ints, draw: np.random.Generator | None = None) -> Ints:
        """Add what short relations tie to some counts: of those of few counts all, of others the total.

        `draw` chooses some of the parts of these, too.
        """
        rows: Ints = np.unique(entries(self.by_count, counts)[1])
        rows = rows[~self.is_long[rows]]
        of_row, columns, factors = entries(self.factors, rows)
        lengths = np.bincount(of_row, minlength=len(rows))
        positive = np.bincount(of_row, weights=factors > 0, minlength=len(rows))
        is_total = (factors > 0) != (2 * positive > lengths)[of_row]
        is_chosen = is_total | (lengths <= _FEW)[of_row]
        if draw is not None:
            is_chosen |= draw.random(len(columns)) < (_PARTS / lengths)[of_row]
        found: Ints = np.union1d(counts, columns[is_chosen])
        return found

    def fits(self, values: Ints) -> bool:
        """Whether a table fits all relations."""
        sums = self.factors @ values
        are_in = (values >= self.least) & (values <= self.greatest)
        return bool(np.all((sums >= self.row_least) & (sums <= self.row_greatest)) and np.all(are_in))

    def long_rows(self, counts: Ints) -> Ints:
        """Relations of many counts that some are in."""
        rows: Ints = np.unique(entries(self.by_count, counts)[1])
        found: Ints = rows[self.is_long[rows]]
        return found

    def members(self, row: int) -> Ints:
        """Counts of a relation."""
        start, end = self.factors.indptr[row : row + 2]
        found: Ints = self.factors.indices[start:end].astype(np.int64)
        return found


def entries(matrix: csr_array, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Places in `rows`, columns and factors of all entries of some rows."""
    starts, ends = matrix.indptr[rows], matrix.indptr[rows + 1]
    lengths = (ends - starts).astype(np.int64)
    of_row = np.repeat(np.arange(len(rows)), lengths)
    first = np.repeat(starts - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    places = first + np.arange(len(of_row))
    return of_row, matrix.indices[places].astype(np.int64), matrix.data[places]


def make_system(block: Block, bounds: Mapping[Cell, Bounds]) -> System:
    """Write a block as arrays; factors that are no whole numbers are multiplied."""
    places = {cell: place for place, cell in enumerate(block.cells)}
    starts, columns, factors = [0], [], []
    ends = []
    for relation in block.relations:
        own = relation.sum.factors
        times = math.lcm(*{factor.denominator for factor in own.values()})
        columns += [places[cell] for cell in own]
        factors += [int(factor * times) for factor in own.values()]
        starts.append(len(columns))
        ends.append((_up(relation.lower * times), _down(relation.upper * times)))
    shape = (len(block.relations), len(block.cells))
    matrix = csr_array(
        (np.array(factors, np.int64), np.array(columns, np.int32), np.array(starts, np.int32)), shape=shape
    )
    found = [bounds[cell] for cell in block.cells]
    rows = np.array(ends, np.int64).reshape(-1, 2)
    return System(
        block,
        least=np.array([_up(each.lower) for each in found], np.int64),
        greatest=np.array([_down(each.upper) for each in found], np.int64),
        row_least=rows[:, 0],
        row_greatest=rows[:, 1],
        factors=matrix,
        by_count=matrix.T.tocsr(),
        is_long=np.diff(matrix.indptr) > _LONG,
    )


def _up(number: float) -> int:
    return -ENDLESS if number == -math.inf else math.ceil(number - _NEAR)


def _down(number: float) -> int:
    return ENDLESS if number == math.inf else math.floor(number + _NEAR)
