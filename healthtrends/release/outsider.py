"""What an outsider can tell of hidden counts: ranges by one constraint alone, and by all together.

Whoever releases knows the counts, so a range need not be computed from all that hangs together: with far
counts held at their values the range is narrower than the true one, and if it is wide enough, so is that one.
Sums over many hidden counts are left out. All this is to find quickly what to hide; the proof is the audit's.
"""

import math
import random
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

import highspy
import numpy as np

from healthtrends.release.constraint_sums import ConstraintSums
from healthtrends.release.constraints import ENDLESS, Constraint
from healthtrends.release.rule import Label, Rule

_NEAR: Final = 1e-6
_SIZES: Final = (80, 1_000)
"""How many counts are not held at their values in the first and in the second attempt."""
_ALL: Final = 1_000_000
_IN_VAIN: Final = 3
"""Solutions in a row that said nothing new after which one count is looked at by itself."""
_LOOSE: Final = 30
"""Hidden counts of a constraint above which it is not looked at together with others; the audit does."""
_FAR: Final = 1e5
"""In the place of no end: far above every small count."""


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
            program = _Program(self, block)
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

    def _look_at_many(self, program: "_Program", block: Sequence[int]) -> None:
        """See values in which many counts are at an end, some at the least and some at the greatest."""
        narrow = [each for each in block if self.is_sensitive(each) and self._is_narrow_so_far(each)]
        in_vain = 0
        while len(narrow) > 1 and in_vain < _IN_VAIN:
            self._note(block, program.solve({each: self._draw.choice((-1.0, 1.0)) for each in narrow}))
            left = [each for each in narrow if self._is_narrow_so_far(each)]
            in_vain = 0 if len(left) < len(narrow) else in_vain + 1
            narrow = left

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
        self.forget(range(len(self.values)))

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


class _Program:
    """Linear program of some hidden counts; all others have their values."""

    def __init__(self, outsider: Outsider, block: Sequence[int]) -> None:
        self._columns = {place: column for column, place in enumerate(block)}
        found = {number for place in block for number in outsider.of_place(place)}
        numbers = sorted(number for number in found if not outsider.is_loose(number))
        self._numbers = numbers
        lower, upper, starts, index, factors = [], [], [0], [], []
        for number in numbers:
            constraint = outsider.constraints[number]
            known = 0
            for place, factor in zip(constraint.places, constraint.factors, strict=True):
                column = self._columns.get(place)
                if column is None:
                    known += outsider.values[place] * factor
                else:
                    index.append(column)
                    factors.append(float(factor))
            lower.append(constraint.lower - known)
            upper.append(constraint.upper - known)
            starts.append(len(index))
        ranges = [outsider.range_of(place) for place in block]
        greatest = max((outsider.values[place] for place in block), default=0) + _FAR
        self._solver = highspy.Highs()
        for option, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._solver.setOptionValue(option, value)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(block), len(numbers)
        model.col_cost_ = np.zeros(len(block))
        model.col_lower_ = np.array([low for low, _ in ranges], dtype=float)
        model.col_upper_ = np.array([min(high, greatest) for _, high in ranges], dtype=float)
        model.row_lower_, model.row_upper_ = np.array(lower, dtype=float), np.array(upper, dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array(starts, dtype=np.int32)
        model.a_matrix_.index_ = np.array(index, dtype=np.int32)
        model.a_matrix_.value_ = np.array(factors, dtype=float)
        self._solver.passModel(model)

    def solve(self, costs: Mapping[int, float]) -> Sequence[float]:
        """Values of all counts of the block where the sum of some times their costs is least."""
        columns = [self._columns[place] for place in costs]
        for column, cost in zip(columns, costs.values(), strict=True):
            self._solver.changeColCost(column, cost)
        self._solver.run()
        status, solution = self._solver.getModelStatus(), self._solver.getSolution()
        for column in columns:
            self._solver.changeColCost(column, 0.0)
        if status != highspy.HighsModelStatus.kOptimal:
            raise ValueError(f"HiGHS says {self._solver.modelStatusToString(status)}")
        self._duals: Sequence[float] = list(solution.row_dual)
        return list(solution.col_value)

    def pins(self) -> list[int]:
        """Constraints that hold the last solution where it is."""
        return [number for number, dual in zip(self._numbers, self._duals, strict=True) if abs(dual) > _NEAR]
