"""Simulated weekly series with outbreaks whose size is known, for the Farrington methods.

    mu(t) = exp(theta + beta t + g1 cos(2 pi t / 52) + g2 sin(2 pi t / 52)), weeks t = 1 .. 624
    counts: negative binomial with mean mu and size (mu + mu^2) / (phi mu)

The design is that of Noufaily 2013, doi:10.1002/sim.5595: seven rows of parameters, each without and with
trend and season, 28 scenarios. What the paper leaves open is as in the published code of the AEDDO study
2023, whose figures ours are held against: in weeks 313 to 575 begin four past outbreaks of k out of 2, 3, 5
and 10, and in weeks 576 to 624, which are judged, one of k = 1 .. 10. An outbreak has Poisson many cases with
mean k standard deviations of the whole series without outbreaks (divisor n - 1). Each case comes
floor(lognormal(0, 0.5)) weeks after its begin; what would come after the last week comes in it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from healthtrends.detect.series import FloatArray, Series
from healthtrends.detect.series_detector import Result

WEEKS, FIRST_OUTBREAK, JUDGED = 624, 313, 576
PAST_SIZES = (2, 3, 5, 10)
SIZES = tuple(range(1, 11))
IntArray = NDArray[np.int64]
LONGEST = 12
"""Weeks that an outbreak is spread over; a case that comes later has a chance of 1e-6."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Parameters of one scenario."""

    row: int
    theta: float
    beta: float
    """A week; 0 without a trend."""
    cosine: float
    sine: float
    dispersion: float

    @property
    def name(self) -> str:
        """Row, and what it has."""
        return f"{self.row}{' trend' if self.beta else ''}{' season' if self.cosine else ''}"

    def mean(self, weeks: FloatArray) -> FloatArray:
        """Expected counts of these weeks."""
        angle = 2 * np.pi * weeks / 52
        season = self.cosine * np.cos(angle) + self.sine * np.sin(angle)
        return np.asarray(np.exp(self.theta + self.beta * weeks + season))


_ROWS = (
    (0.1, 0.0025, 0.6, 0.6, 1.5),
    (-2, 0.005, 0.1, 0.3, 2),
    (1.5, 0.003, 0.2, -0.4, 1),
    (0.5, 0.002, 0.5, 0.5, 5),
    (2.5, 0.001, 1, 0.1, 3),
    (3.75, 0.001, 0.1, -0.1, 1.1),
    (5, 0.0001, 0.05, 0.01, 1.2),
)

SCENARIOS = tuple(
    Scenario(row, theta, beta * trend, cosine * season, sine * season, phi)
    for row, (theta, beta, cosine, sine, phi) in enumerate(_ROWS, 1)
    for trend in (0, 1)
    for season in (0, 1)
)
"""All 28: of each row without and with season, first without, then with trend."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """Replicates of one scenario."""

    series: Series
    """From the first week that a judged week looks back to."""
    outbreak: FloatArray
    """Cases of the judged outbreak, judged weeks x replicates."""
    size: FloatArray
    """Its k, of each replicate."""


def simulate(scenario: Scenario, replicates: int, seed: int) -> Simulated:
    """Make the series of a scenario; the same for the same seed, whichever others are made."""
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario)])
    mean = scenario.mean(np.arange(1.0, WEEKS + 1))
    # size = (mu + mu^2) / (phi mu), and numpy wants the chance size / (size + mu).
    size = ((1 + mean) / scenario.dispersion)[:, None]
    counts = rng.negative_binomial(size, size / (size + mean[:, None]), (WEEKS, replicates)).astype(float)
    deviation = counts.std(axis=0, ddof=1)
    begins = rng.permuted(np.tile(np.arange(FIRST_OUTBREAK, JUDGED), (replicates, 1)), axis=1)
    for begin in begins[:, : len(PAST_SIZES)].T:
        _add_outbreak(counts, rng.choice(PAST_SIZES, replicates) * deviation, begin, rng)
    sizes = np.resize(np.array(SIZES, float), replicates)
    before = counts[JUDGED - 1 :].copy()
    _add_outbreak(counts, sizes * deviation, rng.integers(JUDGED, WEEKS + 1, replicates), rng)
    names = [str(number) for number in range(replicates)]
    outbreak = counts[JUDGED - 1 :] - before
    return Simulated(Series(FIRST_OUTBREAK, names, counts[FIRST_OUTBREAK - 1 :]), outbreak, sizes)


def _add_outbreak(
    counts: FloatArray, cases_expected: FloatArray, begins: IntArray, rng: np.random.Generator
) -> None:
    """Add one outbreak to each series, from these weeks on."""
    cases = rng.multinomial(rng.poisson(cases_expected), _delays())
    series = np.arange(len(cases))
    for delay in range(LONGEST):
        counts[np.minimum(begins + delay, WEEKS) - 1, series] += cases[:, delay]


def _delays() -> FloatArray:
    """Chance of each delay in weeks: floor of a lognormal(0, 0.5)."""
    with np.errstate(divide="ignore"):
        below = ndtr(np.log(np.arange(LONGEST + 1.0)) / 0.5)
    below[-1] = 1
    return np.diff(below)


def judged(result: Result, simulated: Simulated) -> Iterator[tuple[float, bool]]:
    """Of each replicate: share of weeks without outbreak cases that gave an alarm, and whether it was found.

    `result`: what a detector gave for the series.
    """
    is_outbreak = simulated.outbreak > 0
    alarm = result.alarm[-len(is_outbreak) :]
    usual = (alarm & ~is_outbreak).sum(axis=0) / (~is_outbreak).sum(axis=0)
    found = np.asarray((alarm & is_outbreak).any(axis=0))
    for share, is_found in zip(usual, found, strict=True):
        yield float(share), bool(is_found)
