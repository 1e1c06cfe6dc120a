"""What a list of alarms costs and finds, by detector and rule, and the default that is chosen from it.

On the lists of `alarm_lists` each code and day of the quiet half year that is on a list is a false alarm; a
doubling is found when its code is on the list on one of its first three days. The default is the setting that
reaches both goals at the worse end of their 95 % intervals, with the smallest minimum count, as that decides
how rare a code may be; of several the one that finds most.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from healthtrends.detect.alarm_lists import CODES, CODES_BY_BASE, DOUBLED, Lists, simulate_lists
from healthtrends.detect.alarm_rule import AlarmRule, Candidates
from healthtrends.detect.daily_simulation import DETECTORS, QUIET, Estimate, estimate
from healthtrends.detect.multiple_tests import benjamini_hochberg, holm
from healthtrends.detect.series import BoolArray, FloatArray
from healthtrends.detect.series_detector import Result
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.weekday_filter import no_rise

MOST_FALSE_ALARMS, LEAST_FOUND = 1.0, 0.8
"""The goals: a 100 codes and week; share of the doublings."""
IN_TIME = 3
"""Days of a doubling on which it counts as found."""
BATCHES = 4
JOINED = 10
"""Lists of 100 codes that make one of 1,000."""
MIN_COUNTS = (3, 5, 8, 10, 12)
LIMITS = (
    *({"max_p": level} for level in (0.01, 0.005, 0.002, 0.001, 0.0005)),
    *({"max_holm": level} for level in (0.1, 0.05)),
    *({"max_q": level} for level in (0.1, 0.05)),
)
_NO_LIMIT = {"max_p": 1.0, "max_q": 1.0}
TO_WEEK = 7 * 100
"""From a code and day to 100 codes and a week."""


@dataclass(frozen=True, slots=True)
class ListRates:
    """What one detector did by one rule."""

    detector: str
    rule: AlarmRule
    false_alarms: Estimate
    """A 100 codes and week."""
    false_alarms_by_base: tuple[float, ...]
    """The same among 100 codes of each frequency."""
    found: Estimate
    """Share of the doublings that were found in time."""
    found_of_thousand: Estimate
    """The same on lists of 1,000 codes."""
    delay: float
    """Mean days from the first to the alarm, of those found; NaN: none was."""

    @property
    def reaches_goals(self) -> bool:
        """Whether both goals hold at the worse end of the intervals."""
        costs, finds = self.false_alarms, self.found
        return costs.value + costs.half <= MOST_FALSE_ALARMS and finds.value - finds.half >= LEAST_FOUND


def evaluate_alarms(replicates: int, seed: int) -> list[ListRates]:
    """Run all detectors with all rules on the same lists, four times `replicates` of them."""
    done: dict[tuple[str, AlarmRule], list[_Outcome]] = {}
    for batch in range(BATCHES):
        for detector, rule, outcome in _outcomes(simulate_lists(replicates, (seed, batch))):
            done.setdefault((detector, rule), []).append(outcome)
    return [_rates(detector, rule, outcomes) for (detector, rule), outcomes in done.items()]


def choose(rates: Sequence[ListRates]) -> ListRates | None:
    """Give the setting that is the default; None: none reaches both goals."""
    good = [each for each in rates if each.reaches_goals]
    return min(good, key=lambda each: (each.rule.min_count, -each.found.value), default=None)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """Of one batch of lists; one number a list unless it says else."""

    false_alarms: FloatArray
    """Lists x frequencies: share of the codes and quiet days that were alarms."""
    delay: FloatArray
    """NaN: not found in time."""
    delay_of_thousand: FloatArray


def _outcomes(lists: Lists) -> Iterator[tuple[str, AlarmRule, _Outcome]]:
    number, rise = len(lists.begin), ~no_rise(lists.series)
    for name in DETECTORS:
        result = make_series_detector(name, {}).detect(lists.series)
        hundred = _tested(lists, result, rise, number)
        thousand = _tested(lists, result, rise, max(1, number // JOINED))
        for limit, min_count in product(LIMITS if hasattr(result, "p_value") else ({},), MIN_COUNTS):
            rule = AlarmRule(min_count, **(_NO_LIMIT | limit))
            alarm = rule.alarms(hundred).reshape(-1, number, CODES)
            of_thousand = rule.alarms(thousand).reshape(alarm.shape)
            yield name, rule, _outcome(alarm, of_thousand, lists.begin)


def _tested(lists: Lists, result: Result, rise: BoolArray, number: int) -> Candidates:
    """Days x lists x codes, for so many lists: the codes of one are judged together."""
    shape = (len(rise), number, -1)
    p_value = np.asarray(getattr(result, "p_value", np.full(rise.shape, np.nan))).reshape(shape)
    return Candidates(
        result.alarm.reshape(shape),
        lists.series.counts.reshape(shape),
        rise.reshape(shape),
        p_value,
        holm(p_value),
        benjamini_hochberg(p_value),
    )


def _outcome(alarm: BoolArray, of_thousand: BoolArray, begin: Sequence[int]) -> _Outcome:
    ends = np.cumsum(list(CODES_BY_BASE.values()))[:-1]
    by_base = np.split(alarm[QUIET], ends, axis=2)
    return _Outcome(
        np.stack([each.mean(axis=(0, 2)) for each in by_base], axis=1),
        _delay(alarm, begin),
        _delay(of_thousand, begin),
    )


def _delay(alarm: BoolArray, begin: Sequence[int]) -> FloatArray:
    """Of each list the first day of its doubling that gave an alarm, from 0; NaN: none in time."""
    in_time = np.array(
        [alarm[first : first + IN_TIME, number, DOUBLED] for number, first in enumerate(begin)]
    )
    return np.where(in_time.any(axis=1), in_time.argmax(axis=1), np.nan)


def _rates(detector: str, rule: AlarmRule, outcomes: Sequence[_Outcome]) -> ListRates:
    by_base = np.concatenate([each.false_alarms for each in outcomes]) * TO_WEEK
    delay = np.concatenate([each.delay for each in outcomes])
    of_thousand = np.concatenate([each.delay_of_thousand for each in outcomes])
    is_found = np.isfinite(delay)
    return ListRates(
        detector,
        rule,
        estimate(by_base @ np.array(list(CODES_BY_BASE.values())) / CODES),
        tuple(by_base.mean(axis=0).tolist()),
        estimate(is_found.astype(float)),
        estimate(np.isfinite(of_thousand).astype(float)),
        float(delay[is_found].mean()) if is_found.any() else math.nan,
    )
