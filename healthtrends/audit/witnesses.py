"""Values that hidden counts of a large block can have: tables that fit the release, one after another.

Each table that is found says of all counts at once that they can have its values. A count whose values are
seen to be as free as the policy asks for need not be asked for by itself.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np

from healthtrends.audit.programs import Block, Program
from healthtrends.audit.released import Bounds, Cell

LARGE: Final = 30
"""Counts of a block from which on this is done; whole numbers are not asked for in such a block."""
_FEW: Final = 30
"""Counts of a relation up to which those in it are not asked for at once."""
_IN_VAIN: Final = 3
"""Tables in a row that said nothing new after which counts are asked for one by one."""
_NEAR: Final = 1e-6


class SeenValues:
    """Least and greatest value of each count over the tables seen."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._places = {cell: place for place, cell in enumerate(cells)}
        self._least = np.full(len(cells), np.inf)
        self._greatest = np.full(len(cells), -np.inf)

    def of(self, cell: Cell) -> Bounds:
        """The values of a count."""
        place = self._places[cell]
        return Bounds(float(self._least[place]), float(self._greatest[place]))

    def note(self, table: Sequence[float]) -> None:
        """Take in one more table."""
        values = np.asarray(table)
        self._least = np.minimum(self._least, np.ceil(values - _NEAR))
        self._greatest = np.maximum(self._greatest, np.floor(values + _NEAR))


def find_values(
    block: Block, bounds: Mapping[Cell, Bounds], wanted: Sequence[Cell], is_narrow: Callable[[Bounds], bool]
) -> SeenValues:
    """See enough tables to know of each wanted count that it is free, or its least and greatest value.

    Each table has many counts as small or as great as can be at once, no two of which share a relation of
    few counts. Those that stay narrow are asked for one by one.
    """
    program = Program(block, bounds, is_capped=True)
    seen = SeenValues(block.cells)
    relations = _small_relations(block)
    draw = random.Random(0)  # noqa: S311  which tables are looked at first is no secret
    narrow, in_vain = list(wanted), 0
    while narrow and in_vain < _IN_VAIN:
        draw.shuffle(narrow)
        apart = _apart(narrow, relations)
        # Some as small and others as great as can be: a sum over many of them is given.
        signs = {cell: draw.choice((1.0, -1.0)) for cell in apart}
        seen.note(program.table(signs))
        seen.note(program.table({cell: -sign for cell, sign in signs.items()}))
        left = [cell for cell in narrow if is_narrow(seen.of(cell))]
        in_vain = 0 if len(left) < len(narrow) else in_vain + 1
        narrow = left
    for cell in narrow:
        for sign in (1.0, -1.0):
            if is_narrow(seen.of(cell)):
                seen.note(program.table({cell: sign}))
    return seen


def _small_relations(block: Block) -> dict[Cell, list[int]]:
    """Relations of few counts that each is in."""
    found: dict[Cell, list[int]] = {cell: [] for cell in block.cells}
    for number, relation in enumerate(block.relations):
        for cell in relation.sum.factors if len(relation.sum.factors) <= _FEW else ():
            found[cell].append(number)
    return found


def _apart(cells: Sequence[Cell], relations: Mapping[Cell, Sequence[int]]) -> list[Cell]:
    """Some of these no two of which share a relation."""
    taken: set[int] = set()
    found = []
    for cell in cells:
        if taken.isdisjoint(relations[cell]):
            taken.update(relations[cell])
            found.append(cell)
    return found
