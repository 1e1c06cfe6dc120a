"""Simulated daily series with outbreaks of known size and shape, for the daily detectors.

    mu(t) = base weekday(t) exp(trend t / 365 + season cos(2 pi t / 365)), on holidays 0.6 of it
    counts: negative binomial with mean mu and variance phi mu, of 5,000 patients a day

Each series has a quiet half year, in which false alarms are counted, then one outbreak: k standard deviations
(sqrt(phi mu)) more patients on its highest day, in one of three shapes. Trend and season differ from series
to series: up to 20 % a year, and a season of up to 20 %.
"""

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_registry import make_series_detector

DETECTORS = ("ears_c1", "ears_c2", "ears_c3", "ewma", "regression", "switch", "new_code")
FIRST, DAYS = dt.date(2025, 1, 6), 280
QUIET = slice(60, 240)
"""Days that false alarms are counted on: every baseline is whole, and the outbreak is not there yet."""
BEGINS = (250, 264)
"""Days on which the outbreak begins: two weeks, so each weekday twice."""
TOTAL = 5000.0
WEEKDAYS = np.array([1.2, 1.1, 1.0, 1.0, 1.1, 0.85, 0.75])
"""Monday first; their mean is 1."""
HOLIDAYS = (90, 130, 200, 235)
SHAPES = {
    "spike": (1.0,),
    "log-normal": (0.3, 1.0, 0.75, 0.45, 0.25, 0.12),
    "ramp": (0.2, 0.4, 0.6, 0.8, 1.0),
}
"""Share of its height on each day of an outbreak."""
BASES, DISPERSIONS, SIZES = (0.5, 2.0, 20.0, 100.0), (1.05, 2.0), (1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True, slots=True)
class Outbreaks:
    """What is known of each series."""

    base: FloatArray
    """Patients a day."""
    shape: FloatArray
    """Number of its shape."""
    size: FloatArray
    begin: FloatArray
    cases: FloatArray
    """Expected ones, days x series."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with half of the width of its 95 % interval."""

    value: float
    half: float


@dataclass(frozen=True, slots=True)
class DailyRates:
    """What one detector did."""

    detector: str
    false_alarms: tuple[Estimate, ...]
    """A code and year, for each of `BASES`."""
    found: tuple[Estimate, ...]
    """Share of the outbreaks with an alarm on one of their days, by shape and size."""
    delay: tuple[float, ...]
    """Mean days from the begin to the first alarm, of those found; in the same order."""


def evaluate_daily(replicates: int, seed: int) -> Iterator[DailyRates]:
    """Run all detectors on the same series, `replicates` of each combination."""
    series, outbreaks = simulate_daily(replicates, seed)
    for name in DETECTORS:
        yield _rates(name, make_series_detector(name, {}).detect(series).alarm, outbreaks)


def simulate_daily(replicates: int, seed: int) -> tuple[Series, Outbreaks]:
    """Make the series; the same for the same seed."""
    rng = np.random.default_rng(seed)
    shapes = range(len(SHAPES))
    drawn = np.array(list(product(BASES, DISPERSIONS, shapes, SIZES)) * replicates)
    base, dispersion, shape, size = drawn.T
    day = np.arange(DAYS)[:, None]
    trend, season = rng.uniform(-0.2, 0.2, (2, len(base)))
    mean = base * WEEKDAYS[day % 7] * np.exp(trend * day / 365 + season * np.cos(2 * np.pi * day / 365))
    mean[list(HOLIDAYS)] *= 0.6
    begin = rng.integers(*BEGINS, size=len(base))
    height = size * np.sqrt(dispersion * mean[begin, np.arange(len(base))])
    cases = np.zeros_like(mean)
    for number, shares in enumerate(SHAPES.values()):
        of_shape = np.flatnonzero(shape == number)
        for later, share in enumerate(shares):
            cases[begin[of_shape] + later, of_shape] = share * height[of_shape]
    usual = rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion, mean.shape)
    counts = (usual + rng.poisson(cases)).astype(float)
    series = Series(FIRST, [str(number) for number in range(len(base))], counts, np.full(DAYS, TOTAL))
    return series, Outbreaks(base, shape, size, begin.astype(float), cases)


def _rates(detector: str, alarm: BoolArray, outbreaks: Outbreaks) -> DailyRates:
    quiet = alarm[QUIET].mean(axis=0) * 365
    hit = alarm & (outbreaks.cases > 0)
    is_found, delay = np.asarray(hit.any(axis=0)), hit.argmax(axis=0) - outbreaks.begin
    kinds = [
        (outbreaks.shape == shape) & (outbreaks.size == size)
        for shape, size in product(range(len(SHAPES)), SIZES)
    ]
    return DailyRates(
        detector,
        tuple(estimate(quiet[outbreaks.base == base]) for base in BASES),
        tuple(estimate(is_found[kind].astype(float)) for kind in kinds),
        tuple(
            float(delay[kind & is_found].mean()) if (kind & is_found).any() else math.nan for kind in kinds
        ),
    )


def estimate(values: FloatArray) -> Estimate:
    """Mean of independent values, with its interval."""
    return Estimate(float(values.mean()), 1.96 * float(values.std(ddof=1)) / math.sqrt(len(values)))
