"""Which diagnoses rose or fell this week: seven days against the seven before, beyond chance.

Only days that are known count, on both sides; a day without a feed is no zero. With `a` patients on `m` known
days and `b` on the `n` before, chance alone would split the a + b patients as m : n, so

    score = (a - (a + b) m / (m + n)) / sqrt((a + b) m n / (m + n)^2)

is near a standard normal number (the normal approximation of the test of two Poisson rates by the conditional
binomial: Przyborowski and Wilenski 1940, doi:10.1093/biomet/31.3-4.313). Real counts scatter more than
Poisson, and hundreds of codes are looked at, so BEYOND_CHANCE is higher than one test would need. It points,
it proves nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.history import History

DAYS = 7
KNOWN_DAYS = 4
"""Fewer known days on one side say too little."""
BEYOND_CHANCE = 4.0


@dataclass(frozen=True, slots=True)
class Change:
    """One code, this week against the week before."""

    code: str
    now: float
    """Patients per known day, the seven days that end with the page's date."""
    before: float
    """The same, the seven days before; 0.0 for a code that is new."""
    score: float
    """How far beyond chance; negative for a fall."""

    @property
    def share(self) -> float | None:
        """Relative change, 0.5 for half as many again; None when there was nothing before."""
        return self.now / self.before - 1 if self.before else None


def changes(history: History) -> list[Change]:
    """All codes whose two weeks are known well enough, by score, the strongest rise first."""
    found = [change for code, counts in history.patients.items() if (change := _change(code, counts))]
    return sorted(found, key=lambda change: (-change.score, change.code))


def risen(found: Sequence[Change], most: int) -> list[Change]:
    """First `most` that rose beyond chance."""
    return [change for change in found if change.score >= BEYOND_CHANCE][:most]


def fallen(found: Sequence[Change], most: int) -> list[Change]:
    """First `most` that fell beyond chance, the strongest fall first."""
    return [change for change in reversed(found) if change.score <= -BEYOND_CHANCE][:most]


def _change(code: str, counts: Sequence[int | None]) -> Change | None:
    now = [count for count in counts[-DAYS:] if count is not None]
    before = [count for count in counts[-2 * DAYS : -DAYS] if count is not None]
    if len(now) < KNOWN_DAYS or len(before) < KNOWN_DAYS:
        return None
    both, days = sum(now) + sum(before), len(now) + len(before)
    if not both:
        return None
    expected = both * len(now) / days
    spread = math.sqrt(both * len(now) * len(before)) / days
    return Change(code, sum(now) / len(now), sum(before) / len(before), (sum(now) - expected) / spread)
