"""Simulated lists of 100 codes, on each of which one code doubles: what alarms are judged on.

The counts are those of `daily_simulation`: 40 codes with 0.5 patients a day, 30 with 2, 20 with 20 and 10
with 100, as most codes are rare; half of the codes scatter twice as much as Poisson. Half of the lists have
the weekdays of an emergency department, half those of practices, of which few are open at weekends. After a
quiet half year one code with 20 patients a day doubles for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from healthtrends.detect.daily_simulation import FIRST, HOLIDAYS, TOTAL, WEEKDAYS
from healthtrends.detect.series import Series

CODES_BY_BASE = {0.5: 40, 2.0: 30, 20.0: 20, 100.0: 10}
"""Codes of a list by their patients a day."""
CODES = sum(CODES_BY_BASE.values())
DOUBLED = 75
"""Number of a code with 20 patients a day."""
DISPERSIONS = (1.05, 2.0)
PRACTICES = np.array([1.35, 1.25, 1.15, 1.15, 1.2, 0.5, 0.4])
"""Monday first; their mean is 1."""
BEGINS, DAYS = (245, 259), 262


@dataclass(frozen=True, slots=True)
class Lists:
    """Some lists of codes."""

    series: Series
    """All codes of the first list, then those of the next."""
    begin: Sequence[int]
    """Of each list, the day on which its code doubles."""


def simulate_lists(lists: int, seed: Sequence[int]) -> Lists:
    """Make the lists; the same for the same seed."""
    rng = np.random.default_rng(seed)
    base = np.tile(np.repeat(list(CODES_BY_BASE), list(CODES_BY_BASE.values())), lists)
    dispersion = rng.choice(DISPERSIONS, len(base))
    day = np.arange(DAYS)[:, None]
    is_practice = np.arange(len(base)) // CODES % 2 == 1
    weekday = np.where(is_practice, PRACTICES[day % 7], WEEKDAYS[day % 7])
    trend, season = rng.uniform(-0.2, 0.2, (2, len(base)))
    mean = base * weekday * np.exp(trend * day / 365 + season * np.cos(2 * np.pi * day / 365))
    mean[list(HOLIDAYS)] *= 0.6
    begin = rng.integers(*BEGINS, size=lists).tolist()
    for number, first in enumerate(begin):
        mean[first:, number * CODES + DOUBLED] *= 2
    counts = rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion, mean.shape).astype(float)
    names = [str(number) for number in range(len(base))]
    return Lists(Series(FIRST, names, counts, np.full(DAYS, TOTAL)), begin)
