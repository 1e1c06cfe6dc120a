"""A count against those of comparable days.

Visits have a weekly rhythm, so a date is compared with the same weekday of the four weeks before, and seven
days with the seven before. Only days that are known count, on both sides; a day without a feed is no zero.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.history import SAME_WEEKDAYS

WEEK = 7
KNOWN_DAYS = 4
"""Fewer days of a week that are known, and were a week before, say too little."""


@dataclass(frozen=True, slots=True)
class Least:
    """Minimums below which the pages give no percentage, and list nothing as risen or fallen."""

    count: int = 10
    """Patients or visits, on both sides of a comparison."""
    change: float = 0.25
    """Relative change of what is listed; 0.25 is a quarter."""


LEAST = Least()
"""The defaults of the settings."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count, and the known counts that it is compared with."""

    now: int
    before: tuple[int, ...]
    """Empty: none is known."""
    days: int = 1
    """Days that each of the counts is the sum of."""

    @property
    def mean(self) -> float | None:
        """Mean of the counts before."""
        return sum(self.before) / len(self.before) if self.before else None

    @property
    def share(self) -> float | None:
        """Relative change, 0.5 for half as many again; None when there was nothing before."""
        return self.now / self.mean - 1 if self.mean else None

    @property
    def score(self) -> float:
        """How far beyond chance, in standard deviations; negative for a fall.

        With `a` patients now and `b` on the `n` days before (a week before: n = 1), chance alone would split
        the a + b patients as 1 : n, so (a - (a + b) / (1 + n)) / sqrt((a + b) n / (1 + n)^2) is near a
        standard normal number (the normal approximation of the test of two Poisson rates by the conditional
        binomial: Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313). 0.0 without any patient.
        """
        before, number = sum(self.before), len(self.before)
        both = self.now + before
        spread = math.sqrt(both * number) / (1 + number)
        return (self.now - both / (1 + number)) / spread if spread else 0.0


def same_weekday(counts: Sequence[int | None]) -> Comparison | None:
    """Compare the last day with the same weekday of the four weeks before; None: it is not known."""
    if not counts or counts[-1] is None:
        return None
    before = (counts[-1 - back] for back in SAME_WEEKDAYS if back < len(counts))
    return Comparison(counts[-1], tuple(count for count in before if count is not None))


def seven_days(counts: Sequence[int | None]) -> Comparison | None:
    """Compare the sum of the last seven days with that of the seven before; None: too few days are known.

    A day counts when it and the same weekday a week before are known, so both sums have the same weekdays.
    """
    places = range(1, min(WEEK, len(counts) - WEEK) + 1)
    pairs = [
        (now, before)
        for now, before in ((counts[-place], counts[-place - WEEK]) for place in places)
        if now is not None and before is not None
    ]
    if len(pairs) < KNOWN_DAYS:
        return None
    return Comparison(sum(now for now, _ in pairs), (sum(before for _, before in pairs),), len(pairs))


def is_small(compared: Comparison, least: Least) -> bool:
    """Whether a percentage would say more than the few patients it is made of."""
    return min(compared.now, compared.mean or 0) < least.count
