"""What C1, C2 and C3 share: mean and standard deviation of seven days before the tested one."""

from typing import Annotated, TypeAlias

import numpy as np

from healthtrends.detect.baseline import baseline, mean_and_sd
from healthtrends.detect.parameters import About
from healthtrends.detect.series import BoolArray, FloatArray

WEEK = 7

MinSigma: TypeAlias = Annotated[
    float, About("the standard deviation of a baseline counts as at least this", unit="patients")
]
MinDays: TypeAlias = Annotated[
    int,
    About("a day is tested when so many of the 7 days were observed", unit="days", low=2, high=7),
]


def mean_and_sigma(
    counts: FloatArray, usual: BoolArray, *, guard: int, min_sigma: float, min_days: int
) -> tuple[FloatArray, FloatArray]:
    """Of the seven days that end `guard` days before each day; NaN where fewer than `min_days` are usual.

    The standard deviation has the divisor n - 1.
    """
    mean, sigma = np.full_like(counts, np.nan), np.full_like(counts, np.nan)
    for day in range(WEEK + guard, len(counts)):
        days = baseline(usual, day, WEEK, guard)
        if len(days) >= min_days:
            mean[day], sd = mean_and_sd(counts, days)
            sigma[day] = np.maximum(sd, min_sigma)
    return mean, sigma
