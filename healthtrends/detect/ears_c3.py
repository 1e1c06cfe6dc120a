"""EARS C3: how far the last three days were above C2's mean, added up.

    C3(t) = sum over i = t-2 .. t of max(0, (y(i) - mean(i)) / sigma(i) - 1);  alarm: C3(t) > 2

with mean and sigma of C2. Four definitions are in circulation and none has a reference program; this is the
most common one. A day that was not observed adds 0, and is not tested itself. Where sigma is 0, a day above
the mean is infinitely far from it; `min_sigma` prevents that.

Source: Hutwagner, Thompson, Seeman, Treadwell 2003, doi:10.1080/00207230302563.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from healthtrends.detect.baseline import by_missing_days
from healthtrends.detect.ears_statistic import WEEK, MinDays, MinSigma, mean_and_sigma
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector

GUARD = 2
DAYS = 3


@dataclass(frozen=True, slots=True)
class EarsSum:
    """Days x codes."""

    upper: Annotated[
        FloatArray,
        Column("upper", "a count above it gives an alarm; empty where the days before do so already"),
    ]
    statistic: Annotated[FloatArray, Column("statistic", "the sum of the three days")]
    alarm: Annotated[BoolArray, Column("alarm", "1: the sum is above the threshold")]


@dataclass(frozen=True, slots=True)
class EarsC3(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "ears_c3"

    min_sigma: MinSigma = 0.0
    threshold: Annotated[float, About("a sum above it is an alarm", unit="standard deviations")] = 2.0
    min_days: MinDays = 5

    @property
    def first(self) -> int:
        """See `SeriesDetector.first`."""
        return WEEK + GUARD + DAYS - 1

    def detect(self, series: Series) -> EarsSum:
        """See `SeriesDetector.detect`."""
        return by_missing_days(series, self._sum)

    def _sum(self, counts: FloatArray, observed: BoolArray, usual: BoolArray) -> EarsSum:
        mean, sigma = mean_and_sigma(
            counts, usual, guard=GUARD, min_sigma=self.min_sigma, min_days=self.min_days
        )
        distance = counts - mean
        with np.errstate(divide="ignore", invalid="ignore"):  # sigma 0: infinitely far, or not at all
            above = np.where(distance > 0, np.maximum(0, distance / sigma - 1), distance * 0)
        above[~observed] = 0
        before = np.full_like(above, np.nan)
        before[DAYS - 1 :] = above[1:-1] + above[:-2]
        statistic = np.where(observed[:, None], before + above, np.nan)
        statistic[: self.first] = np.nan
        left = np.where(before <= self.threshold, self.threshold - before, np.nan)
        return EarsSum(mean + sigma * (1 + left), statistic, statistic > self.threshold)
