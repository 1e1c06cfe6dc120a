"""Days that are no rise, whatever a detector says: they lie below the mean of their own last week.

    no rise: y(t) < mean of y(t-6 .. t); on Saturday and Sunday only where also
             y(t) < mean of the last same weekdays, up to seven, its own among them

Source: the rule of ESSENCE's regression (see `regression`), here for every detector. A history of a month has
five same weekdays, not seven.
"""

import numpy as np

from healthtrends.detect.series import BoolArray, FloatArray, Series

WEEK = 7
SATURDAY = 5


def no_rise(series: Series) -> BoolArray:
    """Days x codes; of a day that was not observed False."""
    counts = series.counts
    low: BoolArray = np.less(counts, _last_mean(counts, 1))
    is_weekend = (np.arange(len(counts)) + series.weekday) % WEEK >= SATURDAY
    low[is_weekend] &= np.less(counts, _last_mean(counts, WEEK))[is_weekend]
    return low


def _last_mean(counts: FloatArray, step: int) -> FloatArray:
    """Mean of the known ones of the last 7 days, `step` days apart, the day's own among them."""
    known = np.isfinite(counts)
    values = np.where(known, counts, 0)
    total, number = np.zeros_like(values), np.zeros_like(values)
    for back in range(0, min(WEEK * step, len(counts)), step):
        total[back:] += values[: len(counts) - back]
        number[back:] += known[: len(counts) - back]
    with np.errstate(invalid="ignore"):
        return np.asarray(total / number)
