"""Quasi-Poisson regression on a season factor and a trend, for thousands of series and weeks at once.

The model is log mu = level of the week's season + slope time. Within a level only time varies, so the normal
equations are solved by sums over levels. It iterates as `glm` of R does: the same start, the same end (1e-8
of the deviance, at most 25 times), and weights of the last iteration, so that its numbers come out, and not
those that more iterations would give. The standard errors rest on the sum of a ((y - mu) / mu)^2 over the
degrees of freedom, with a the weight of a week: the reference outputs fit these. They do not fit those from
the dispersion, which are some sqrt(mu) greater.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.series import BoolArray, FloatArray

ITERATIONS = 25
CHANGE = 1e-8


@dataclass(frozen=True, slots=True)
class Design:
    """What is the same for all: which weeks before the tested one are fitted, and their season."""

    time: FloatArray
    """Of each fitted week, in weeks from the tested one: negative."""
    level: NDArray[np.intp]
    """Number of its season; the weeks are sorted by it, and the last one is that of the tested week."""

    def by_level(self, values: FloatArray) -> FloatArray:
        """Sum up (problems x weeks) over the weeks of each level."""
        starts = np.flatnonzero(np.diff(self.level, prepend=-1))
        # No matrix product: it would start threads for a few thousand numbers.
        return np.asarray(np.add.reduceat(values, starts, axis=1))


@dataclass(frozen=True, slots=True)
class Fit:
    """Of each problem (a week of a series); two-dimensional arrays are problems x fitted weeks."""

    mean: FloatArray
    hat: FloatArray
    dispersion: FloatArray
    """Pearson sum over degrees of freedom, not less than 1."""
    slope: FloatArray
    """A week, on the log scale; NaN without a trend."""
    slope_error: FloatArray
    freedom: FloatArray
    log_expected: FloatArray
    """Of the tested week."""
    log_error: FloatArray
    converged: BoolArray


@dataclass(frozen=True, slots=True)
class _Last:
    """What the iteration leaves behind."""

    mean: FloatArray
    weight: FloatArray
    """Of the last step: by the means before it."""
    slope: FloatArray
    log_expected: FloatArray
    converged: BoolArray


@dataclass(frozen=True, slots=True)
class _Sums:
    """Sums of weights over the levels; rows are problems."""

    weight: FloatArray
    time: FloatArray
    """Mean time of each level."""
    timed: FloatArray
    """Weight times time, of each week."""
    squares: FloatArray
    """Of time around the mean of its level, over all weeks."""


def fit(counts: FloatArray, prior: FloatArray, design: Design, *, trend: bool) -> Fit:
    """Fit all problems; `prior` are weights, 0 for a week that was not observed."""
    mean = counts + 0.1
    log_mean = np.log(mean)
    weight = np.zeros_like(mean)
    slope, log_expected = np.zeros(len(counts)), np.full(len(counts), np.nan)
    converged = np.zeros(len(counts), bool)
    moving, y, a = np.arange(len(counts)), counts, prior
    constant = _dot(prior, counts * np.log(np.maximum(counts, 1)) - counts)
    before, old, deviance = log_mean, mean, _deviance(constant, counts, prior, mean, log_mean)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for _ in range(ITERATIONS):
            used = a * old
            before, slope[moving], log_expected[moving] = _step(
                used, before + (y / old - 1), design, trend=trend
            )
            old, last = np.exp(before), deviance
            deviance = _deviance(constant, y, a, old, before)
            is_done = np.abs(deviance - last) / (np.abs(deviance) + 0.1) < CHANGE
            is_going = ~is_done & np.isfinite(deviance)
            weight[moving], mean[moving] = used, old
            converged[moving[is_done]] = True
            if not is_going.any():
                break
            if not is_going.all():
                moving, y, a = moving[is_going], y[is_going], a[is_going]
                before, old = before[is_going], old[is_going]
                constant, deviance = constant[is_going], deviance[is_going]
    return _summary(counts, prior, _Last(mean, weight, slope, log_expected, converged), design, trend=trend)


def _sums(weight: FloatArray, design: Design, *, trend: bool) -> _Sums:
    whole = design.by_level(weight)
    if not trend:
        return _Sums(whole, np.zeros_like(whole), weight, np.zeros(len(weight)))
    timed = weight * design.time
    by_level = design.by_level(timed)
    center = np.where(whole > 0, by_level / whole, 0)
    return _Sums(
        whole, center, timed, np.einsum("ij,j->i", timed, design.time) - (center * by_level).sum(axis=1)
    )


def _step(
    weight: FloatArray, target: FloatArray, design: Design, *, trend: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weighted least squares: fitted values, slope, and the value at the tested week."""
    sums = _sums(weight, design, trend=trend)
    by_level = design.by_level(weight * target)
    level = np.where(sums.weight > 0, by_level / sums.weight, 0)
    if not trend:
        return level[:, design.level], np.zeros(len(weight)), level[:, -1]
    slope = (_dot(sums.timed, target) - (sums.time * by_level).sum(axis=1)) / sums.squares
    level = level - slope[:, None] * sums.time
    return level[:, design.level] + slope[:, None] * design.time, slope, level[:, -1]


def _dot(one: FloatArray, other: FloatArray) -> FloatArray:
    """Sum of products of each row."""
    return np.asarray(np.einsum("ij,ij->i", one, other))


def _deviance(
    constant: FloatArray, counts: FloatArray, prior: FloatArray, mean: FloatArray, log_mean: FloatArray
) -> FloatArray:
    """Deviance; `constant` is the sum of a (y log y - y), which no step changes."""
    return 2 * (constant + _dot(prior, mean - counts * log_mean))


def _summary(counts: FloatArray, prior: FloatArray, last: _Last, design: Design, *, trend: bool) -> Fit:
    weight, nothing = last.weight, np.full(len(counts), np.nan)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        sums = _sums(weight, design, trend=trend)
        level_share = np.where(sums.weight > 0, 1 / sums.weight, 0)
        leverage, at_tested = level_share[:, design.level], level_share[:, -1]
        if trend:
            beyond = design.time - sums.time[:, design.level]
            leverage = leverage + beyond**2 / sums.squares[:, None]
            at_tested = at_tested + sums.time[:, -1] ** 2 / sums.squares
        freedom = (weight > 0).sum(axis=1) - (sums.weight > 0).sum(axis=1) - trend
        squares = (counts / last.mean - 1) ** 2
        dispersion, scatter = _dot(weight, squares) / freedom, _dot(prior, squares) / freedom
        is_known = (freedom > 0) & (sums.weight[:, -1] > 0) & np.isfinite(dispersion)
        return Fit(
            mean=last.mean,
            hat=weight * leverage,
            dispersion=np.maximum(1, dispersion),
            slope=last.slope if trend else nothing,
            slope_error=np.sqrt(scatter / sums.squares) if trend else nothing,
            freedom=freedom.astype(float),
            log_expected=last.log_expected,
            log_error=np.sqrt(scatter * at_tested),
            converged=last.converged & is_known,
        )
