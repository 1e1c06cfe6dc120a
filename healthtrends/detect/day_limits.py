"""What each of the last days of some series was held against: for the curve of an alarm."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from healthtrends.detect.alarm_rule import AlarmRule, Candidates
from healthtrends.detect.day_series import DaySeries
from healthtrends.detect.evidence import Counts, evidence
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector
from healthtrends.detect.triage import Rules, test_all
from healthtrends.detect.weekday_filter import no_rise


@dataclass(frozen=True, slots=True)
class DayLimits:
    """Days x series, of patients; the days are the last ones."""

    expected: FloatArray
    """NaN: the day was not tested."""
    upper: Counts
    """Greatest count that would be no alarm; it means nothing where the day was not tested."""
    alarm: BoolArray


def day_limits(day: DaySeries, rules: Rules, columns: Sequence[int], days: int) -> DayLimits:
    """Compute the last `days` days of these series."""
    places = list(columns)
    tests = test_all(day, rules)
    last = slice(len(tests.unit) - days, None)
    unit = tests.unit[last]
    # A count that no limit reaches.
    beyond = 100 + 10 * int(np.nanmax(tests.candidates.counts[:, places], initial=0))
    most = _greatest_p(tests.candidates, rules.rule)[last, places]
    upper = _upper(rules.detector, tests.series.select(places), unit, most, beyond)
    return DayLimits(
        tests.expected[last, places] / unit[:, None],
        np.maximum(upper, int(rules.rule.min_count) - 1),
        rules.rule.alarms(tests.candidates)[last, places],
    )


def _greatest_p(found: Candidates, rule: AlarmRule) -> FloatArray:
    """Greatest p that is an alarm beside the others of its day: max_q k / m, where it is one of k of m."""
    is_small = found.q_bh <= rule.max_q
    tests = np.maximum(1, np.isfinite(found.q_bh).sum(axis=1))
    with_it = is_small.sum(axis=1)[:, None] + ~is_small
    return np.asarray(np.minimum(rule.max_p, rule.max_q * with_it / tests[:, None]))


def _upper(
    detector: SeriesDetector, series: Series, unit: FloatArray, most: FloatArray, beyond: int
) -> Counts:
    """Halve the range of counts until the limit of each day is found.

    A detector looks at the tested day and at those before, never at later ones. So each day stands in a
    column of its own, in which the count of that day alone is changed, and all are halved at once.
    """
    days, codes = most.shape
    rows = np.repeat(np.arange(len(series.counts) - days, len(series.counts)), codes)
    columns = np.arange(days * codes)
    copies = series.select(list(range(codes)) * days)
    low = np.zeros(days * codes, np.intp)
    high = low + beyond
    while (high - low > 1).any():
        middle = (low + high) // 2
        counts = copies.counts.copy()
        counts[rows, columns] = middle * np.repeat(unit, codes)
        asked = replace(copies, counts=counts)
        found = evidence(detector, asked)
        is_alarm = found.alarm & ~no_rise(asked)
        alarm = is_alarm[rows, columns] & ~(found.p_value[rows, columns] > most.ravel())
        high, low = np.where(alarm, middle, high), np.where(alarm, low, middle)
    return low.reshape(days, codes)
