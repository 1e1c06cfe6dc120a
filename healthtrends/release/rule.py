"""Rules of disclosure: which counts are small, and what stands in their place."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Rounding:
    """Classes of counts of equal width, each with a number that shows; 0 is a class of its own."""

    first: int
    """Least count of the first class."""
    width: int
    number: int
    """What shows, above the least count of the class."""

    def of(self, count: int) -> int:
        """Number of the class of a count."""
        return self.ends(count)[0] + self.number if count >= self.first else 0

    def ends(self, count: int) -> tuple[int, int]:
        """Least and greatest count of the class of a count."""
        if count < self.first:
            return 0, 0
        least = count - (count - self.first) % self.width
        return least, least + self.width - 1


NEAREST_5: Final = Rounding(first=3, width=5, number=2)
MIDPOINT_6: Final = Rounding(first=1, width=6, number=2)
"""ceil(count / 6) * 6 - 3: 1 to 6 are 3, 7 to 12 are 9."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy in numbers."""

    name: str
    hidden_below: int
    """Counts from 1 to this, less one, are small: they must not be told more closely than that."""
    rounding: Rounding | None = None
    """How counts that show are rounded; None: they are exact."""
    hides: bool = True
    """Whether small counts are hidden; else they are a class as others."""
    recomputes: bool = False
    """Whether a total of rounded counts that all show is their sum."""
    renames: bool = False
    """Whether columns of counts have names that say that they are rounded."""

    @property
    def greatest(self) -> int:
        """Greatest small count."""
        return self.hidden_below - 1

    def is_small(self, count: int) -> bool:
        """Whether a count has to be hidden."""
        return 0 < count < self.hidden_below

    def shown(self, count: int) -> int:
        """A count as it shows."""
        return self.rounding.of(count) if self.rounding else count

    def ends(self, count: int) -> tuple[int, int]:
        """Least and greatest of the counts that show as this one does."""
        return self.rounding.ends(count) if self.rounding else (count, count)

    def stands_for(self, count: int) -> int:
        """The count itself, or one number for all that a reader of rounded counts cannot tell apart."""
        if self.rounding is None:
            return count
        return self.greatest // 2 + 1 if self.hides and self.is_small(count) else self.rounding.of(count)

    def is_narrow(self, lower: float, upper: float) -> bool:
        """Whether a range tells a small count more closely than that, or one of a class exactly."""
        if self.rounding is not None and lower == upper > 0:
            return True
        return lower >= 1 and upper <= self.greatest and upper - lower + 1 < self.greatest


class Label(IntEnum):
    """Why a count is not in the release."""

    SHOWN = 0
    PRIMARY = 1
    """It is small."""
    COMPLEMENTARY = 2
    """With it a small one could be computed. It may be small itself: then that label tells too much."""
    WHOLE_ROW = 3
    """The row's own count is hidden."""
    SEX_SPLIT = 4
    """A count of a gender beside it in the row is small, or this one is: which of them does not show."""
    UNLISTED = 5
    """No report has it; it is a part of a relation only."""
    IMPLIED = 6
    """No report has it, and it must not be told either: a difference of two counts that reports have."""


CMS: Final = Rule("cms", hidden_below=11)
OPENSAFELY: Final = Rule("opensafely", hidden_below=8, rounding=NEAREST_5, recomputes=True)
MIDPOINT6: Final = Rule("midpoint6", hidden_below=7, rounding=MIDPOINT_6, hides=False, renames=True)
_NAMED: Final = {rule.name: rule for rule in (CMS, OPENSAFELY, MIDPOINT6)}


def find_rule(policy: str, hidden_below: int) -> Rule:
    """Give the rule of a policy by name; `own` has a threshold of one's own."""
    return Rule("own", hidden_below) if policy == "own" else _NAMED[policy]
