"""What an outsider can tell of hidden counts: ranges by one constraint alone, and by all together.

Whoever releases knows the counts, so a range need not be computed from all that hangs together: with far
counts held at their values the range is narrower than the true one, and if it is wide enough, so is that one.
Sums over many hidden counts are left out (`long_sums`). All this is to find quickly what to hide; the proof
is the audit's.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import numpy as np

from healthtrends.release.blocks import find_blocks
from healthtrends.release.constraint_sums import ConstraintSums
from healthtrends.release.constraint_table import ConstraintTable, Mask, Ranges, Real, Whole
from healthtrends.release.constraints import ENDLESS, Constraint
from healthtrends.release.program import Program
from healthtrends.release.rule import Label, Rule
from healthtrends.release.seen_values import SeenValues

_SIZE: Final = 1_000
"""How many counts are not held at their values, to see whether one of them is told."""
_ALL: Final = 10_000_000
_IN_VAIN: Final = 3
"""Solutions in a row that said nothing new after which one count is looked at by itself."""
_IN_VAIN_OF_BLOCK: Final = 6
"""The same, where no single count is asked for."""
_ROUNDS: Final = 20
"""Solutions for many counts at once, at most."""
_MOST: Final = 5_000
"""Counts of a program to see whether a long sum tells one, at most."""
_MEMBERS: Final = 200
"""Counts of a long sum with which others are looked at."""
_PART: Final = 100
"""Counts that hang together with one of them, at most."""
_ASKED: Final = 10
"""Counts that one program for each of two ends is solved for, to see whether a long sum tells one."""
_LOOSE: Final = 30
"""Hidden counts of a constraint above which it is not looked at together with others, see `long_sums`."""


class Outsider:
    """Knows what is shown, the labels of what is not, and all constraints."""

    def __init__(
        self, values: Sequence[int], constraints: Sequence[Constraint], rule: Rule, labels: Sequence[Label]
    ) -> None:
        """`labels` are those of all counts at first."""
        self.values = values
        self.constraints = constraints
        self.rule = rule
        self.labels = list(labels)
        self._table = table = ConstraintTable(constraints, len(values))
        self._values: Real = np.array(values, dtype=float)
        self._is_thorough = False
        # Not by chance: the same release each time.
        self._draw = np.random.default_rng(0)
        self._least_of_class = ENDLESS if rule.rounding is None else rule.rounding.first
        """Least count that shows as one of a class."""
        self._ranges: dict[Label, tuple[float, float]] = {
            Label.PRIMARY: (1, rule.greatest),
            Label.COMPLEMENTARY: (1, ENDLESS),
            Label.WHOLE_ROW: (0, ENDLESS),
            Label.SEX_SPLIT: (1, ENDLESS),
            Label.UNLISTED: (0, ENDLESS),
            Label.IMPLIED: (0, ENDLESS),
        }
        self._sums = ConstraintSums(table, self._all_ranges(), rule.greatest - 1)
        self._open = self._number_of(self._are_open())
        """Of each constraint, counts of which a reader does not know the number."""
        self._sensitive: list[int] = self._number_of(self._are_sensitive()).tolist()
        self._seen = SeenValues(self._values, rule)

    def _all_ranges(self) -> Ranges:
        """Range of each count by its label."""
        if self.rule.rounding is None:
            ranges = np.stack([self._values, self._values], axis=1)
        else:
            ranges = np.array([self.rule.ends(value) for value in self.values], dtype=float).reshape(-1, 2)
        labels = np.array(self.labels)
        for label, its_range in self._ranges.items():
            ranges[labels == label] = its_range
        return ranges

    def _are_open(self) -> Mask:
        """Tell of all counts what `is_open` does."""
        are_open: Mask = (np.array(self.labels) != Label.SHOWN) | (self._values >= self._least_of_class)
        return are_open

    def _are_sensitive(self) -> Mask:
        """Tell of all counts what `is_sensitive` does."""
        return np.fromiter(map(self.is_sensitive, range(len(self.values))), bool, len(self.values))

    def _number_of(self, is_chosen: Mask) -> Whole:
        """Give the number of chosen counts in each constraint."""
        found = self._table.numbers[is_chosen[self._table.places]]
        return np.bincount(found, minlength=len(self.constraints))

    def is_open(self, place: int) -> bool:
        """Whether a reader does not know a count: it is hidden, or one of a class."""
        return bool(self.labels[place]) or self.values[place] >= self._least_of_class

    def of_place(self, place: int) -> list[int]:
        """Constraints of a count."""
        return self._table.of(place)

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

    def look_at_blocks(self) -> None:
        """See values that sensitive counts can have, those of a block at once: few are left to look at."""
        is_used = self._open <= _LOOSE
        for block in find_blocks(self._table, self._are_open(), is_used, self._are_sensitive()):
            self._see_many(self.program(block), block, self._seen, _IN_VAIN_OF_BLOCK)

    def find_pins(self, place: int) -> list[int] | None:
        """Constraints that tell a small hidden count too closely; None: they do not."""
        if not self._seen.is_narrow(place):
            return None
        block = self.near_block(place, _ALL if self._is_thorough else _SIZE)
        program = self.program(block)
        self._see_many(program, block, self._seen, _IN_VAIN)
        if not self._seen.is_narrow(place):
            return None
        pins = _pins(program, block, 0, self._seen)
        return pins if self._seen.is_narrow(place) else None

    def program(self, block: Whole, values: Real | None = None, *, is_thorough: bool = False) -> Program:
        """Give the program of some hidden counts; all others have their values, or these."""
        numbers = self._table.of_any(block)
        if not (is_thorough or self._is_thorough):
            numbers = numbers[self._open[numbers] <= _LOOSE]
        return Program(
            self._table, block, numbers, self._sums.ranges, self._values if values is None else values
        )

    def _see_many(self, program: Program, block: Whole, seen: SeenValues, most_in_vain: int) -> None:
        """See values in which many counts are at an end, some at the least and some at the greatest."""
        narrow = np.flatnonzero(seen.are_narrow(block))
        narrow = narrow[[self.is_sensitive(place) for place in block[narrow].tolist()]]
        in_vain = 0
        for _ in range(_ROUNDS):
            if len(narrow) < 2 or in_vain == most_in_vain:
                break
            lacks_least, lacks_greatest = seen.missing_ends(block[narrow])
            signs = self._draw.choice((-1.0, 1.0), len(narrow))
            signs[lacks_greatest & ~lacks_least] = -1.0
            signs[lacks_least & ~lacks_greatest] = 1.0
            seen.note(block, program.solve(narrow, signs))
            left = narrow[seen.are_narrow(block[narrow])]
            in_vain = 0 if len(left) < len(narrow) else in_vain + 1
            narrow = left

    def is_told_by(self, number: int, giving: Iterable[int]) -> bool:
        """Whether a constraint, together with all others, tells a small count too closely.

        Looked at are counts that hang together with some of its own, those that leave others room and some
        spread over it: some tables of them, and some counts that these leave narrow.
        """
        places = [place for place in self.constraints[number].places if self.is_open(place)]
        some = [*giving, *places[:: -(-len(places) // _MEMBERS)]]
        near = (other for each in some for other in islice(self.near(each), _PART))
        block = np.array(list(islice(dict.fromkeys(near), _MOST)))
        program = self.program(block, is_thorough=True)
        seen = SeenValues(self._values, self.rule)
        self._see_many(program, block, seen, _IN_VAIN)
        narrow = (
            column
            for column, place in enumerate(block.tolist())
            if self.is_sensitive(place) and seen.is_narrow(place)
        )
        return any(
            number in _pins(program, block, column, seen) and seen.is_narrow(int(block[column]))
            for column in islice(narrow, _ASKED)
        )

    def forget(self, places: Iterable[int]) -> None:
        """Forget what values some hidden counts can have, as more is shown."""
        self._seen.forget(places)

    def near_block(self, place: int, size: int) -> Whole:
        """So many hidden counts that hang together with one, itself first."""
        return np.array(list(islice(self.near(place), size)))

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
        return bool(self._open[number] > _LOOSE) and not self._is_thorough

    def look_thoroughly(self) -> None:
        """From now on leave nothing out: all hidden counts that hang together, and all constraints."""
        self._is_thorough = True
        self._seen = SeenValues(self._values, self.rule)

    def set_label(self, place: int, label: Label) -> None:
        """Hide a count, or show it again."""
        was_open, was_sensitive = self.is_open(place), self.is_sensitive(place)
        self.labels[place] = label
        self._sums.change(place, self._ranges.get(label) or self.rule.ends(self.values[place]))
        self._note_change(place, self.is_open(place) - was_open, self.is_sensitive(place) - was_sensitive)

    def _note_change(self, place: int, more_open: int, more_sensitive: int) -> None:
        for number in self.of_place(place) if more_open or more_sensitive else ():
            self._open[number] += more_open
            self._sensitive[number] += more_sensitive


def _pins(program: Program, block: Whole, column: int, seen: SeenValues) -> list[int]:
    """Constraints that hold a count at its least and at its greatest value."""
    pins: list[int] = []
    for sign in (1.0, -1.0):
        seen.note(block, program.solve(np.array([column]), np.array([sign])))
        pins += program.pins()
    return pins
