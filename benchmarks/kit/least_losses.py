"""The fewest people that a small table can hide: an integer program, the yardstick of what hides quickly."""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from healthtrends.release.constraints import Constraint
from healthtrends.release.rule import Rule

_FAR = 100


def least_losses(
    values: Sequence[int], lines: Sequence[Constraint], rule: Rule, seconds: float
) -> int | None:
    """People in hidden counts at the optimum, where hidden means 1 or more; None: not found in time.

    For each small count one table has to fit in which it is great, or two in which it is as small and as
    great as small counts can be. Such a table differs from the true one in hidden counts alone.
    """
    number = len(values)
    small = [place for place, value in enumerate(values) if rule.is_small(value)]
    columns = number * (1 + 2 * len(small)) + len(small)
    entries: list[tuple[int, int, float]] = []
    least: list[float] = []
    greatest: list[float] = []

    def row(factors: dict[int, float], lower: float, upper: float) -> None:
        entries.extend((len(least), column, factor) for column, factor in factors.items())
        least.append(lower)
        greatest.append(upper)

    for order, place in enumerate(small):
        is_great = columns - len(small) + order
        for up in (0, 1):
            first = number * (1 + 2 * order + up)
            for line in lines:
                row({first + p: f for p, f in zip(line.places, line.factors, strict=True)}, 0, 0)
            for other, value in enumerate(values):
                row({first + other: 1, other: -_FAR}, -np.inf, 0)
                row({first + other: 1, other: max(value - 1, 0)}, 0, np.inf)
            if up:
                row({first + place: 1, is_great: -1}, rule.greatest - values[place], np.inf)
            else:
                row({first + place: 1, is_great: 1 - values[place]}, -np.inf, 1 - values[place])
    is_choice = np.zeros(columns)
    is_choice[:number] = is_choice[columns - len(small) :] = 1
    lower, upper = np.where(is_choice, 0.0, -_FAR), np.where(is_choice, 1.0, _FAR)
    lower[small] = 1
    upper[[place for place, value in enumerate(values) if not value]] = 0
    at, column, factor = zip(*entries, strict=True)
    found = milp(
        np.concatenate([values, np.zeros(columns - number)]),
        constraints=LinearConstraint(
            coo_array((factor, (at, column)), shape=(len(least), columns)).tocsr(), least, greatest
        ),
        integrality=is_choice,
        bounds=Bounds(lower, upper),
        options={"time_limit": seconds},
    )
    return round(found.fun) if found.status == 0 else None
