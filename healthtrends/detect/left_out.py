"""Days that baselines leave out, as arrays beside those of a series: known outbreaks, and holidays."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from healthtrends.detect.day_series import DaySeries, SeriesName
from healthtrends.detect.series import BoolArray, Series
from healthtrends.model.known_days import NOTHING_KNOWN, Holiday, KnownDays, KnownOutbreak
from healthtrends.model.signals import STRATA


def mark_known_days(series: Series, known: KnownDays) -> Series:
    """Mark the days of a daily series that baselines leave out; the counts stay as they are."""
    if isinstance(series.first, int):
        raise TypeError("running weeks have no days")
    return replace(
        series,
        left_out=outbreak_days(known.outbreaks, series.first, series.codes, len(series.counts)),
        holidays=holiday_days(known.holidays, series.first, len(series.counts)),
    )


def outbreak_days(
    outbreaks: Sequence[KnownOutbreak], first: dt.date, codes: Sequence[str], days: int, *, step: int = 1
) -> BoolArray | None:
    """Days x codes of known outbreaks; None: there are none.

    `step`: days of a row, the first of which begins on `first`; a week of one such day is left out.
    """
    found = np.zeros((days, len(codes)), bool)
    for outbreak in outbreaks:
        begin = max(0, (outbreak.first - first).days // step)
        end = days if outbreak.last is None else (outbreak.last - first).days // step + 1
        covered = [place for place, code in enumerate(codes) if outbreak.covers(code)] if begin < end else []
        found[begin : max(begin, end), covered] = True
    return found if found.any() else None


def holiday_days(holidays: Sequence[Holiday], first: dt.date, days: int) -> BoolArray | None:
    """Which days are holidays; None: there are none."""
    found = np.zeros(days, bool)
    places = [(each.date - first).days for each in holidays]
    found[[place for place in places if 0 <= place < days]] = True
    return found if found.any() else None


def mark_series_of_date(day: DaySeries, known: KnownDays) -> DaySeries:
    """Do so with the series of a date: codes and categories by themselves, syndromes by their codes."""
    first, days = day.patients.first, len(day.patients.counts)
    if isinstance(first, int) or known == NOTHING_KNOWN:
        return day
    marked = replace(
        day.patients,
        left_out=_of_names(day, known.between(first, day.dates[-1]).outbreaks, first),
        holidays=holiday_days(known.holidays, first, days),
    )
    return replace(day, patients=marked)


def _of_names(day: DaySeries, outbreaks: Sequence[KnownOutbreak], first: dt.date) -> BoolArray | None:
    found = np.zeros(day.patients.counts.shape, bool)
    for outbreak in outbreaks:
        marked = outbreak_days([outbreak], first, [outbreak.code], len(found))
        covered = [place for place, name in enumerate(day.names) if _covers(outbreak, name)]
        if marked is not None:
            found[:, covered] |= marked
    return found if found.any() else None


def _covers(outbreak: KnownOutbreak, name: SeriesName) -> bool:
    if name.level == "syndrome" or name.level in STRATA:
        return any(map(outbreak.covers, name.members))
    return name.level in ("diagnosis", "category") and outbreak.covers(name.code)
