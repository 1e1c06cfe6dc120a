"""Budget of differential privacy: what noisy releases have spent, and what may still be spent.

Sequential composition: the losses of releases of the same people add up, in epsilon and in delta. Days are
added too, since a person may come on any of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec


class Spend(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one noisy release of a date costs; its number is its place in the list of all, from 1."""

    date: str
    """Date of the counts, YYYY-MM-DD."""
    at: str
    """When it was spent, UTC, RFC 3339."""
    epsilon: float
    """Greater than 0."""
    delta: float = 0.0
    """0 where the codes are known before."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Sums of spends, or a ceiling over them."""

    epsilon: float
    delta: float


def spent(spends: Iterable[Spend], period: str = "") -> Budget:
    """Add up the spends whose date begins with `period`: a date, a month `YYYY-MM`, or nothing for all."""
    counted = [each for each in spends if each.date.startswith(period)]
    return Budget(sum(each.epsilon for each in counted), sum(each.delta for each in counted))


def refusal(spends: Sequence[Spend], wanted: Spend, ceiling: Budget, month: Budget) -> str | None:
    """Give why a spend is too much behind these, for all dates or for its month; None: it is not."""
    for limit, period, words in ((ceiling, "", "of all dates"), (month, wanted.date[:7], "of its month")):
        before = spent(spends, period)
        for name in ("epsilon", "delta"):
            sum_ = getattr(before, name) + getattr(wanted, name)
            most: float = getattr(limit, name)
            if sum_ > most * (1 + 1e-9):  # sums of decimal fractions are not exact
                return (
                    f"{name} {words} would be {sum_:g}, and {most:g} is the ceiling; "
                    f"{getattr(before, name):g} are spent"
                )
    return None
