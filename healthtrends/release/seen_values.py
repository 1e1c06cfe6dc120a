"""What values hidden counts were seen to have, in tables that a reader cannot tell from the true one."""

import math
from collections.abc import Iterable
from typing import Final

import numpy as np

from healthtrends.release.constraint_table import Mask, Real, Whole
from healthtrends.release.rule import Rule

_NEAR: Final = 1e-6


class SeenValues:
    """Least and greatest value of each count so far; the range only grows."""

    def __init__(self, values: Real, rule: Rule) -> None:
        """The value itself is possible; not where it is one of a class, of which nothing more may matter."""
        self._rule = rule
        self._is_class = rule.rounding is not None
        self._first = values
        self._least = np.full(len(values), math.inf) if self._is_class else values.copy()
        self._greatest = -self._least if self._is_class else values.copy()

    def note(self, places: Whole, solution: Real) -> None:
        """Note that counts can have the whole numbers next to those of a solution."""
        self._least[places] = np.minimum(self._least[places], np.ceil(solution - _NEAR))
        self._greatest[places] = np.maximum(self._greatest[places], np.floor(solution + _NEAR))

    def is_narrow(self, place: int) -> bool:
        """Whether what was seen of a count would tell it too closely, were that all it can be."""
        return self._rule.is_narrow(float(self._least[place]), float(self._greatest[place]))

    def are_narrow(self, places: Whole) -> Mask:
        """Tell the same of several counts."""
        least, greatest, most = self._least[places], self._greatest[places], self._rule.greatest
        narrow = (least >= 1) & (greatest <= most) & (greatest - least + 1 < most)
        return narrow | (least == greatest) & (greatest > 0) if self._is_class else narrow

    def missing_ends(self, places: Whole) -> tuple[Mask, Mask]:
        """Which counts were not seen as one person, and which not as great as small ones can be."""
        return self._least[places] > 1, self._greatest[places] < self._rule.greatest

    def forget(self, places: Iterable[int]) -> None:
        """Forget what some counts can be, as more is shown."""
        for place in places:
            self._least[place] = math.inf if self._is_class else self._first[place]
            self._greatest[place] = -math.inf if self._is_class else self._first[place]
