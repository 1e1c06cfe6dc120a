"""Sums over many hidden counts: whether they leave room, when counts are looked at together.

What an outsider can tell is looked at without these sums (`outsider`), since programs with them would be of
all counts of a date. That is right while such a sum can be less or more than it is by some counts of people.
Where it cannot, it tells each of its counts as much as a sum over two of them would: where every record is a
visit of its own, all records are as many as the visits of all chapters, so all codes in between are exact.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np

from healthtrends.release.constraint_table import Whole
from healthtrends.release.constraints import ENDLESS
from healthtrends.release.outsider import Outsider

_NEAR: Final = 1e-6
_SIZE: Final = 1_000
"""Counts that are changed at once."""
_TRIES: Final = 60
"""Programs after which a sum is taken to have no room."""
_TIMES: Final = 2
"""How many small counts as great as they can be there has to be room for."""


class LongSums:
    """Looks for room in sums over many hidden counts."""

    def __init__(self, outsider: Outsider) -> None:
        self._outsider = outsider
        self._needed = _TIMES * outsider.rule.greatest
        self._known = np.array(outsider.values, dtype=float)
        self._values = self._known.copy()
        self._costs = np.zeros(len(self._known))
        """Both are changed while room is looked for in one sum."""

    def numbers(self) -> Iterator[int]:
        """Constraints of many hidden counts."""
        return filter(self._outsider.is_loose, range(len(self._outsider.constraints)))

    def tight_sides(self, number: int) -> dict[int, list[int]]:
        """Where a constraint leaves no room: 1 where its sum cannot be less by itself, -1 where not more.

        With the counts of it that can.
        """
        constraint = self._outsider.constraints[number]
        is_there = {1: constraint.upper < ENDLESS, -1: constraint.lower > -ENDLESS}
        value = sum(
            self._outsider.values[place] * factor
            for place, factor in zip(constraint.places, constraint.factors, strict=True)
        )
        room = {1: constraint.upper - value, -1: value - constraint.lower}
        found = {side: self._room(number, side, room[side]) for side in (1, -1) if is_there[side]}
        return {side: giving for side, (room_found, giving) in found.items() if room_found < self._needed}

    def _room(self, number: int, side: int, room: float) -> tuple[float, list[int]]:
        """How much less, or more, the sum can be when the others hold and it need not, and which counts are.

        No more is looked for than is needed. Some counts at a time are changed: each change fits what the
        changes before it left.
        """
        constraint = self._outsider.constraints[number]
        costs, values = self._costs, self._values
        costs[list(constraint.places)] = side * np.array(constraint.factors)
        changed: list[Whole] = []
        done: set[int] = set()
        giving: list[int] = []
        for place in filter(self._outsider.is_open, constraint.places):
            if room >= self._needed or len(changed) == _TRIES:
                break
            if place in done:
                continue
            block = self._outsider.near_block(place, _SIZE)
            done.update(block.tolist())
            own = costs[block]
            solution = self._outsider.program(block, values).solve(np.arange(len(block)), own)
            given = own * (values[block] - solution)
            room += float(given.sum())
            giving += block[given > _NEAR].tolist()
            values[block] = solution
            changed.append(block)
        costs[list(constraint.places)] = 0
        for block in changed:
            values[block] = self._known[block]
        return room, giving

    def find_pins(self, place: int, sign: int) -> list[int]:
        """Short constraints that keep a count from being so much greater (1) or less (-1)."""
        program = self._outsider.program(self._outsider.near_block(place, _SIZE))
        found = program.solve(np.array([0]), np.array([-sign]))[0]
        return program.pins() if sign * (found - self._outsider.values[place]) < self._needed else []
