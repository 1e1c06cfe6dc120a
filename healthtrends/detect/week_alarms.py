"""Alarms of a whole week of each code, from the same season of the years before: the Farrington methods.

A week has the patients of its days added up, so that somebody with a code on two days counts twice: cubes
know nobody over days. A week of which fewer days are known than of an ordinary one is missing. A code that
was not valid yet when the history begins has no past and is not tested, nor is one that nobody had in all of
it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np

from healthtrends.detect.farrington_flexible import FarringtonFlexible
from healthtrends.detect.left_out import outbreak_days
from healthtrends.detect.multiple_tests import benjamini_hochberg
from healthtrends.detect.series import FloatArray, Series
from healthtrends.icd.edition import Edition
from healthtrends.model.epi_week import EpiWeek, WeekSystem, epi_week
from healthtrends.model.history import History
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.model.syndrome import Syndrome

WEEK = 7
ANY_WEEK = 1
"""Running number of the first week: only the distance of two weeks matters."""
_LAST_WEEKDAY = {"mmwr": 5, "iso": 6}
Level = Literal["diagnosis", "syndrome"]
Name = tuple[Level, str]


class WeekAlarm(NamedTuple):
    """A code or syndrome that had more patients than its season has."""

    level: Level
    code: str
    observed: int
    expected: float
    upper: float
    p: float
    q_bh: float
    """Share of false ones among the alarms up to it."""


@dataclass(frozen=True, slots=True)
class AlarmsOfWeek:
    """The list of one week."""

    week: EpiWeek
    first: dt.date
    last: dt.date
    answer: Literal["tested", "too_short", "missing"]
    """too_short: the history does not reach back to the first season. missing: too few days are known."""
    weeks: int
    """Known weeks before it."""
    tested: int = 0
    untested: int = 0
    alarms: Sequence[WeekAlarm] = ()
    """The smallest p first."""


def last_day(date: dt.date, system: WeekSystem) -> dt.date:
    """Find the last day of the newest week that is over at the end of a date."""
    return date - dt.timedelta(days=(date.weekday() - _LAST_WEEKDAY[system]) % WEEK)


def days_read(detector: FarringtonFlexible) -> int:
    """Days of the history that a test reads, those of the tested week among them."""
    return WEEK * (detector.first + 1)


def alarms_of_week(
    history: History,
    detector: FarringtonFlexible,
    system: WeekSystem,
    edition: Edition,
    syndromes: Sequence[Syndrome] = (),
    outbreaks: Sequence[KnownOutbreak] = (),
) -> AlarmsOfWeek:
    """Test the last week of a history, which ends with it; its days are `days_read` or fewer."""
    last = history.dates[-1]
    names, counts = _by_week(history, detector.first + 1, edition, syndromes)
    is_known = np.asarray(np.isfinite(counts).any(axis=1))
    found = AlarmsOfWeek(
        epi_week(last, system), last - dt.timedelta(days=WEEK - 1), last, "tested", int(is_known[:-1].sum())
    )
    if not is_known[-1]:
        return replace(found, answer="missing")
    if not is_known[: 2 * detector.w + 1].any():
        return replace(found, answer="too_short", untested=len(names))
    begin = last - dt.timedelta(days=WEEK * len(counts) - 1)
    left_out = outbreak_days(outbreaks, begin, [code for _, code in names], len(counts), step=WEEK)
    limits = detector.detect(Series(ANY_WEEK, [code for _, code in names], counts, left_out=left_out))
    p = np.where(np.isfinite(limits.upper[-1]), limits.p_value[-1], np.nan)
    q, tested = benjamini_hochberg(p), int(np.isfinite(p).sum())
    alarms = [
        WeekAlarm(
            *names[place],
            int(counts[-1, place]),
            float(limits.expected[-1, place]),
            float(limits.upper[-1, place]),
            float(p[place]),
            float(q[place]),
        )
        for place in np.flatnonzero(limits.alarm[-1]).tolist()
    ]
    alarms.sort(key=lambda each: (each.p, each.level, each.code))
    return replace(found, tested=tested, untested=len(names) - tested, alarms=alarms)


def _by_week(
    history: History, weeks: int, edition: Edition, syndromes: Sequence[Syndrome]
) -> tuple[list[Name], FloatArray]:
    """Names, and weeks x names; NaN: the week is missing, or the code was not valid yet."""
    codes = list(history.patients)
    days = np.full((WEEK * weeks, 1 + len(codes)), np.nan)
    known = np.array([history.visits, *history.patients.values()], float).T  # None becomes NaN
    days[len(days) - len(known) :] = known
    by_day = days.reshape(weeks, WEEK, -1)
    known_days = np.isfinite(by_day[:, :, 0]).sum(axis=1)
    counts = np.nansum(by_day[:, :, 1:], axis=1)
    ordinary = np.median(known_days[known_days > 0]) if known_days.any() else 1
    sums = [counts[:, [place for place, code in enumerate(codes) if code in each]] for each in syndromes]
    counts = np.column_stack([counts, *(each.sum(axis=1) for each in sums)])
    begin = history.dates[-1] - dt.timedelta(days=len(days) - 1)
    validity = edition.validity
    for place, code in enumerate(codes):
        if validity is not None and validity.status(code, begin) == "invalid":
            counts[:-1, place] = np.nan
    counts[known_days < ordinary] = np.nan
    of_codes: list[Name] = [("diagnosis", code) for code in codes]
    return [*of_codes, *(("syndrome", each.name) for each in syndromes)], counts
