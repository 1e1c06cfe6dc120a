"""Adaptive regression: a day against the line and the weekday pattern of up to four weeks before it.

    least squares: y = a + b time + one effect a weekday
        over a baseline of n = 11 to 28 days that ends `guard` days before t
    sigma = max(sqrt(SSE / (n - 8)) sqrt((n + 7) (n - 4) / (n (n - 7))), 0.01 / t95(n - 8))
    T = (y(t) - max(0, fit(t))) / sigma,  p = P(Student with n - 8 degrees > T)

A day that stands out is taken back (blue) when y(t) is below the mean of the last 7 days, t among them; on
Saturday and Sunday only when it is below the mean of the last 7 days of that weekday too. As in the reference
this gives blue, not grey, also to a day without a baseline.

Source: `alert_regression` of CDC's R package Rnssp (2025-08), after ESSENCE and Burkom. Days that were not
observed, known outbreaks and holidays are left out of the baseline; the day is grey with fewer than 11 of
them, or without its weekday. A holiday is tested like any other day of its weekday.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Annotated, ClassVar

import numpy as np

from healthtrends.detect.alert_level import (
    BLUE,
    WARNING,
    Alert,
    Expected,
    Guard,
    PValue,
    Statistic,
    alerts,
    red_days,
    student_limit,
    upper_tail,
)
from healthtrends.detect.baseline import baseline, by_missing_days
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector

SHORTEST = 11
WEEK = 7
PIECE = 256
NOTHING = 1e-20
"""Of the squared mean: a smaller scatter is the rounding of a series that is constant."""


@dataclass(frozen=True, slots=True)
class RegressionTest:
    """Days x codes."""

    expected: Expected
    statistic: Statistic
    p_value: PValue
    sigma: Annotated[FloatArray, Column("sigma", "standard error of the expected value")]
    explained: Annotated[FloatArray, Column("adjusted_r_squared", "how well the baseline follows the model")]
    alert: Alert

    @property
    def alarm(self) -> BoolArray:
        """The red days."""
        return red_days(self.alert)


@dataclass(frozen=True, slots=True)
class Regression(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "regression"

    baseline: Annotated[int, About("longest baseline", unit="days", low=14, high=364)] = 28
    guard: Guard = 2

    def detect(self, series: Series) -> RegressionTest:
        """See `SeriesDetector.detect`."""
        saturday = (5 - series.weekday) % WEEK
        holidays = np.zeros(len(series.counts), bool) if series.holidays is None else series.holidays
        return by_missing_days(
            series,
            lambda counts, observed, usual: self._test(counts, observed, usual & ~holidays, saturday),
        )

    def _test(
        self, counts: FloatArray, observed: BoolArray, usual: BoolArray, saturday: int
    ) -> RegressionTest:
        expected, sigma = np.full_like(counts, np.nan), np.full_like(counts, np.nan)
        explained, freedom = np.full_like(counts, np.nan), np.full(len(counts), np.nan)
        for day in np.flatnonzero(observed).tolist():
            days = baseline(usual, day, self.baseline, self.guard)
            if len(days) < SHORTEST:
                continue
            model = _model(tuple((days - day).tolist()))
            if model is not None:
                expected[day], sigma[day], explained[day] = model.fit(counts[days])
                freedom[day] = model.freedom
        statistic = (counts - expected) / sigma
        p_value = upper_tail(statistic, freedom)
        labels = alerts(p_value)
        labels[_is_low(counts, observed, saturday)] = BLUE
        return RegressionTest(expected, statistic, p_value, sigma, explained, labels)


@dataclass(frozen=True, slots=True)
class _Model:
    """The fit as a linear map: it depends on which days are known, and not on their counts."""

    rotation: FloatArray
    """Orthonormal: first the mean, then the rest of the model, then what it leaves."""
    terms: int
    forecast: FloatArray
    """Weight of each day in the expected value, times `denominator`."""
    denominator: float

    @property
    def freedom(self) -> int:
        return len(self.rotation) - self.terms

    def fit(self, known: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the expected value, sigma and the adjusted R squared; `known` is days x codes."""
        days = len(known)
        # In pieces below the size from which the matrix library starts threads of its own: blocks of codes
        # run side by side already, and those threads would wait for each other.
        pieces = range(0, known.shape[1], PIECE)
        parts = np.hstack([self.rotation @ known[:, each : each + PIECE] for each in pieces])
        model = (parts[1 : self.terms] ** 2).sum(axis=0)
        left = (parts[self.terms :] ** 2).sum(axis=0)
        spread = np.sqrt((days + 7) * (days - 4) / (days * (days - 7)))
        least = 0.01 / student_limit(1 - WARNING, self.freedom)
        sigma = np.maximum(np.sqrt(left / self.freedom) * spread, least)
        whole = model + left
        is_constant = whole <= NOTHING * parts[0] ** 2
        share = left / np.where(is_constant, 1, whole)
        explained = np.where(is_constant, 0, 1 - share * (days - 1) / self.freedom)
        return np.maximum(0, self.forecast @ known / self.denominator), sigma, explained


@lru_cache(maxsize=1024)
def _model(days: tuple[int, ...]) -> _Model | None:
    """Make the model of a baseline; its days are counted from the tested one. None: it cannot be tested."""
    weekdays = sorted({day % WEEK for day in days})
    center = {each: _mean([day for day in days if day % WEEK == each]) for each in weekdays}
    beyond = [day - center[day % WEEK] for day in days]
    squares = sum(each * each for each in beyond)
    if 0 not in weekdays or not squares:
        return None
    # The mean of the tested weekday, moved along the line to the tested day, whose time is 0. Whole numbers
    # over one denominator leave no rounding in the expected value of whole counts.
    same = Fraction(1, sum(day % WEEK == 0 for day in days))
    weights = [
        (same if day % WEEK == 0 else 0) - center[0] * each / squares
        for day, each in zip(days, beyond, strict=True)
    ]
    denominator = lcm(*(each.denominator for each in weights))
    forecast = np.array([float(each * denominator) for each in weights])
    # The mean is the first column, so that the others hold what the model says beyond it.
    time = np.array(days)
    design = np.column_stack([np.ones(len(days)), time[:, None] % WEEK == weekdays[1:], time])
    rotation = np.linalg.qr(design, mode="complete")[0].T
    return _Model(np.ascontiguousarray(rotation), design.shape[1], forecast, float(denominator))


def _mean(days: list[int]) -> Fraction:
    return Fraction(sum(days), len(days))


def _is_low(counts: FloatArray, observed: BoolArray, saturday: int) -> BoolArray:
    """Days that are no rise: below the mean of the last days, at weekends of the weekday's last weeks too."""
    is_weekend = (np.arange(len(counts)) - saturday) % WEEK < 2
    is_low = np.less(counts, _last_mean(counts, observed, 1))
    is_low[is_weekend] &= np.less(counts, _last_mean(counts, observed, WEEK))[is_weekend]
    return is_low


def _last_mean(counts: FloatArray, observed: BoolArray, step: int) -> FloatArray:
    """Mean of the last 7 days, `step` days apart, that of the row among them; NaN before there are 7."""
    known = np.where(observed[:, None], counts, 0)
    total, number = np.zeros_like(counts), np.zeros(len(counts))
    for back in range(0, min(WEEK * step, len(counts)), step):
        total[back:] += known[: len(counts) - back]
        number[back:] += observed[: len(counts) - back]
    number[number == 0] = np.nan
    number[: (WEEK - 1) * step] = np.nan
    total /= number[:, None]
    return total
