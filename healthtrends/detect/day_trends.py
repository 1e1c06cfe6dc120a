"""Trends of a date: class and slope over twelve days, means of 7 and 28 days, change against the week before.

    change = patients of the last 7 days / those of the 7 before, over weekdays that are known in both
    interval of 95 %: with a now and b before, a of a + b is a binomial share s, whose exact interval
    (Clopper, Pearson 1934, doi:10.1093/biomet/26.4.404) gives that of the ratio s / (1 - s)

The interval takes counts for Poisson: those that scatter more have a wider one.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from healthtrends.detect.day_series import DaySeries
from healthtrends.detect.parameters import columns
from healthtrends.detect.series import FloatArray, Series
from healthtrends.detect.trend_class import TrendClass, Trends
from healthtrends.model.signals import SeriesTrend

WEEK, MONTH = 7, 28
RARE = 10
"""A series with no more patients in 28 days has no row."""
TAIL = 0.025
NORMAL = 1.959963984540054
"""Standard normal quantile of 1 - TAIL."""


def find_trends(day: DaySeries) -> list[SeriesTrend]:
    """Trends of all series that are not rare, in the order of the columns."""
    counts = day.patients.counts[-MONTH:]
    known = np.isfinite(counts)
    chosen = np.flatnonzero(np.where(known, counts, 0).sum(axis=0) > RARE)
    if not len(chosen):
        return []
    counts, known = counts[:, chosen], known[:, chosen]
    classes = _classes(day.patients, chosen)
    words = columns(Trends)["trend"].words
    slope, error = classes.slope[-1], classes.error[-1]
    slope = np.where(np.isfinite(error), slope, np.nan)
    now, before = _weeks(counts)
    low, high = _ratio_interval(now, before)
    values = np.where(known, counts, 0)
    sums = [each[-days:].sum(axis=0).astype(int) for days in (WEEK, MONTH) for each in (known, values)]
    found = []
    for row, column in enumerate(chosen.tolist()):
        name, width = day.names[column], NORMAL * error[row]
        days_7, sum_7, days_28, sum_28 = (int(each[row]) for each in sums)
        found.append(
            SeriesTrend(
                level=name.level,
                code=name.code,
                title=day.title(name.level, name.code),
                trend=words[int(classes.trend[-1, row])],
                slope=_number(slope[row]),
                slope_low=_number(slope[row] - width),
                slope_high=_number(slope[row] + width),
                days_7=days_7,
                sum_7=sum_7,
                days_28=days_28,
                sum_28=sum_28,
                now=int(now[row]),
                before=int(before[row]),
                change_low=_number(low[row]),
                change_high=_number(high[row]),
            )
        )
    return found


def _classes(patients: Series, chosen: NDArray[np.intp]) -> Trends:
    """Of the last days alone: a trend needs no more."""
    detector = TrendClass()
    rows = slice(-detector.window, None)
    totals = None if patients.totals is None else patients.totals[rows]
    codes = [patients.codes[column] for column in chosen.tolist()]
    return detector.detect(Series(0, codes, patients.counts[rows, chosen], totals))


def _weeks(counts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Sums of the last seven days and of the seven before, over weekdays that are known in both."""
    week, before = counts[-WEEK:], counts[-2 * WEEK : -WEEK]
    if len(before) < WEEK:  # the history begins within the week before
        empty = np.zeros(counts.shape[1])
        return empty, empty
    both = np.isfinite(week) & np.isfinite(before)
    return np.where(both, week, 0).sum(axis=0), np.where(both, before, 0).sum(axis=0)


def _ratio_interval(now: FloatArray, before: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Interval of `now / before`; NaN where there was nobody before."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(now > 0, betaincinv(now, before + 1, TAIL), 0)
        high = np.where(before > 0, betaincinv(now + 1, before, 1 - TAIL), np.nan)
        low = np.where(before > 0, low / (1 - low), np.nan)
        return low, high / (1 - high)


def _number(value: float) -> float | None:
    """Rounded to nine digits: the last ones of a sum depend on what stands beside it in memory."""
    return float(f"{value:.9g}") if np.isfinite(value) else None
