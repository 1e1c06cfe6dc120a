"""Farrington flexible: a week against the same season of the years before, for weekly counts.

1. Reference weeks t - 52 i, i = 1 .. b. Windows of w weeks on each side of them, and the w weeks before t,
   are one season; the weeks between two windows are cut into `periods` - 1 blocks, the older ones taking the
   remainder. The last `past_weeks_excluded` weeks are not fitted; with 1 period only the windows are.
2. Quasi-Poisson, log link: season + trend. Dispersion phi = max(1, Pearson sum / degrees of freedom).
   Anscombe residuals s = 1.5 (y^(2/3) mu^(-1/6) - mu^(1/2)) / sqrt(phi (1 - h)); weeks with s >
   `weights_threshold` are weighted by s^-2, so that past outbreaks do not raise the limit; fitted again.
3. The trend stays when its t test has p < 0.05, b >= 3, and the expected count is not above
   the greatest count that was fitted.
4. Upper limit, with mu the expected count, se its standard error, and z = z(1 - alpha):
   delta: (mu^(2/3) + z sqrt(4/9 mu^(1/3) (phi + se^2 / mu)))^(3/2);
   nbPlugin: quantile of a negative binomial with mean mu and variance phi mu;
   muan: the same with the upper quantile of the expected count as its mean.
   score = (y - mu) / (upper - mu). Alarm: score > 1, y > 0, and 5 cases or more in the last 4 weeks.

Source: Noufaily, Enki, Farrington, Garthwaite, Andrews, Charlett 2013, doi:10.1002/sim.5595;
`farringtonFlexible` of the R package surveillance 1.20.3. With nbPlugin and muan R puts log(mu) into the
score instead of mu: with `score_as_r` so does this. With fewer than 5 cases in 4 weeks expected and upper are
empty. A week that was not observed, or of a known outbreak, is left out of what is fitted. Where the fit does
not converge, it is tried without a trend; then nothing is said.
"""

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtr

from healthtrends.detect.farrington_fit import Design, Fit, fit
from healthtrends.detect.farrington_limits import limits
from healthtrends.detect.parameters import About, Column
from healthtrends.detect.series import BoolArray, FloatArray, Series, Step
from healthtrends.detect.series_detector import SeriesDetector

YEAR = 52
AT_ONCE = 256
"""Weeks of series that are fitted at once."""
ENOUGH_CASES, RECENT_WEEKS = 5, 4
TREND_P = 0.05
TREND_YEARS = 3

Periods: TypeAlias = Annotated[int, About("seasons of a year; 1: only the windows", low=1, high=20)]
PastWeeks: TypeAlias = Annotated[int, About("newest weeks that are not fitted", unit="weeks", high=51)]
WeightsThreshold: TypeAlias = Annotated[
    float, About("weeks with a greater residual get less weight", "standard deviations", low=1)
]


@dataclass(frozen=True, slots=True)
class WeeklyLimits:
    """Weeks x codes."""

    expected: Annotated[FloatArray, Column("expected", "expected count; empty with too few cases")]
    upper: Annotated[FloatArray, Column("upper", "upper limit; empty with too few cases")]
    score: Annotated[FloatArray, Column("score", "distance from the expected count; 1 is the upper limit")]
    p_value: Annotated[FloatArray, Column("p_value", "chance of at least that count in usual times")]
    dispersion: Annotated[FloatArray, Column("dispersion", "variance over mean, not less than 1")]
    trend: Annotated[FloatArray, Column("trend", "change of the logarithm a week; empty where it has none")]
    alarm: Annotated[BoolArray, Column("alarm", "1: the count is above the upper limit")]


@dataclass(frozen=True, slots=True)
class FarringtonFlexible(SeriesDetector):
    """The detector."""

    name: ClassVar[str] = "farrington_flexible"
    step: ClassVar[Step] = "week"

    threshold: Annotated[str, About("how the limit is computed", choices=("delta", "nbPlugin", "muan"))] = (
        "delta"
    )
    alpha: Annotated[
        float, About("a usual week is above the limit this often", "probability", low=1e-12, high=0.5)
    ] = 0.005
    b: Annotated[int, About("years back", unit="years", low=1, high=50)] = 5
    w: Annotated[int, About("weeks on each side of a reference week", unit="weeks", high=12)] = 3
    periods: Periods = 10
    past_weeks_excluded: PastWeeks = 26
    weights_threshold: WeightsThreshold = 2.58
    score_as_r: Annotated[bool, About("the score of R with nbPlugin and muan")] = False

    @property
    def first(self) -> int:
        """See `SeriesDetector.first`."""
        return YEAR * self.b + self.w

    def detect(self, series: Series) -> WeeklyLimits:
        """See `SeriesDetector.detect`."""
        weeks, codes = series.counts.shape
        shape = (max(0, weeks - self.first), codes)
        found = np.full((len(_TESTED), *shape), np.nan)
        if shape[0]:
            known = (
                series.counts if series.left_out is None else np.where(series.left_out, np.nan, series.counts)
            )
            design, fitted = self._design()
            flat = found.reshape(len(_TESTED), -1)
            for begin in range(0, flat.shape[1], AT_ONCE):
                week, code = np.divmod(np.arange(begin, min(begin + AT_ONCE, flat.shape[1])), codes)
                history = known[week[:, None] + fitted, code[:, None]]
                tested = series.counts[week + self.first, code]
                flat[:, begin : begin + len(week)] = self._test(history, tested, design)
        return self._result(series, found)

    def _design(self) -> tuple[Design, NDArray[np.intp]]:
        """Give the design, and the fitted places in a window that ends at the tested week."""
        season = np.full(self.first + 1, self.periods - 1)
        if self.periods == 1:
            season[:] = -1
        for year in range(self.b + 1):
            center = self.w + YEAR * year
            season[center - self.w : center + self.w + 1] = self.periods - 1
            between = slice(center + self.w + 1, center + YEAR - self.w)
            if year < self.b and self.periods > 1:
                blocks = np.array_split(np.arange(between.stop - between.start), self.periods - 1)
                season[between] = np.repeat(np.arange(self.periods - 1), [len(each) for each in blocks])
        fitted = np.flatnonzero(season >= 0)
        fitted = fitted[fitted < self.first - self.past_weeks_excluded]
        fitted = fitted[np.argsort(season[fitted], kind="stable")]
        _, level = np.unique(season[fitted], return_inverse=True)
        return Design((fitted - self.first).astype(float), level), fitted

    def _test(self, history: FloatArray, tested: FloatArray, design: Design) -> FloatArray:
        observed = np.isfinite(history)
        counts = np.where(observed, history, 0)
        model = self._fit(counts, observed.astype(float), design, trend=True)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            is_trend = model.converged & (self.b >= TREND_YEARS)
            p_value = 2 * stdtr(model.freedom, -np.abs(model.slope / model.slope_error))
            is_trend &= (p_value < TREND_P) & (np.exp(model.log_expected) <= counts.max(axis=1))
        flat = self._fit(counts[~is_trend], observed[~is_trend].astype(float), design, trend=False)

        def best(with_trend: FloatArray, without: FloatArray) -> FloatArray:
            values = with_trend.copy()
            values[~is_trend] = np.where(flat.converged, without, np.nan)
            return values

        log_expected = best(model.log_expected, flat.log_expected)
        log_error, phi = best(model.log_error, flat.log_error), best(model.dispersion, flat.dispersion)
        quantile = float(ndtri(1 - self.alpha))
        found = limits(tested, log_expected, log_error, phi, method=self.threshold, quantile=quantile)
        slope = best(model.slope, flat.slope)
        with np.errstate(over="ignore"):
            return np.stack([np.exp(log_expected), *found, phi, slope, log_expected])

    def _fit(self, counts: FloatArray, observed: FloatArray, design: Design, *, trend: bool) -> Fit:
        """Fit, weigh past outbreaks down, and fit again."""
        plain = fit(counts, observed, design, trend=trend)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            residual = 1.5 * (counts ** (2 / 3) * plain.mean ** (-1 / 6) - np.sqrt(plain.mean))
            residual = residual / np.sqrt(plain.dispersion[:, None] * (1 - plain.hat))
            weight = np.where(residual > self.weights_threshold, residual**-2, 1) * observed
            weight *= (observed.sum(axis=1) / weight.sum(axis=1))[:, None]
        again = fit(counts, weight, design, trend=trend)
        return replace(again, converged=again.converged & plain.converged)

    def _result(self, series: Series, found: FloatArray) -> WeeklyLimits:
        counts = series.counts
        empty = np.full((len(counts) - found.shape[1], counts.shape[1]), np.nan)
        mean, upper, p_value, phi, trend, log_mean = (np.concatenate([empty, each]) for each in found)
        center = log_mean if self.score_as_r and self.threshold != "delta" else mean
        with np.errstate(divide="ignore", invalid="ignore"):
            score = (counts - center) / (upper - center)
        recent = np.zeros_like(counts)
        for back in range(min(RECENT_WEEKS, len(counts))):
            recent[back:] += np.nan_to_num(counts[: len(counts) - back])
        is_enough = recent >= ENOUGH_CASES
        return WeeklyLimits(
            np.where(is_enough, mean, np.nan),
            np.where(is_enough, upper, np.nan),
            score,
            p_value,
            phi,
            trend,
            is_enough & (score > 1) & (counts > 0),
        )


_TESTED = ("mean", "upper", "p_value", "dispersion", "trend", "log_mean")
