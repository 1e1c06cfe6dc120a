"""What every daily detector says in the same words: alarm, expected value, p, and the limit of a day."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from healthtrends.detect.baseline import by_missing_days
from healthtrends.detect.ears_c1 import EarsC1
from healthtrends.detect.ears_c3 import GUARD, EarsC3
from healthtrends.detect.ears_statistic import WEEK, mean_and_sigma
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector

Counts = NDArray[np.intp]


class Evidence(NamedTuple):
    """Days x codes."""

    alarm: BoolArray
    expected: FloatArray
    """What the baseline leads to expect; NaN: the day was not tested."""
    p_value: FloatArray
    """NaN where the day was not tested, and everywhere where the detector gives none."""


class Baseline(NamedTuple):
    """The days that a detector compares a day with."""

    length: int
    guard: int

    @property
    def reach(self) -> int:
        """How many days before the tested one it begins."""
        return self.length + self.guard


def baseline_of(detector: SeriesDetector) -> Baseline:
    """Baseline of a detector when all of its days are there."""
    if isinstance(detector, EarsC3):
        return Baseline(WEEK, GUARD)
    return Baseline(getattr(detector, "baseline", WEEK), getattr(detector, "guard", 0))


def evidence(detector: SeriesDetector, series: Series) -> Evidence:
    """Ask a daily detector."""
    result = detector.detect(series)
    if isinstance(detector, EarsC1 | EarsC3):
        return _of_ears(detector, series, result.alarm)
    expected, p_value = (np.asarray(getattr(result, name)) for name in ("expected", "p_value"))
    return Evidence(result.alarm, expected, p_value)


@dataclass(frozen=True, slots=True)
class _Usual:
    mean: FloatArray
    sigma: FloatArray


def _of_ears(detector: EarsC1 | EarsC3, series: Series, alarm: BoolArray) -> Evidence:
    """The normal tail that the limit of C1 and C2 stands for; C3 has no p."""
    guard, min_sigma, min_days = baseline_of(detector).guard, detector.min_sigma, detector.min_days

    def of_baseline(counts: FloatArray, _: BoolArray, usual: BoolArray) -> _Usual:
        found = mean_and_sigma(counts, usual, guard=guard, min_sigma=min_sigma, min_days=min_days)
        return _Usual(*found)

    found = by_missing_days(series, of_baseline)
    expected = np.where(np.isfinite(series.counts), found.mean, np.nan)
    if isinstance(detector, EarsC3):
        return Evidence(alarm, expected, np.full_like(expected, np.nan))
    above = series.counts - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        p_value = ndtr(-above / found.sigma)
    constant = (found.sigma == 0) & np.isfinite(above)
    p_value[constant] = np.where(above[constant] > 0, 0.0, 1.0)
    return Evidence(alarm, expected, p_value)


def greatest_usual_count(series: Series, unit: float, is_alarm: Callable[[Series], BoolArray]) -> Counts:
    """Find, of each code whose last day is an alarm, the greatest count of that day that would be none.

    `unit` is what one patient adds to the last day, `is_alarm` (days x codes) is asked with other counts of
    it, halving the range each time. So it is the limit of any detector, with its filters.
    """
    high: Counts = np.rint(series.counts[-1] / unit).astype(np.intp)
    low: Counts = np.zeros_like(high)
    while (high - low > 1).any():
        middle = (low + high) // 2
        counts = series.counts.copy()
        counts[-1] = middle * unit
        alarm = is_alarm(replace(series, counts=counts))[-1]
        is_open = high - low > 1
        high = np.where(is_open & alarm, middle, high)
        low = np.where(is_open & ~alarm, middle, low)
    return low
