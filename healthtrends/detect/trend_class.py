"""Trend class: whether the share of a code rises or falls over twelve days.

    logit P(a patient of day t has the code) = a + slope t, by maximum likelihood over the 12 days that end at
    t z = slope / its standard error;  increase: p < 0.01 and slope > 0;  decrease: p < 0.01 and slope < 0

with the two-sided p of z; else stable. Insufficient: 10 patients or fewer with the code in the 12 days, too
few observed days, or a day with more patients of the code than in total. A spike on the last day alone has no
defined slope (empty, its standard error infinite) and is stable: this is a trend, not an alarm.

Source: `classify_trend` of CDC's R package Rnssp (2025-08), a binomial GLM in a rolling window.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr

from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, LabelArray, Series
from healthtrends.detect.series_detector import SeriesDetector

INSUFFICIENT, STABLE, DECREASE, INCREASE = range(4)
AT_ONCE = 32_768
"""Windows at once."""
ITERATIONS = 25
ENOUGH = 1e-10
"""A step of Newton's method that is smaller moves no number that is shown."""


@dataclass(frozen=True, slots=True)
class Trends:
    """Days x codes."""

    slope: Annotated[FloatArray, Column("slope", "change of the log odds a day; empty where none is defined")]
    error: Annotated[FloatArray, Column("standard_error", "of the slope")]
    p_value: Annotated[FloatArray, Column("p.value", "chance of such a slope without a trend, two-sided")]
    trend: Annotated[
        LabelArray,
        Column("trend", "class of the trend", ("insufficient", "stable", "decrease", "increase")),
    ]

    @property
    def alarm(self) -> BoolArray:
        """None: a trend is no alarm."""
        return np.zeros(self.trend.shape, np.bool_)


@dataclass(frozen=True, slots=True)
class TrendClass(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "trend_class"
    needs_totals: ClassVar[bool] = True

    window: Annotated[int, About("days, the last one is the day itself", unit="days", low=3, high=364)] = 12
    patients: Annotated[int, About("a window needs more patients with the code", unit="patients")] = 10
    min_days: Annotated[int, About("a window needs so many observed days", unit="days", low=3, high=364)] = 7
    alpha: Annotated[float, About("a p below it is a trend", unit="probability", high=0.5)] = 0.01

    def detect(self, series: Series) -> Trends:
        """See `SeriesDetector.detect`. Raises ValueError without totals."""
        if series.totals is None:
            raise ValueError("the share of a code needs totals")
        shape = series.counts.shape
        slope, error = np.full(shape, np.nan), np.full(shape, np.nan)
        if len(series.counts) >= self.window:
            days, codes, windows, totals = self._windows(series.counts, series.totals)
            for begin in range(0, len(days), AT_ONCE):
                part = slice(begin, begin + AT_ONCE)
                row, column = days[part], codes[part]
                found = _slopes(windows[row, column], totals[row])
                slope[row + self.window - 1, column], error[row + self.window - 1, column] = found
        with np.errstate(divide="ignore", invalid="ignore"):
            p_value = np.where(np.isinf(error), 1, 2 * ndtr(-np.abs(slope / error)))
        return Trends(slope, error, p_value, self._labels(slope, p_value))

    def _windows(
        self, counts: FloatArray, totals: FloatArray
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], FloatArray, FloatArray]:
        """Give days and codes of the windows that say enough, and all windows of counts and totals."""
        windows = sliding_window_view(counts, self.window, axis=0)
        known = sliding_window_view(np.isfinite(counts) & np.isfinite(totals)[:, None], self.window, axis=0)
        whole = sliding_window_view(totals, self.window)
        patients = np.where(known, windows, 0)
        is_enough = (patients.sum(axis=2) > self.patients) & (known.sum(axis=2) >= self.min_days)
        is_enough &= ~(patients > np.where(known, whole[:, None, :], np.inf)).any(axis=2)
        days, codes = np.nonzero(is_enough)
        return days, codes, windows, whole

    def _labels(self, slope: FloatArray, p_value: FloatArray) -> LabelArray:
        labels = np.where(np.isnan(p_value), INSUFFICIENT, STABLE)
        labels[(p_value < self.alpha) & (slope > 0)] = INCREASE
        labels[(p_value < self.alpha) & (slope < 0)] = DECREASE
        return labels.astype(np.int8)


def _slopes(counts: FloatArray, totals: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit windows (windows x days) by Newton's method; slope and its standard error."""
    known = np.isfinite(counts) & np.isfinite(totals)
    counts, totals = np.where(known, counts, 0), np.where(known, totals, 0)
    time = np.arange(counts.shape[1]) - (counts.shape[1] - 1) / 2
    level = logit(counts.sum(axis=1) / totals.sum(axis=1))
    slope, error = np.zeros(len(counts)), np.full(len(counts), np.inf)
    moving = np.flatnonzero(np.isfinite(level))
    for _ in range(ITERATIONS):
        x, n = counts[moving], totals[moving]
        share = expit(level[moving, None] + slope[moving, None] * time)
        weight, left = n * share * (1 - share), x - n * share
        whole, first, second = weight.sum(axis=1), weight @ time, weight @ time**2
        determinant = whole * second - first**2
        with np.errstate(divide="ignore", invalid="ignore"):
            error[moving] = np.sqrt(whole / determinant)
            step = (whole * (left @ time) - first * left.sum(axis=1)) / determinant
            level[moving] += (left.sum(axis=1) - first * step) / whole
        slope[moving] += step
        moving = moving[~(np.abs(step) <= ENOUGH)]
        if not len(moving):
            break
    slope[moving], error[moving] = np.nan, np.inf  # the likelihood rises without an end
    return slope, error
