"""Labels of the daily tests as ESSENCE and Rnssp have them, from their p values."""

from typing import Annotated, Final, TypeAlias

import numpy as np
from scipy.special import stdtr, stdtrit

from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import FloatArray, LabelArray

GREY, BLUE, YELLOW, RED = range(4)
WARNING: Final = 0.05
ALERT: Final = 0.01

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
    """Give the chance of a Student variable above `statistic`; one number of degrees of freedom a day."""
    # Below -T rather than 1 minus below T: that keeps its digits where the chance is tiny.
    return np.asarray(stdtr(freedom[:, None], -statistic))


def student_limit(probability: float, freedom: int) -> float:
    """Give the quantile, rounded to 5 decimals as in the tables of ESSENCE."""
    return round(float(stdtrit(freedom, probability)), 5)


def alerts(p_value: FloatArray) -> LabelArray:
    """Give the label of each p value; NaN is grey."""
    labels = np.full(p_value.shape, GREY, np.int8)
    labels[p_value >= WARNING] = BLUE
    labels[p_value < WARNING] = YELLOW
    labels[p_value < ALERT] = RED
    return labels
