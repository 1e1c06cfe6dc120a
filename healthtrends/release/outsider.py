"""What an outsider can tell of hidden counts: ranges by one constraint alone, and by all together.

Whoever releases knows the counts, so a range need not be computed from all that hangs together: with far
counts held at their values the range is narrower than the true one, and if it is wide enough, so is that one.
Sums over many hidden counts are left out (`long_sums`). All this is to find quickly what to hide; the proof
is the audit's.
"""

import math
import random
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from healthtrends.release.constraint_sums import ConstraintSums
from healthtrends.release.constraints import ENDLESS, Constraint
from healthtrends.release.program import Program
from healthtrends.release.rule import Label, Rule

_NEAR: Final = 1e-6
_SIZES: Final = (80, 1_000)
"""How many counts are not held at their values in the first and in the second attempt."""
_ALL: Final = 1_000_000
_IN_VAIN: Final = 3
"""Solutions in a row that said nothing new after which one count is looked at by itself."""
_ROUNDS: Final = 20
"""Solutions for many counts at once, at most."""
_MOST: Final = 100_000
"""Counts of a program, at most."""
_ASKED: Final = 10
"""Counts that one program for each of two ends is solved for, to see whether a long sum tells one."""
_LOOSE: Final = 30
"""Hidden counts of a constraint above which it is not looked at together with others, see `long_sums`."""


class Outsider:
    """Knows what is shown, the labels of what is not, and all constraints."""

    def __init__(self, values: Sequence[int], constraints: Sequence[Constraint], rule: Rule) -> None:
        """Everything is shown at first."""
        self.values = values
        self.constraints = constraints
        self.rule = rule
        self.labels = [Label.SHOWN] * len(values)
        self._is_thorough = False
        self._draw = random.Random(0)  # noqa: S311  the same release each time
        self._shown = [rule.ends(value) for value in values]
        self._open = [0] * len(constraints)
        """Of each constraint, counts of which a reader does not know the number."""
        self._sensitive = [0] * len(constraints)
        self._sums = ConstraintSums(constraints, self._shown, rule.greatest - 1)
        for place in range(len(values)) if rule.rounding is not None else ():
            self._note_change(place, self.is_open(place), self.is_sensitive(place))
        self._seen: list[tuple[float, float]] = [self._at_first(place) for place in range(len(values))]
        """Least and greatest value that each can have for all that is known so far; only grows."""
        self._ranges: dict[Label, tuple[float, float]] = {
            Label.PRIMARY: (1, rule.greatest),
            Label.COMPLEMENTARY: (1, ENDLESS),
            Label.WHOLE_ROW: (0, ENDLESS),
            Label.SEX_SPLIT: (1, ENDLESS),
            Label.UNLISTED: (0, ENDLESS),
            Label.IMPLIED: (0, ENDLESS),
        }

    def range_of(self, place: int) -> tuple[float, float]:
        """Range of a count by its label alone."""
        return self._ranges.get(self.labels[place], self._shown[place])

    def is_open(self, place: int) -> bool:
        """Whether a reader does not know a count: it is hidden, or one of a class."""
        low, high = self._shown[place]
        return bool(self.labels[place]) or low < high

    def of_place(self, place: int) -> list[int]:
        """Constraints of a count."""
        return self._sums.of(place)

    def is_sensitive(self, place: int) -> bool:
        """Whether a count must not be told: it is small, and hidden or a difference of others.

        Where counts are rounded, any that is not known: what is done must not depend on more than classes.
        """
        label = self.labels[place]
        if self.rule.rounding is not None:
            return label != Label.UNLISTED and self.is_open(place)
        return label not in (Label.SHOWN, Label.UNLISTED) and self.rule.is_small(self.values[place])

    def narrows(self, number: int) -> bool:
        """Whether a constraint alone tells a small count in it too closely."""
        if not self._sensitive[number]:
            return False
        constraint = self.constraints[number]
        if self._open[number] == 2 and self._is_singleton_pair(constraint):
            return True
        if self._sums.is_slack(number):
            return False
        return any(
            self.is_sensitive(place) and self.rule.is_narrow(*self._sums.range_by(number, place, factor))
            for place, factor in zip(constraint.places, constraint.factors, strict=True)
        )

    def _is_singleton_pair(self, constraint: Constraint) -> bool:
        """Whether one of two hidden counts is a single person, who can subtract themselves."""
        if constraint.lower != constraint.upper:
            return False
        hidden = [place for place in constraint.places if self.labels[place]]
        are_plain = all(self.labels[place] in (Label.PRIMARY, Label.COMPLEMENTARY) for place in hidden)
        return are_plain and any(self.values[place] == 1 for place in hidden)

    def find_pins(self, place: int) -> list[int] | None:
        """Constraints that tell a small hidden count too closely; None: they do not."""
        pins: list[int] = []
        for size in (_ALL,) if self._is_thorough else _SIZES:
            if not self._is_narrow_so_far(place):
                return None
            block = list(islice(self.near(place), size))
            program = self.program(block)
            self._look_at_many(program, block)
            if not self._is_narrow_so_far(place):
                return None
            pins.clear()
            for sign in (1.0, -1.0):
                self._note(block, program.solve({place: sign}))
                pins += program.pins()
            if len(block) < size:
                break
        return pins if self._is_narrow_so_far(place) else None

    def program(self, block: Sequence[int], values: Sequence[float] = ()) -> Program:
        """Give the program of some hidden counts; all others have their values, or these."""
        found = {number for place in block for number in self.of_place(place)}
        numbers = sorted(number for number in found if not self.is_loose(number))
        ranges = {place: self.range_of(place) for place in block}
        return Program(ranges, {each: self.constraints[each] for each in numbers}, values or self.values)

    def _look_at_many(self, program: Program, block: Sequence[int]) -> None:
        """See values in which many counts are at an end, some at the least and some at the greatest."""
        narrow = [each for each in block if self.is_sensitive(each) and self._is_narrow_so_far(each)]
        in_vain = 0
        for _ in range(_ROUNDS):
            if len(narrow) < 2 or in_vain == _IN_VAIN:
                break
            self._note(block, program.solve({each: self._draw.choice((-1.0, 1.0)) for each in narrow}))
            left = [each for each in narrow if self._is_narrow_so_far(each)]
            in_vain = 0 if len(left) < len(narrow) else in_vain + 1
            narrow = left

    def is_told_by(self, number: int) -> bool:
        """Whether a constraint, together with all others, tells a small count too closely.

        Some tables are looked at, and some counts that they leave narrow. Where very many counts hang
        together it is taken to tell one.
        """
        known = self._is_thorough, self._seen
        self.look_thoroughly()
        try:
            first = next(place for place in self.constraints[number].places if self.is_open(place))
            block = list(islice(self.near(first), _MOST + 1))
            return len(block) > _MOST or self._is_told_in(block, number)
        finally:
            self._is_thorough, self._seen = known

    def _is_told_in(self, block: Sequence[int], number: int) -> bool:
        program = self.program(block)
        self._look_at_many(program, block)
        narrow = (each for each in block if self.is_sensitive(each) and self._is_narrow_so_far(each))
        for place in islice(narrow, _ASKED):
            pins: list[int] = []
            for sign in (1.0, -1.0):
                self._note(block, program.solve({place: sign}))
                pins += program.pins()
            if number in pins and self._is_narrow_so_far(place):
                return True
        return False

    def forget(self, places: Iterable[int]) -> None:
        """Forget what values some hidden counts can have, as more is shown."""
        for place in places:
            self._seen[place] = self._at_first(place)

    def near(self, place: int) -> Iterator[int]:
        """Hidden counts that hang together with one, itself first, nearest first."""
        seen, waiting = {place}, deque([place])
        numbers: set[int] = set()
        while waiting:
            each = waiting.popleft()
            yield each
            for number in self.of_place(each):
                if number in numbers or self.is_loose(number):
                    continue
                numbers.add(number)
                for other in self.constraints[number].places:
                    if other not in seen and self.is_open(other):
                        seen.add(other)
                        waiting.append(other)

    def is_loose(self, number: int) -> bool:
        """Whether so many counts of a constraint are hidden that it is taken to tell nothing."""
        return self._open[number] > _LOOSE and not self._is_thorough

    def look_thoroughly(self) -> None:
        """From now on leave nothing out: all hidden counts that hang together, and all constraints."""
        self._is_thorough = True
        self._seen = [self._at_first(place) for place in range(len(self.values))]

    def set_label(self, place: int, label: Label) -> None:
        """Hide a count, or show it again."""
        was_open, was_sensitive = self.is_open(place), self.is_sensitive(place)
        self.labels[place] = label
        self._sums.change(place, self.range_of(place))
        self._note_change(place, self.is_open(place) - was_open, self.is_sensitive(place) - was_sensitive)

    def _note_change(self, place: int, more_open: int, more_sensitive: int) -> None:
        for number in self.of_place(place) if more_open or more_sensitive else ():
            self._open[number] += more_open
            self._sensitive[number] += more_sensitive

    def _is_narrow_so_far(self, place: int) -> bool:
        return self.rule.is_narrow(*self._seen[place])

    def _note(self, block: Sequence[int], solution: Sequence[float]) -> None:
        """Note that hidden counts can have the values of a solution."""
        for place, value in zip(block, solution, strict=True):
            low, high = self._seen[place]
            least, greatest = self._whole(value)
            if least < low or greatest > high:
                self._seen[place] = min(low, least), max(high, greatest)

    def _at_first(self, place: int) -> tuple[float, float]:
        """The value itself is possible; not where it is one of a class, of which nothing more may matter."""
        if self.rule.rounding is not None:
            return ENDLESS, -ENDLESS
        return self.values[place], self.values[place]

    @staticmethod
    def _whole(value: float) -> tuple[float, float]:
        return math.ceil(value - _NEAR), math.floor(value + _NEAR)
