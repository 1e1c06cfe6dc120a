"""EARS C1: a day against the seven days right before it.

    upper(t) = mean(t-7 .. t-1) + z(1 - alpha) max(sd(t-7 .. t-1), min_sigma);  alarm: y(t) > upper(t)

Source: Hutwagner, Thompson, Seeman, Treadwell 2003, doi:10.1080/00207230302563, as Burkom has it and `earsC`
of the R package surveillance computes it. The standard deviation has the divisor n - 1.

An outbreak that lasts is in its own baseline from its second day on, which hides it; C2 leaves two days out.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from scipy.special import ndtri

from healthtrends.detect.baseline import by_missing_days
from healthtrends.detect.ears_statistic import WEEK, MinDays, MinSigma, mean_and_sigma
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector


@dataclass(frozen=True, slots=True)
class EarsLimits:
    """Days x codes."""

    upper: Annotated[FloatArray, Column("upper", "upper limit, patients; empty without a baseline")]
    alarm: Annotated[BoolArray, Column("alarm", "1: the count is above the upper limit")]


@dataclass(frozen=True, slots=True)
class EarsC1(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "ears_c1"
    guard: ClassVar[int] = 0

    min_sigma: MinSigma = 0.0
    alpha: Annotated[
        float, About("a usual day is above the upper limit this often", "probability", low=1e-12, high=0.5)
    ] = 0.001
    min_days: MinDays = 5

    @property
    def first(self) -> int:
        """See `SeriesDetector.first`."""
        return WEEK + self.guard

    def detect(self, series: Series) -> EarsLimits:
        """See `SeriesDetector.detect`."""
        return by_missing_days(series, self._limits)

    def _limits(self, counts: FloatArray, _: BoolArray, usual: BoolArray) -> EarsLimits:
        mean, sigma = mean_and_sigma(
            counts, usual, guard=self.guard, min_sigma=self.min_sigma, min_days=self.min_days
        )
        upper = mean + ndtri(1 - self.alpha) * sigma
        return EarsLimits(upper, counts > upper)
