"""Values that hidden counts of a large block can have, without a program for each of them.

1. Ranges by one relation after another (`propagation`).
2. One table of whole numbers that fits all relations.
3. More such tables, each with many counts at an end. Each is a proof for all counts in it. In a block of
   thousands of counts they are reached by a walk (`walk`): some hundred counts that hang together closely
   change at a time, all others are held at the table at hand.
4. A count that stays narrow: with all others free no table is left out. If it is narrow there it is exposed,
   by the relations that hold it.
5. What neither proves is looked at among more counts, in the end among all. What is not proved then is
   undecided, and does not pass.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from healthtrends.audit.description import Policy
from healthtrends.audit.part import Part, Sums
from healthtrends.audit.propagation import propagate
from healthtrends.audit.released import UNBOUNDED, Bounds
from healthtrends.audit.surroundings import Surroundings
from healthtrends.audit.system import ENDLESS, Ints, System
from healthtrends.audit.walk import Table, Walk

LARGE: Final = 30
"""Counts of a block from which on this is done."""
_ONE: Final = 2_000
"""Counts of a block up to which all of it is one program."""
_WHOLE: Final = 60_000
"""Counts of a block up to which what the walk left narrow is looked at among all of them at once."""
_PROGRESS: Final = 0.85
"""Share of the narrow counts that a turn of the walk has to leave for there to be no other."""
_SIZES: Final = (500, 5_000)
_ENOUGH: Final = 20
"""Counts that were looked at in vain after which more counts are taken at once, where they are most; and
exposed counts of a very large block after which the others stay undecided."""
_IN_VAIN, _FEW_IN_VAIN = 6, 2
"""Tables in a row that said nothing new after which no other is looked at; in a part of the walk."""
_SECONDS, _FIRST_SECONDS = 30.0, 300.0
"""Of one program; of the one that finds the first table."""
_NEAR: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Range:
    """What is known of a count."""

    bounds: Bounds
    is_exposed: bool = False
    words: Sequence[str] = ()
    """Relations that hold the bounds, where it is exposed."""
    is_decided: bool = True
    """Whether it was proved to be exposed or not to be."""


class Search:
    """Judges the counts of one block."""

    def __init__(self, system: System, policy: Policy, advance: Callable[[int], None]) -> None:
        """`advance` is told how many more counts are decided. Raises UsageError for contradictions."""
        self._system = system
        self._policy = policy
        self._greatest = policy.hidden_below - 1
        self._draw = np.random.default_rng(0)  # which tables are looked at first is no secret
        self._ranges = propagate(system)
        self._outer = Sums(system, *self._ranges)
        self._surroundings = Surroundings(system, self._ranges)
        self._current: Table | None = None
        """The last one that was seen."""
        self._low = np.full(system.size, ENDLESS)
        self._high = np.full(system.size, -ENDLESS)
        """Ends of the values seen."""
        self._advance = advance
        self._left = 0
        """Counts that are not decided."""

    def assess(self, wanted: Ints) -> Iterator[Range]:
        """Judge some counts, in their order."""
        exposed: dict[int, Range] = {}
        self._left = len(wanted)
        self._find_first()
        if self._current is not None:
            waiting = wanted
            if self._system.size > _ONE:
                waiting = self._walk(waiting, self._current)
            for size in _SIZES if self._system.size > _WHOLE else ():
                waiting = self._look_at_parts(waiting, size, self._current, exposed)
            self._look_at_all(waiting, self._current, exposed)
        self._advance_to(0)
        are_narrow, lows, highs = (
            each.tolist() for each in (self._is_narrow(wanted), self._low[wanted], self._high[wanted])
        )
        for count, is_narrow, low, high in zip(wanted.tolist(), are_narrow, lows, highs, strict=True):
            if count in exposed:
                yield exposed[count]
            else:
                yield self._undecided(count) if is_narrow else Range(Bounds(low, high))

    def _advance_to(self, left: int) -> None:
        self._advance(self._left - left)
        self._left = left

    def _undecided(self, count: int) -> Range:
        low, high = (int(each[count]) for each in self._ranges)
        bounds = Bounds(low, UNBOUNDED if high >= ENDLESS else high)
        return Range(bounds, is_decided=False, words=("no program decided it in time",))

    def _is_narrow(self, counts: Ints | int) -> NDArray[np.bool_]:
        """Whether the values seen of a count are less than what the policy asks for."""
        low, high = self._low[counts], self._high[counts]
        return np.asarray((low > high) | self._tells(low, high))

    def _tells(self, low: Ints | int, high: Ints | int) -> NDArray[np.bool_]:
        is_small = (low >= 1) & (high <= self._greatest) & (high - low + 1 < self._greatest)
        return np.asarray(is_small | (self._policy.rounds & (low == high) & (low >= 1)))

    def _find_first(self) -> None:
        """See a table of whole numbers that fits all relations."""
        system = self._system
        solved = Part(self._outer, np.arange(system.size), seconds=_FIRST_SECONDS).values()
        first = None if solved is None else self._repaired(solved)
        if first is not None:
            self._low, self._high = first.copy(), first.copy()
            self._current = Table(system, first)

    def _repaired(self, solved: NDArray[np.float64]) -> Ints | None:
        """Whole numbers for all counts: those with fractions are sought anew among what is near them."""
        system = self._system
        table = np.rint(solved).astype(np.int64)
        broken = np.flatnonzero(np.abs(solved - table) > _NEAR)
        size = 10 * len(broken)
        while len(broken):
            part = Part(Sums(system, table, table), system.near(broken, size), seconds=_SECONDS)
            values = part.table(np.zeros(len(part.counts)), is_thorough=True)
            if values is not None:
                table[part.counts] = values
                break
            if size >= system.size:
                return None
            size *= 10
        return table if system.fits(table) else None

    def _walk(self, waiting: Ints, table: Table) -> Ints:
        """Go from table to table by small parts, others at each turn, while that tells enough.

        What stays narrow then is left.
        """
        walk = Walk(table, self._surroundings, self._draw)
        waiting = waiting[self._is_narrow(waiting)]
        turns = [(walk.parts, _FEW_IN_VAIN), (walk.slices, _FEW_IN_VAIN)]
        if self._system.size > _WHOLE:
            turns.append((walk.singly, _IN_VAIN))
        for divide, most_in_vain in turns:
            before = len(waiting) * 2
            while len(waiting) < before * _PROGRESS:
                before = len(waiting)
                is_asked = np.zeros(self._system.size, dtype=bool)
                is_asked[waiting] = True
                for counts in divide(waiting, self._is_narrow):
                    part = Part(table, counts, seconds=_SECONDS)
                    self._widen(part, np.flatnonzero(is_asked[counts]), table, most_in_vain)
                    self._advance_to(int(self._is_narrow(waiting).sum()))
                waiting = waiting[self._is_narrow(waiting)]
        return waiting

    def _look_at_parts(self, waiting: Ints, size: int, table: Table, exposed: dict[int, Range]) -> Ints:
        """Look at each count among some that are near; what neither is free nor exposed then is left."""
        left: list[int] = []
        looked_at = 0
        for number, count in enumerate(waiting.tolist()):
            if not self._is_narrow(count):
                continue
            if len(left) > max(_ENOUGH, looked_at // 2):
                return np.concatenate([np.array(left, dtype=np.int64), waiting[number:]])
            looked_at += 1
            self._advance_to(int(self._is_narrow(waiting).sum()) - len(exposed))
            counts = self._surroundings.of(count, size, waiting[number:], table.values)
            part = Part(table, counts, seconds=_SECONDS)
            self._widen(part, np.flatnonzero(np.isin(counts, waiting)), table)
            self._ask(part, 0, table)
            if self._is_narrow(count):
                narrow = self._narrow_range(Part(self._outer, counts, seconds=_SECONDS), 0)
                if narrow is None:
                    left.append(count)
                else:
                    exposed[count] = narrow
        return np.array(left, dtype=np.int64)

    def _look_at_all(self, waiting: Ints, table: Table, exposed: dict[int, Range]) -> None:
        """Look at each count among all."""
        waiting = waiting[self._is_narrow(waiting)]
        if not len(waiting):
            return
        part = Part(self._outer, np.arange(self._system.size), seconds=_SECONDS)
        self._widen(part, waiting, table)
        for count in waiting.tolist():
            if len(exposed) >= _ENOUGH and self._system.size > _WHOLE:
                break  # it does not pass, and each of the others would take seconds
            narrow = self._narrow_range(part, count) if self._is_narrow(count) else None
            if narrow is not None:
                exposed[count] = narrow
            else:
                self._ask(part, count, table)

    def _widen(self, part: Part, places: Ints, table: Table, most_in_vain: int = _IN_VAIN) -> None:
        """See tables of a part in which many narrow counts are at an end, until they say nothing new."""
        in_vain = 0
        while in_vain < most_in_vain:
            places = places[self._is_narrow(part.counts[places])]
            if not len(places):
                break
            costs = np.zeros(len(part.counts))
            costs[places] = self._signs(part.counts[places]) * (0.1 + self._draw.random(len(places)))
            self._note(part, self._table(part, costs), table)
            left = int(self._is_narrow(part.counts[places]).sum())
            in_vain = 0 if left < len(places) else in_vain + 1

    def _signs(self, counts: Ints) -> NDArray[np.float64]:
        """Towards an end that says something new: 1 to the least value, -1 to the greatest; else any."""
        least, greatest = (each[counts] for each in self._ranges)
        is_down = (least <= 0) | ((least == 1) & (self._low[counts] > 1))
        is_up = (greatest > self._greatest) | (self._high[counts] < self._greatest)
        is_one = self._low[counts] == self._high[counts]
        signs = self._draw.choice((-1.0, 1.0), len(counts))
        return np.where((is_down == is_up) | is_one, signs, np.where(is_down, 1.0, -1.0))

    def _table(self, part: Part, costs: NDArray[np.float64]) -> Ints | None:
        """A table of a part where costs are small; of a whole block also one near a fractional solution."""
        found = part.table(costs)
        if found is not None or len(part.counts) < self._system.size:
            return found
        solved = part.values()
        return None if solved is None else self._repaired(solved)

    def _ask(self, part: Part, place: int, table: Table) -> None:
        """See the greatest and the least value of a count of a part, while it is narrow."""
        for sign in (-1.0, 1.0):
            if self._is_narrow(int(part.counts[place])):
                costs = np.zeros(len(part.counts))
                costs[place] = sign
                self._note(part, part.table(costs, is_thorough=True), table)

    def _note(self, part: Part, values: Ints | None, table: Table) -> None:
        if values is not None:
            table.change(part.counts, values)
            self._low[part.counts] = np.minimum(self._low[part.counts], values)
            self._high[part.counts] = np.maximum(self._high[part.counts], values)

    def _narrow_range(self, part: Part, place: int) -> Range | None:
        """What a part that leaves no table out tells of a count, if it tells it too closely."""
        ends = [part.end(place, sign) for sign in (1, -1)]
        if ends[0] is None or ends[1] is None:
            return None
        low, high = math.ceil(ends[0].value - _NEAR), math.floor(ends[1].value + _NEAR)
        if not self._tells(low, high):
            return None
        relations = self._system.block.relations
        words = dict.fromkeys(relations[row].words for end in ends if end for row in end.rows)
        return Range(Bounds(low, high), is_exposed=True, words=tuple(words))
