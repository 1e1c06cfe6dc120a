"""Triage: from the tests of all series of a date to one short list.

1. A detector tests every series; `AlarmRule` says which days are alarms, with all p of a date adjusted by
   Holm and by Benjamini and Hochberg.
2. The order is total: severity, p, patients beyond the expected ones, level, code. The p in it are rounded to
   six digits, so that no last digit of a processor decides.
3. Of alarms whose codes are among each other's (a code, its category, its block) the first stays; its reason
   names the others.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np

from healthtrends.detect.alarm_rule import AlarmRule, Candidates
from healthtrends.detect.day_series import DaySeries
from healthtrends.detect.evidence import baseline_of, evidence, greatest_usual_count
from healthtrends.detect.multiple_tests import benjamini_hochberg, holm
from healthtrends.detect.series import BoolArray, FloatArray, Series
from healthtrends.detect.series_detector import SeriesDetector
from healthtrends.detect.weekday_filter import no_rise
from healthtrends.model.signals import LEVELS, SEVERITIES, STRATA, SeriesAlarm, Severity

SIGNIFICANT: Final = 0.05
"""An adjusted p below it makes an alarm severe."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Detector and thresholds."""

    detector: SeriesDetector
    rule: AlarmRule = field(default_factory=AlarmRule)
    is_share: bool = False
    """Whether percents of visits are tested."""


class Tests(NamedTuple):
    """All series of a date, tested on each of its days."""

    series: Series
    """What was tested: patients or shares."""
    unit: FloatArray
    """What one patient of each day is in it (days)."""
    expected: FloatArray
    """In its unit."""
    candidates: Candidates


@dataclass(frozen=True, slots=True)
class _Found:
    """One alarm, before its sentence is written."""

    column: int
    severity: Severity
    p: float | None
    p_holm: float | None
    q_bh: float | None
    expected: float | None


def find_alarms(day: DaySeries, rules: Rules) -> tuple[list[SeriesAlarm], int]:
    """List the alarms of the last day, and say how many series were tested."""
    tests = test_all(day, rules)
    alarm = rules.rule.alarms(tests.candidates)
    kept = _without_relatives(day, _ordered(day, tests, alarm[-1]))
    limits = _limits(tests, rules, [each.column for each, _ in kept])
    return [
        _alarm(day, rules, each, others, alarm[:, each.column], limit)
        for (each, others), limit in zip(kept, limits, strict=True)
    ], int(np.isfinite(tests.expected[-1]).sum())


def test_all(day: DaySeries, rules: Rules) -> Tests:
    """Test all series of a date, on each of its days."""
    is_share = rules.is_share and not rules.detector.needs_totals
    series = day.shares() if is_share else day.patients
    found = evidence(rules.detector, series)
    p_value = found.p_value
    return Tests(
        series,
        100 / day.visits if is_share else np.ones(len(series.counts)),
        found.expected,
        Candidates(
            found.alarm,
            day.patients.counts,
            ~no_rise(series),
            p_value,
            holm(p_value),
            benjamini_hochberg(p_value),
        ),
    )


def _ordered(day: DaySeries, tests: Tests, alarm: BoolArray) -> list[_Found]:
    """Alarms of the last day, the most severe first."""
    found, counts = tests.candidates, day.patients.counts[-1]
    p, adjusted, q = found.p_value[-1], found.p_holm[-1], found.q_bh[-1]
    alarms = [
        _Found(
            column,
            _severity(adjusted[column], q[column]),
            *(_digits(each[column]) for each in (p, adjusted, q, tests.expected[-1] / tests.unit[-1])),
        )
        for column in np.flatnonzero(alarm).tolist()
    ]

    def order(each: _Found) -> tuple[int, bool, float, float, int, str]:
        # A code stands for those of its patients that rose with it, as they are among its own.
        name = day.names[each.column]
        is_stratum = name.level in STRATA
        beyond = counts[each.column] - (each.expected or 0)
        p = 1.0 if each.p is None else each.p
        return SEVERITIES.index(each.severity), is_stratum, p, -beyond, LEVELS.index(name.level), name.code

    return sorted(alarms, key=order)


def _severity(p_holm: float, q_bh: float) -> Severity:
    if p_holm < SIGNIFICANT:
        return "high"
    return "medium" if q_bh < SIGNIFICANT else "low"


def _digits(value: float) -> float | None:
    return None if np.isnan(value) else float(f"{value:.6g}")


def _without_relatives(day: DaySeries, ordered: Sequence[_Found]) -> list[tuple[_Found, list[int]]]:
    """Alarms that stay, each with the columns of those that it stands for."""
    kept: list[tuple[_Found, list[int]]] = []
    for each in ordered:
        codes = day.names[each.column].members
        for first, others in kept:
            members = day.names[first.column].members
            if codes <= members or codes >= members:
                others.append(each.column)
                break
        else:
            kept.append((each, []))
    return kept


def _limits(tests: Tests, rules: Rules, columns: Sequence[int]) -> list[int]:
    """Greatest count of the date that would be no alarm, where all other series stay as they are."""
    if not columns:
        return []
    chosen = tests.series.select(columns)
    most = _greatest_p(tests.candidates, rules.rule)

    def is_alarm(changed: Series) -> BoolArray:
        found = evidence(rules.detector, changed)
        return found.alarm & ~(found.p_value > most) & ~no_rise(changed)

    return [int(each) for each in greatest_usual_count(chosen, float(tests.unit[-1]), is_alarm)]


def _greatest_p(found: Candidates, rule: AlarmRule) -> float:
    """Greatest p that is an alarm beside the others of the date: max_q k / m, for k of m with q <= max_q."""
    q = found.q_bh[-1]
    tests = int(np.isfinite(q).sum())
    return min(rule.max_p, rule.max_q * int((q <= rule.max_q).sum()) / max(1, tests))


def _alarm(
    day: DaySeries, rules: Rules, found: _Found, others: Sequence[int], alarm: BoolArray, upper: int
) -> SeriesAlarm:
    name, counts = day.names[found.column], day.patients.counts[:, found.column]
    since, days = _run(day.patients, counts, alarm)
    observed = int(counts[-1])
    baseline = baseline_of(rules.detector)
    end = max(0, len(counts) - 1 - baseline.guard)
    days_of_baseline = slice(max(0, end - baseline.length), end)
    known = np.isfinite(counts[days_of_baseline])
    if day.patients.left_out is not None:
        known &= ~day.patients.left_out[days_of_baseline, found.column]
    usual = f"expected {found.expected or 0:.1f}, upper limit {upper}"
    parts = [
        f"{observed} patients",
        f"{usual}, from {int(known.sum())} days up to {_day(day.patients, end - 1)}",
        "first day" if days == 1 else f"day {days}, since {since}",
        *([f"with {_listed(day, others)}"] if others else []),
    ]
    return SeriesAlarm(
        level=name.level,
        code=name.code,
        title=day.title(name.level, name.code),
        detector=rules.detector.name,
        observed=observed,
        expected=found.expected,
        upper=upper,
        p=found.p,
        p_holm=found.p_holm,
        q_bh=found.q_bh,
        severity=found.severity,
        since=since,
        reason="; ".join(parts),
    )


def _run(series: Series, counts: FloatArray, alarm: BoolArray) -> tuple[dt.date, int]:
    """First day of the run of alarms that ends with the last day, and how many they are.

    Days of which nothing is known do not end it.
    """
    first = place = len(counts) - 1
    days = 1
    while place > 0 and (alarm[place - 1] or np.isnan(counts[place - 1])):
        place -= 1
        if alarm[place]:
            first, days = place, days + 1
    return _day(series, first), days


def _day(series: Series, row: int) -> dt.date:
    assert isinstance(series.first, dt.date)  # noqa: S101  alarms of a date are found in daily series
    return series.first + dt.timedelta(days=row)


def _listed(day: DaySeries, columns: Sequence[int]) -> str:
    names = [day.names[column] for column in columns]
    return ", ".join(f"{each.level} {each.code}" for each in names)
