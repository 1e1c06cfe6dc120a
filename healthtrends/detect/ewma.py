"""EWMA: weighted averages of the newest days against four weeks before them.

    z(t) = w y(t) + (1 - w) z(t-1), z(1) = y(1), once with w = w1 and once with w = w2
    e, s = mean and standard deviation of a baseline of n days that ends `guard` days before t
    k = sqrt(w / (2 - w) + 1 / n - 2 (1 - w)^(guard + 1) (1 - (1 - w)^n) / n)
    least = w / t95 (0.01 + 0.05 (1 - w)^2)
    c = w / t95 (0.1289 - (0.2414 - 0.1826 (1 - w)^4) ln 0.5)
    sigma = max(least, s k + c),  T = (z(t) - e) / sigma,  p = P(Student with n - 1 degrees > T)

The smaller p of the two counts. Where |T| > t99, the average that is carried on is e + sign(T) t99 sigma, so
that one wild day does not raise those after it. t95 and t99 are Student quantiles, rounded to 5 decimals.

Source: `alert_ewma` of CDC's R package Rnssp (2025-08), after ESSENCE. A series that is below 1 everywhere is
a share: it is divided by the median of its positive values, and expected values are given in its own unit
again. A day that was not observed leaves z as it is, is left out of baselines, and is not tested. A day of a
known outbreak is left out of baselines only: z is what is tested.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar, TypeAlias

import numpy as np

from healthtrends.detect.alert_level import (
    ALERT,
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
from healthtrends.detect.baseline import baseline, by_missing_days, mean_and_sd
from healthtrends.detect.parameters import About
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector

SHORTEST = 7
Weight: TypeAlias = Annotated[float, About("weight of the newest day", low=0.01, high=1)]


@dataclass(frozen=True, slots=True)
class EwmaTest:
    """Days x codes."""

    expected: Expected
    statistic: Statistic
    p_value: PValue
    alert: Alert

    @property
    def alarm(self) -> BoolArray:
        """The red days."""
        return red_days(self.alert)


@dataclass(frozen=True, slots=True)
class Ewma(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "ewma"

    baseline: Annotated[int, About("longest baseline", unit="days", low=SHORTEST, high=364)] = 28
    guard: Guard = 2
    w1: Weight = 0.4
    w2: Weight = 0.9

    def detect(self, series: Series) -> EwmaTest:
        """See `SeriesDetector.detect`."""
        return by_missing_days(series, self._test)

    def _test(self, counts: FloatArray, observed: BoolArray, usual: BoolArray) -> EwmaTest:
        unit = _unit(counts)
        counts = counts / unit
        expected, statistic = np.full_like(counts, np.nan), np.full_like(counts, np.nan)
        freedom = np.full(len(counts), np.nan)
        averages = [_Average(weight, self.guard) for weight in (self.w1, self.w2)]
        for day in np.flatnonzero(observed).tolist():
            for each in averages:
                each.add(counts[day])
            days = baseline(usual, day, self.baseline, self.guard)
            if len(days) >= SHORTEST:
                mean, sd = mean_and_sd(counts, days)
                tests = [each.test(mean, sd, len(days)) for each in averages]
                expected[day], statistic[day], freedom[day] = mean, np.maximum(*tests), len(days) - 1
        p_value = upper_tail(statistic, freedom)
        return EwmaTest(expected * unit, statistic, p_value, alerts(p_value))


class _Average:
    """One weighted average, of all codes."""

    def __init__(self, weight: float, guard: int) -> None:
        self._weight, self._guard = weight, guard
        self._value = np.empty(0)  # no day yet

    def add(self, counts: FloatArray) -> None:
        """Take the next observed day."""
        last, weight = self._value, self._weight
        self._value = weight * counts + (1 - weight) * last if last.size else counts.copy()

    def test(self, mean: FloatArray, sd: FloatArray, days: int) -> FloatArray:
        """Give the statistic, and keep a value beyond its limit from being carried on."""
        sigma = self._sigma(sd, days)
        statistic = (self._value - mean) / sigma
        limit = student_limit(1 - ALERT, days - 1)
        self._value = np.where(
            np.abs(statistic) > limit, mean + np.sign(statistic) * limit * sigma, self._value
        )
        return statistic

    def _sigma(self, sd: FloatArray, days: int) -> FloatArray:
        w, rest = self._weight, 1 - self._weight
        share = w / student_limit(1 - WARNING, days - 1)
        spread = w / (2 - w) + 1 / days - 2 * rest ** (self._guard + 1) * (1 - rest**days) / days
        constant = (0.1289 - (0.2414 - 0.1826 * rest**4) * np.log(0.5)) * share
        least = share * (0.01 + 0.05 * rest**2)
        return np.asarray(np.maximum(least, sd * np.sqrt(spread) + constant))


def _unit(counts: FloatArray) -> FloatArray:
    """What each code is divided by: 1, or of a share the median of its positive values."""
    positive = np.where(counts > 0, counts, np.nan)
    unit = np.ones(counts.shape[1])
    is_share = (np.nan_to_num(counts).max(axis=0, initial=0) < 1) & (np.nan_to_num(counts) > 0).any(axis=0)
    unit[is_share] = np.nanmedian(positive[:, is_share], axis=0)
    return unit
