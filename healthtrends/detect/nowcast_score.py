"""Scores of nowcasts whose days are complete by now: coverage and the weighted interval score.

    interval score of the central (1 - a) interval: upper - lower + 2/a (lower - y)+ + 2/a (y - upper)+
    WIS = (|y - median| / 2 + sum over the intervals of a/2 times its score) / (number of intervals + 1/2)

Source: Bracher, Ray, Gneiting, Reich 2021, doi:10.1371/journal.pcbi.1008618. It is in the unit of the counts;
less is better, and of a nowcast that is one number it is the absolute error.
"""

from dataclasses import dataclass

import numpy as np

from healthtrends.detect.nowcast import QUANTILES
from healthtrends.detect.series import FloatArray

MEDIAN = len(QUANTILES) // 2


@dataclass(frozen=True, slots=True)
class Score:
    """Of some nowcasts."""

    nowcasts: int
    covered_50: float
    """Share of the days that ended in their 50 % interval."""
    covered_90: float
    interval_score: float
    """Mean WIS, in lines."""
    relative_score: float
    """That, as a share of the mean number of lines in the end."""
    stored_error: float
    """Mean of the lines that were still to come: the error of taking what was stored."""


def score(quantiles: FloatArray, stored: FloatArray, final: FloatArray) -> Score:
    """Score nowcasts (nowcasts x `QUANTILES`) by what became final; at least one."""
    summed = np.abs(final - quantiles[:, MEDIAN]) / 2
    covered = []
    for number in range(MEDIAN):
        low, high, outside = quantiles[:, number], quantiles[:, -1 - number], 2 * QUANTILES[number]
        beyond = np.maximum(low - final, 0) + np.maximum(final - high, 0)
        summed = summed + outside / 2 * (high - low) + beyond
        covered.append(float((beyond == 0).mean()))
    mean, in_the_end = float((summed / (MEDIAN + 0.5)).mean()), float(final.mean())
    return Score(
        len(final),
        covered[1],
        covered[0],
        mean,
        mean / in_the_end if in_the_end else float("nan"),
        float((final - stored).mean()),
    )
