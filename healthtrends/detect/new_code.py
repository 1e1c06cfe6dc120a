"""New or rare code: its share of today against that of four weeks before.

    today: x of n patients; baseline of 28 days, 2 days before it: X of N
    p = chance of x or more today, given x + X in both, if the share were the same
        Fisher's exact test where an expected cell is below 5, else Pearson's chi-square, one-sided
    alarm: p < 0.001 and the share is above that of the baseline

Source: the word-alert rule of ESSENCE. A code with no patient in the baseline is tested like any other: that
is what it is for. A day that was not observed, or of a known outbreak, is left out of the baseline.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from scipy.special import betaln, ndtr

from healthtrends.detect.alert_level import Guard, PValue
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector

SMALL = 5
NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True)
class NewCodes:
    """Days x codes."""

    expected: Annotated[FloatArray, Column("expected", "patients of today by the share of the baseline")]
    p_value: PValue
    alarm: Annotated[BoolArray, Column("alarm", "1: more than chance gives")]


@dataclass(frozen=True, slots=True)
class NewCode(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "new_code"
    needs_totals: ClassVar[bool] = True

    baseline: Annotated[int, About("baseline", unit="days", low=7, high=364)] = 28
    guard: Guard = 2
    min_days: Annotated[
        int, About("a baseline needs so many observed days", unit="days", low=1, high=364)
    ] = 14
    alpha: Annotated[float, About("a p below it is an alarm", unit="probability", high=0.5)] = 0.001

    def detect(self, series: Series) -> NewCodes:
        """See `SeriesDetector.detect`. Raises ValueError without totals."""
        if series.totals is None:
            raise ValueError("the share of a code needs totals")
        today, of_today = series.counts, np.broadcast_to(series.totals[:, None], series.counts.shape)
        known = np.isfinite(today) & np.isfinite(of_today) & (today <= of_today)
        usual = known if series.left_out is None else known & ~series.left_out
        before = self._baseline(np.where(usual, today, 0))
        of_before = self._baseline(np.where(usual, of_today, 0))
        is_enough = known & (self._baseline(usual.astype(float)) >= self.min_days) & (of_before > 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            expected = np.where(is_enough, of_today * before / of_before, np.nan)
        p_value = np.where(is_enough, 1.0, np.nan)
        risen = is_enough & (today > expected)
        p_value[risen] = _chance(today[risen], of_today[risen], before[risen], of_before[risen])
        return NewCodes(expected, p_value, p_value < self.alpha)

    def _baseline(self, values: FloatArray) -> FloatArray:
        """Sum over the baseline of each day; 0 where there is none. Exact: whole numbers."""
        summed = np.zeros((len(values) + 1, values.shape[1]))
        np.cumsum(values, axis=0, out=summed[1:])
        ends = np.maximum(0, np.arange(len(values)) - self.guard)
        return np.asarray(summed[ends] - summed[np.maximum(0, ends - self.baseline)])


def _chance(today: FloatArray, of_today: FloatArray, before: FloatArray, of_before: FloatArray) -> FloatArray:
    """Chance of `today` or more; each is above its expected value."""
    whole, patients = of_today + of_before, today + before
    rows, codes = np.stack([of_today, of_before]), np.stack([patients, whole - patients])
    is_small = (rows[:, None] * codes[None] / whole).min(axis=(0, 1)) < SMALL
    chance = np.empty_like(today)
    small = (each[is_small] for each in (today, of_today, patients, whole))
    chance[is_small] = _fisher(*small)
    with np.errstate(divide="ignore", invalid="ignore"):  # of the small cells, which are not taken
        difference = today * (of_before - before) - before * (of_today - today)
        distance = difference * np.sqrt(whole / (of_today * of_before * patients * (whole - patients)))
    chance[~is_small] = ndtr(-distance[~is_small])
    return chance


def _fisher(x: FloatArray, drawn: FloatArray, patients: FloatArray, whole: FloatArray) -> FloatArray:
    """Upper tail of the hypergeometric distribution from `x` on, which lies above its mean.

    The terms fall from there, by less than a half after a few, as a cell is small.
    """
    others = whole - patients
    term = np.exp(_ln_choose(patients, x) + _ln_choose(others, drawn - x) - _ln_choose(whole, drawn))
    tail, k = term.copy(), x.copy()
    while (term > NEGLIGIBLE * tail).any():
        term = term * (patients - k) * (drawn - k) / ((k + 1) * (others - drawn + k + 1))
        tail += term
        k += 1
    return np.minimum(tail, 1)


def _ln_choose(n: FloatArray, k: FloatArray) -> FloatArray:
    return np.asarray(-np.log(n + 1) - betaln(n - k + 1, k + 1))
