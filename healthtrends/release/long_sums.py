"""Sums over many hidden counts: whether they leave room, when counts are looked at together.

What an outsider can tell is looked at without these sums (`outsider`), since programs with them would be of
all counts of a date. That is right while such a sum can be less or more than it is by some counts of people.
Where it cannot, it tells each of its counts as much as a sum over two of them would: where every record is a
visit of its own, all records are as many as the visits of all chapters, so all codes in between are exact.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

from healthtrends.release.constraints import ENDLESS
from healthtrends.release.outsider import Outsider

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

    def numbers(self) -> Iterator[int]:
        """Constraints of many hidden counts."""
        return filter(self._outsider.is_loose, range(len(self._outsider.constraints)))

    def tight_sides(self, number: int) -> list[int]:
        """Where a constraint leaves no room: 1 where its sum cannot be less by itself, -1 where not more."""
        constraint = self._outsider.constraints[number]
        is_there = {1: constraint.upper < ENDLESS, -1: constraint.lower > -ENDLESS}
        value = sum(
            self._outsider.values[place] * factor
            for place, factor in zip(constraint.places, constraint.factors, strict=True)
        )
        room = {1: constraint.upper - value, -1: value - constraint.lower}
        return [side for side in (1, -1) if is_there[side] and not self._has_room(number, side, room[side])]

    def _has_room(self, number: int, side: int, room: float) -> bool:
        """Whether the sum can be so much less, or more, when the others hold and it need not.

        Some counts at a time are changed: each change fits what the changes before it left.
        """
        constraint = self._outsider.constraints[number]
        costs = {
            place: side * factor
            for place, factor in zip(constraint.places, constraint.factors, strict=True)
            if self._outsider.is_open(place)
        }
        values = [float(value) for value in self._outsider.values]
        done: set[int] = set()
        tries = 0
        for place in costs:
            if room >= self._needed or tries == _TRIES:
                break
            if place in done:
                continue
            tries += 1
            block = list(islice(self._outsider.near(place), _SIZE))
            done.update(block)
            own = {each: costs[each] for each in block if each in costs}
            solution = self._outsider.program(block, values).solve(own)
            for each, value in zip(block, solution, strict=True):
                room += own.get(each, 0) * (values[each] - value)
                values[each] = value
        return room >= self._needed

    def find_pins(self, place: int, sign: int) -> list[int]:
        """Short constraints that keep a count from being so much greater (1) or less (-1)."""
        block = list(islice(self._outsider.near(place), _SIZE))
        program = self._outsider.program(block)
        found = program.solve({place: -sign})[0]
        return program.pins() if sign * (found - self._outsider.values[place]) < self._needed else []
