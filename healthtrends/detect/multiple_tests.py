"""Adjusted p values: hundreds of tests a day give small p values by their number alone.

Along the last axis: one row holds the tests of one date.
"""

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.series import FloatArray


def holm(p: FloatArray) -> FloatArray:
    """Adjust by Holm's step-down method; NaN stays NaN and is no test.

    Below alpha: the chance of even one false alarm among all tests is at most alpha, whatever depends on
    what. Source: Holm 1979, Scandinavian Journal of Statistics 6, 65-70.
    """
    order, ranked, tests = _sorted(p)
    ranked *= np.maximum(0, tests - np.arange(p.shape[-1]))
    return _in_place(order, np.maximum.accumulate(ranked, axis=-1))


def benjamini_hochberg(p: FloatArray) -> FloatArray:
    """Adjust by Benjamini and Hochberg's step-up method; NaN stays NaN and is no test.

    Of the alarms at or below q a share of q is false on average, where tests are independent or depend
    positively. Source: Benjamini, Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    order, ranked, tests = _sorted(p)
    ranked *= tests / (1 + np.arange(p.shape[-1]))
    # From the greatest down: NaN, which lie last, come first there and are passed over.
    least = np.fmin.accumulate(ranked[..., ::-1], axis=-1)[..., ::-1]
    return _in_place(order, least)


def _sorted(p: FloatArray) -> tuple[NDArray[np.intp], FloatArray, NDArray[np.intp]]:
    """Give the order by p with NaN last, the values in it, and the number of tests of each row."""
    order = np.argsort(p, axis=-1, kind="stable")
    return order, np.take_along_axis(p, order, axis=-1), (~np.isnan(p)).sum(axis=-1, keepdims=True)


def _in_place(order: NDArray[np.intp], ranked: FloatArray) -> FloatArray:
    adjusted = np.empty_like(ranked)
    np.put_along_axis(adjusted, order, np.minimum(1, ranked), axis=-1)
    return adjusted
