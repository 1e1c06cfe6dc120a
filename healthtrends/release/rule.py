"""Rules of disclosure: which counts are small, and what stands in their place."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final


@dataclass(frozen=True, slots=True)
class Rule:
    """A policy in numbers."""

    name: str
    hidden_below: int
    """Counts from 1 to this, less one, are hidden, and must not be told more closely than that."""

    @property
    def greatest(self) -> int:
        """Greatest small count."""
        return self.hidden_below - 1

    def is_small(self, count: int) -> bool:
        """Whether a count has to be hidden."""
        return 0 < count < self.hidden_below

    def is_narrow(self, lower: float, upper: float) -> bool:
        """Whether a range tells a small count more closely than that it is small."""
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


def find_rule(policy: str, hidden_below: int) -> Rule:
    """Give the rule of a policy: `cms`, or `own` with a threshold of one's own."""
    return Rule("own", hidden_below) if policy == "own" else CMS
