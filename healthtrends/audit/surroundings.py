"""Counts that are looked at with one of a large block: what is near it, and what can give it something."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np

from healthtrends.audit.system import Ints, System

_PARTNERS: Final = 16
"""Counts of a long relation that are looked at with one of it."""


class Surroundings:
    """Chooses by the relations of a block, and by what its counts can be."""

    def __init__(self, system: System, ranges: tuple[Ints, Ints]) -> None:
        """`ranges` are the least and the greatest value of each count."""
        self.least, self._greatest = ranges
        self._system = system

    def of(self, count: int, size: int, others: Ints, values: Ints) -> Ints:
        """Counts near one, near some of its long relations, and near others; itself first, at most so many.

        `values` are those of a table that fits.
        """
        own = self._system.near(np.array([count]), size // 2)
        found = dict.fromkeys(own.tolist())
        self._add(found, self._partners(own, values), size // 4, size * 2 // 3)
        self._add(found, others.tolist(), size // 4, size)
        return np.array(list(found)[:size], dtype=np.int64)

    def _add(self, found: dict[int, None], counts: Iterable[int], near: int, most: int) -> None:
        """Add counts, each with so many that are near it, until there are enough."""
        for count in counts:
            if len(found) >= most:
                break
            if count not in found:
                found.update(dict.fromkeys(self._system.near(np.array([count]), near).tolist()))

    def _partners(self, counts: Ints, values: Ints) -> Iterator[int]:
        """Counts of the long relations of some, by turns, first those that can give and take most."""
        givers = [self._roomy(row, values) for row in self._system.long_rows(counts).tolist()]
        for turn in range(_PARTNERS):
            yield from (int(found[turn]) for found in givers if turn < len(found))

    def _roomy(self, row: int, values: Ints) -> Ints:
        members = self._system.members(row)
        room = np.minimum(values[members] - self.least[members], self._greatest[members] - values[members])
        found: Ints = members[np.argsort(-room, kind="stable")[:_PARTNERS]]
        return found
