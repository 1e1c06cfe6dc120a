"""Nowcast: how many records a day will have in the end, from how late records of earlier days came.

The reporting triangle x(t, d) holds the records of day t that came d days later; NaN: not known yet.

    theta(d) = sum x(t, d) / sum x(t, <= d-1) over the days known up to d
    pi(<= d) = (1 + theta(d)) pi(<= d-1), normalised: the delay distribution
    a day known up to j: cell d = pi(d) (x(<= d-1) + 1 - pi(<= d-1)) / pi(<= d-1) for d = j+1, j+2 and so on
    what is still to come: negative binomial with that mean, and one dispersion for each j, by maximum
    likelihood over nowcasts of days that are known better by now

Source: baselinenowcast 0.2.0 (MIT), its defaults: a longest delay D and the newest 3 D days, half of them for
the delay, half for the dispersion; at least D + 1 days for the delay and 2 retrospective nowcasts. Its
intervals are those of samples, ours are quantiles of the same distribution.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from healthtrends.detect.farrington_limits import count_quantile
from healthtrends.detect.series import FloatArray

LONGEST_DELAY = 14
"""Days; what comes later is no part of a nowcast."""
HISTORY = 3
"""Times the longest delay."""
RETROSPECTIVE = 2
"""Nowcasts of the past that the dispersion needs at least."""
SIZES = (0.1, 1000.0)
"""Of the negative binomial: the range that is searched, as in the source."""
STEPS, REFINEMENTS = 64, 3
LEAST_MEAN = SMALL = 1e-9
"""A nowcast of nothing is not certain."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""The median between the ends of the 50 % and the 90 % interval."""


@dataclass(frozen=True, slots=True)
class Nowcast:
    """Of each day of a triangle, oldest first."""

    shares: FloatArray
    """Delay distribution: share of a day's records that come so many days later."""
    expected: FloatArray
    """Records in the end; those that came, where the day is complete; NaN: it cannot be told yet."""
    quantiles: FloatArray
    """Days x `QUANTILES`."""


def nowcast(triangle: FloatArray) -> Nowcast | None:
    """Complete the newest days of a triangle (days x delays from 0); None: too little history.

    Each day is known one delay less than the day before it, as long as it is not complete. Where nothing ever
    comes on the first delays, the newest days, known no further, cannot be told.
    """
    longest = triangle.shape[1] - 1
    triangle = triangle[-max(HISTORY * longest, longest + 1 + RETROSPECTIVE) :]
    allotted = _allot(len(triangle), longest)
    begun = np.flatnonzero(np.nansum(triangle, axis=0) > 0)
    if allotted is None or not begun.size:
        return None
    usable = ~np.isnan(triangle[:, begun[0]])
    known = triangle[usable]
    shares = delay_shares(known[-allotted[0] :])
    size = _sizes(known, *allotted)
    if shares is None or size is None or shares[begun[0]] <= 0:
        return None
    whole = complete(known, shares)
    expected, quantiles = np.full(len(usable), np.nan), np.full((len(usable), len(QUANTILES)), np.nan)
    expected[usable], quantiles[usable] = whole.sum(axis=1), _quantiles(known, whole, size)
    return Nowcast(shares, expected, quantiles)


def _allot(days: int, longest: int) -> tuple[int, int] | None:
    """Days for the delay, and number of retrospective nowcasts; None: there are too few days."""
    least = longest + 1
    if days < least + RETROSPECTIVE:
        return None
    half = max(days // 2, least) if days >= HISTORY * longest else least + (days - least) // 2
    for_delay = min(half, days - RETROSPECTIVE)
    return for_delay, days - for_delay


def delay_shares(triangle: FloatArray) -> FloatArray | None:
    """Estimate the delay distribution; None: no day is complete, or there are no records."""
    known = ~np.isnan(triangle)
    if not np.any(known.all(axis=1)):
        return None
    whole = np.where(known, triangle, 0)
    for delay in range(1, triangle.shape[1]):
        old, new = known[:, delay], ~known[:, delay]
        theta = whole[old, delay].sum() / max(whole[old, :delay].sum(), 1)
        whole[new, delay] = theta * whole[new, :delay].sum(axis=1)
    total = whole.sum()
    return np.asarray(whole.sum(axis=0) / total) if total > 0 else None


def complete(triangle: FloatArray, shares: FloatArray) -> FloatArray:
    """Fill in the cells that are not known yet.

    Raises ValueError when the newest day is known no further than records ever come: that would be no
    nowcast but a forecast.
    """
    below = np.cumsum(shares)
    whole = triangle.copy()
    for delay in range(1, triangle.shape[1]):
        new = np.isnan(triangle[:, delay])
        if new.any() and below[delay - 1] <= 0:
            raise ValueError(f"no records come by delay {delay - 1}, and the newest day is known no further")
        so_far = whole[new, :delay].sum(axis=1)
        whole[new, delay] = shares[delay] * (so_far + 1 - below[delay - 1]) / max(below[delay - 1], SMALL)
    return whole


def _sizes(triangle: FloatArray, for_delay: int, retrospective: int) -> FloatArray | None:
    """Size of the negative binomial by how far a day is known; None: too few nowcasts of the past."""
    longest = triangle.shape[1] - 1
    last = int((~np.isnan(triangle[-1])).sum()) - 1
    row, delay = np.indices(triangle.shape)
    expected, came = np.full((2, retrospective, longest), np.nan)
    for back in range(1, retrospective + 1):
        days = len(triangle) - back
        was_known = np.less(row + delay, days + last)[:days]
        past = np.where(was_known, triangle[:days], np.nan)
        shares = delay_shares(past[-for_delay:])
        if shares is None or shares[: last + 1].sum() <= 0:
            continue
        since = ~was_known & ~np.isnan(triangle[:days])
        whole = np.where(since, complete(past, shares), 0).sum(axis=1)
        observed = np.where(since, triangle[:days], 0).sum(axis=1)
        for known_to in range(last, min(longest, days + last)):
            day = days - 1 - (known_to - last)
            expected[back - 1, known_to], came[back - 1, known_to] = whole[day], observed[day]
    if (~np.isnan(expected[:, last:])).any(axis=1).sum() < RETROSPECTIVE:
        return None
    return np.array([_fit(came[:, known_to], expected[:, known_to]) for known_to in range(longest)])


def _fit(came: FloatArray, expected: FloatArray) -> float:
    """Most likely size of the negative binomial, by ever finer steps of its logarithm."""
    is_known = ~np.isnan(expected)
    x, mean = came[is_known], np.maximum(expected[is_known], LEAST_MEAN)
    low, high = np.log(SIZES)
    best = low
    for _ in range(REFINEMENTS):
        steps = np.linspace(low, high, STEPS)
        size = np.exp(steps)[:, None]
        likelihood = gammaln(x + size) - gammaln(size) + size * np.log(size / (size + mean))
        likelihood += x * np.log(mean / (size + mean))
        best = float(steps[likelihood.sum(axis=1).argmax()])
        width = steps[1] - steps[0]
        low, high = max(best - width, steps[0]), min(best + width, steps[-1])
    return float(np.exp(best))


def _quantiles(triangle: FloatArray, whole: FloatArray, size: FloatArray) -> FloatArray:
    """Ends of the intervals: what came, and the quantiles of what is still to come."""
    is_open = np.isnan(triangle).any(axis=1)
    came = np.nansum(triangle, axis=1)
    quantiles = np.repeat(came[:, None], len(QUANTILES), axis=1)
    known_to = (~np.isnan(triangle[is_open])).sum(axis=1) - 1
    mean = np.maximum(np.where(np.isnan(triangle), whole, 0).sum(axis=1)[is_open], LEAST_MEAN)
    for number, probability in enumerate(QUANTILES):
        quantiles[is_open, number] += count_quantile(mean, 1 + mean / size[known_to], probability)
    return quantiles
