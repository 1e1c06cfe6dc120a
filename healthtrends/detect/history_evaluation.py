"""What the settings of the alarms do on a history of one's own, and what outbreaks of known size they find.

Alarms are counted as the history has them: some of them are real. Then outbreaks are added, one at a time, to
codes and days drawn by chance, as Poisson many patients more:

    doubling: as many a day as the 28 days before had on average, for three days
    spike, log-normal, ramp: on the highest day 5 standard deviations of the 28 days before

An outbreak is found when its code is an alarm on one of its days. The p of such a day is adjusted among those
of all codes, as on the list of alarms. A code without a patient in the 28 days before gets no outbreak.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from healthtrends.detect.alarm_rule import Candidates
from healthtrends.detect.daily_simulation import SHAPES, Estimate, estimate
from healthtrends.detect.evidence import Evidence, evidence
from healthtrends.detect.multiple_tests import benjamini_hochberg, holm
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.triage import Rules
from healthtrends.detect.weekday_filter import no_rise

Places = NDArray[np.intp]
BANDS = (0.0, 1.0, 5.0, 20.0, 100.0, math.inf)
"""Bounds of the mean patients a day, by which codes are told apart."""
BEFORE = 28
"""Days that the size of an outbreak is measured on. Alarms count behind them, when baselines are whole."""
HEIGHT = 5.0
"""Of the shapes, in standard deviations."""
LEAST_DAYS = 28
"""Days to judge: fewer say nothing of a week."""
DOUBLING = "doubling"
OUTBREAKS: Mapping[str, Sequence[float]] = {DOUBLING: (1.0, 1.0, 1.0), **SHAPES}
"""Share of its height on each day."""


@dataclass(frozen=True, slots=True)
class BandRates:
    """Codes of some frequency."""

    low: float
    high: float
    """Mean patients a day: from `low` on, below `high`."""
    codes: int
    alarms_a_week: float
    found: Mapping[str, Estimate | None]
    """Share of the outbreaks that were found, by kind; None: none could be placed."""


@dataclass(frozen=True, slots=True)
class HistoryRates:
    """What the settings do on a history."""

    days: int
    """Observed ones that were judged."""
    codes: int
    alarms_a_week: float
    """Codes and days on the list."""
    new_a_week: float
    """Those of them that were not on it the day before."""
    quiet_days: float
    """Share of the days whose list is empty."""
    bands: Sequence[BandRates]


def evaluate_history(series: Series, rules: Rules, replicates: int, seed: int) -> HistoryRates | None:
    """Judge a history (days x codes, with totals); None: it has too few days.

    `replicates` outbreaks of each kind are added to codes of each frequency.
    """
    observed: BoolArray = np.any(np.isfinite(series.counts), axis=1)
    observed[:BEFORE] = False
    if observed.sum() < LEAST_DAYS:
        return None
    found = evidence(rules.detector, _in_unit(series, rules))
    alarm = rules.rule.alarms(_candidates(series, found, rules))[observed]
    weeks = len(alarm) / 7
    known = np.isfinite(series.counts).sum(axis=0)
    mean = np.nansum(series.counts, axis=0) / np.maximum(known, 1)
    rng = np.random.default_rng(seed)
    history = _History(series, rules, found.p_value, observed)
    bands = []
    for low, high in pairwise(BANDS):
        codes = np.flatnonzero((mean >= low) & (mean < high) & (mean > 0))
        rates = {
            kind: history.found(kind, codes, replicates, rng) if codes.size else None for kind in OUTBREAKS
        }
        bands.append(BandRates(low, high, len(codes), float(alarm[:, codes].sum() / weeks), rates))
    begun = alarm.copy()
    begun[1:] &= ~alarm[:-1]
    return HistoryRates(
        len(alarm),
        int((mean > 0).sum()),
        float(alarm.sum() / weeks),
        float(begun.sum() / weeks),
        float((~alarm.any(axis=1)).mean()),
        bands,
    )


class _History:
    """A history to which outbreaks are added."""

    def __init__(self, series: Series, rules: Rules, p_value: FloatArray, observed: BoolArray) -> None:
        self._series, self._rules, self._p_value = series, rules, p_value
        self._observed = observed

    def found(self, kind: str, codes: Places, replicates: int, rng: np.random.Generator) -> Estimate | None:
        """Add one outbreak of a kind to each of so many copies of codes; None: there is no place for one."""
        shares = np.array(OUTBREAKS[kind])
        begins = self._begins(len(shares))
        if not begins.size:
            return None
        chosen, begin = rng.choice(codes, replicates), rng.choice(begins, replicates)
        counts = self._series.counts[:, chosen].copy()
        has_place = np.zeros(replicates, bool)
        for number, first in enumerate(begin.tolist()):
            before = counts[first - BEFORE : first, number]
            before = before[~np.isnan(before)]
            if before.size > 1 and before.sum() > 0:
                height = before.mean() if kind == DOUBLING else HEIGHT * before.std(ddof=1)
                counts[first : first + len(shares), number] += rng.poisson(height * shares)
                has_place[number] = True
        names = [self._series.codes[each] for each in chosen]
        left_out = None if self._series.left_out is None else self._series.left_out[:, chosen]
        changed = replace(self._series, codes=names, counts=counts, left_out=left_out)
        hits = self._hits(changed, chosen, begin, len(shares))
        return estimate(hits[has_place].astype(float)) if has_place.sum() > 1 else None

    def _begins(self, length: int) -> Places:
        """Days from which on so many days in a row are observed."""
        whole = np.lib.stride_tricks.sliding_window_view(self._observed, length).all(axis=1)
        return np.flatnonzero(whole)

    def _hits(self, changed: Series, chosen: Places, begin: Places, length: int) -> BoolArray:
        """Whether each outbreak is an alarm on one of its days, beside all other codes of that day."""
        found = evidence(self._rules.detector, _in_unit(changed, self._rules))
        own = _candidates(changed, found, self._rules)
        p_holm, q_bh = own.p_holm.copy(), own.q_bh.copy()
        for number, (code, first) in enumerate(zip(chosen.tolist(), begin.tolist(), strict=True)):
            days = slice(first, first + length)
            p_value = self._p_value[days].copy()
            p_value[:, code] = own.p_value[days, number]
            p_holm[days, number] = holm(p_value)[:, code]
            q_bh[days, number] = benjamini_hochberg(p_value)[:, code]
        alarm = self._rules.rule.alarms(replace(own, p_holm=p_holm, q_bh=q_bh))
        return np.array(
            [alarm[first : first + length, number].any() for number, first in enumerate(begin.tolist())]
        )


def _in_unit(series: Series, rules: Rules) -> Series:
    """What is tested: patients, or percents of the visits."""
    if not rules.is_share or rules.detector.needs_totals or series.totals is None:
        return series
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * series.counts / series.totals[:, None]
    percent[~np.isfinite(percent)] = np.nan
    return replace(series, counts=percent)


def _candidates(series: Series, found: Evidence, rules: Rules) -> Candidates:
    return Candidates(
        found.alarm,
        series.counts,
        ~no_rise(_in_unit(series, rules)),
        found.p_value,
        holm(found.p_value),
        benjamini_hochberg(found.p_value),
    )
