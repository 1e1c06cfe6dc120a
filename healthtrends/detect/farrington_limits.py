"""Upper limits of the Farrington methods, and the chance of a count: three ways to say what is unusual."""

import numpy as np
from scipy.special import betainc, betaincc, gammainc, gammaincc, ndtr

from healthtrends.detect.series import BoolArray, FloatArray


def limits(
    counts: FloatArray,
    log_expected: FloatArray,
    log_error: FloatArray,
    dispersion: FloatArray,
    *,
    method: str,
    quantile: float,
) -> tuple[FloatArray, FloatArray]:
    """Give the upper limit, and the chance of the count or more; `quantile` is one of the normal."""
    with np.errstate(over="ignore", invalid="ignore"):
        if method == "delta":
            return _delta(counts, np.exp(log_expected), log_error, dispersion, quantile)
        mean = np.exp(log_expected + (quantile * log_error if method == "muan" else 0))
        return count_quantile(mean, dispersion, float(ndtr(quantile))), _at_least(counts, mean, dispersion)


def _delta(
    counts: FloatArray, mean: FloatArray, log_error: FloatArray, dispersion: FloatArray, quantile: float
) -> tuple[FloatArray, FloatArray]:
    tau = dispersion + (mean * log_error) ** 2 / mean
    error = np.sqrt(4 / 9 * np.cbrt(mean) * tau)
    power = np.cbrt(mean) ** 2
    return (power + quantile * error) ** 1.5, ndtr(-(np.cbrt(counts) ** 2 - power) / error)


def _at_least(counts: FloatArray, mean: FloatArray, dispersion: FloatArray) -> FloatArray:
    """Chance of so many or more: negative binomial, without overdispersion Poisson."""
    is_poisson = dispersion <= 1
    size = mean / np.where(is_poisson, 1, dispersion - 1)
    below = np.maximum(counts, 1)
    chance = np.where(is_poisson, gammainc(below, mean), betaincc(size, below, 1 / dispersion))
    return np.where(counts >= 1, chance, np.where(np.isnan(counts + mean), np.nan, 1))


def count_quantile(mean: FloatArray, dispersion: FloatArray, probability: float) -> FloatArray:
    """Smallest count that is not exceeded with the probability, by halving whole numbers."""
    is_poisson = dispersion <= 1
    size = mean / np.where(is_poisson, 1, dispersion - 1)

    def is_below(count: FloatArray) -> BoolArray:
        chance = np.where(is_poisson, gammaincc(count + 1, mean), betainc(size, count + 1, 1 / dispersion))
        return np.asarray(chance < probability)

    low, high = np.full_like(mean, -1.0), np.ceil(mean + 4 * np.sqrt(dispersion * mean)) + 1
    while (is_more := is_below(high)).any():
        low, high = np.where(is_more, high, low), np.where(is_more, 2 * high, high)
    while ((high - low) > 1).any():
        middle = np.floor((low + high) / 2)
        is_open = high - low > 1
        is_low = is_below(middle)
        low, high = np.where(is_open & is_low, middle, low), np.where(is_open & ~is_low, middle, high)
    return np.where(np.isnan(mean), np.nan, high)
