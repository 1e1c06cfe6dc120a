"""Labels of the daily tests as ESSENCE and Rnssp have them, from their p values."""

from functools import cache
from typing import Annotated, Final, TypeAlias

import numpy as np
from scipy.special import stdtr, stdtrit

from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, LabelArray

GREY, BLUE, YELLOW, RED = range(4)
WARNING: Final = 0.05
ALERT: Final = 0.01
FAR: Final = 3.0
AT_ONCE: Final = 8
"""Days at once: the series is summed up in the cache of a core."""

Guard: TypeAlias = Annotated[int, About("days between the baseline and the tested day", unit="days", high=28)]
Expected: TypeAlias = Annotated[FloatArray, Column("baseline_expected", "what the baseline leads to expect")]
Statistic: TypeAlias = Annotated[FloatArray, Column("test_statistic", "distance from it in standard errors")]
PValue: TypeAlias = Annotated[FloatArray, Column("p.value", "chance of at least that in usual times")]
Alert: TypeAlias = Annotated[
    LabelArray,
    Column(
        "alert",
        "red: p below 0.01; yellow: below 0.05; blue: usual; grey: not tested",
        ("grey", "blue", "yellow", "red"),
    ),
]


def upper_tail(statistic: FloatArray, freedom: FloatArray) -> FloatArray:
    """Give the chance of a Student variable above `statistic`; one whole number of degrees a day, or NaN."""
    chance = np.full_like(statistic, np.nan)
    for degrees in np.unique(freedom[np.isfinite(freedom)]):
        days = np.flatnonzero(freedom == degrees)
        for begin in range(0, len(days), AT_ONCE):
            part = days[begin : begin + AT_ONCE]
            chance[part] = _upper_tail(statistic[part], int(degrees))
    return chance


def _upper_tail(t: FloatArray, degrees: int) -> FloatArray:
    """Sum up the finite series of Abramowitz and Stegun 26.7.3 and 26.7.4.

    It takes a fraction of the time of the incomplete beta function, which is left for the tail, where the
    series would lose digits.
    """
    root = np.sqrt(degrees + t * t)
    sine, cosine = t / root, np.sqrt(degrees) / root
    squared, total = cosine * cosine, np.ones_like(t)
    for k in range(degrees - 3, 0, -2):
        total *= squared
        total *= k / (k + 1)
        total += 1
    if degrees % 2 == 0:
        between = sine * total
    else:
        rest = sine * cosine * total if degrees > 1 else 0
        between = 2 / np.pi * (np.arctan2(sine, cosine) + rest)
    chance = (1 - between) / 2
    far = t > FAR
    chance[far] = stdtr(degrees, -t[far])
    return np.asarray(chance)


@cache
def student_limit(probability: float, freedom: int) -> float:
    """Give the quantile, rounded to 5 decimals as in the tables of ESSENCE."""
    return round(float(stdtrit(freedom, probability)), 5)


def alerts(p_value: FloatArray) -> LabelArray:
    """Give the label of each p value; NaN is grey."""
    # One more with each step, in the order of the labels; a comparison with NaN is false.
    labels = np.add(p_value >= 0, p_value < WARNING, dtype=np.int8)
    labels += p_value < ALERT
    return labels


def red_days(alert: LabelArray) -> BoolArray:
    """Say which labels are alarms."""
    return np.asarray(alert == RED)
