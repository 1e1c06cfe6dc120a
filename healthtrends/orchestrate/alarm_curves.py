"""Curves of alarms for a page: what each of the last days was held against, and the same week last year.

They are computed when a page is made, from the cubes that are there and the detector that is configured; the
entry of the list is what was published.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import TYPE_CHECKING

from healthtrends.analyze import code_ages
from healthtrends.analyze.cube_tables import gender_counts
from healthtrends.model.day_totals import AGE_GROUPS
from healthtrends.orchestrate.history import DayTables, read_tables
from healthtrends.orchestrate.input_digests import days_before
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.page.alarm_data import AlarmCurve, LastYear
from healthtrends.reports.alarms import REACH
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.state import State

if TYPE_CHECKING:
    from healthtrends.detect.day_limits import DayLimits
    from healthtrends.detect.day_series import DaySeries
    from healthtrends.detect.series import FloatArray

SHOWN = 31
"""Days of a curve."""
YEAR = dt.timedelta(days=364)
"""52 weeks: the same weekdays."""
WEEK = 7
Key = tuple[str, str]
"""Level and code of a series."""


class AlarmCurves:
    """Curves as of one state of the log."""

    def __init__(self, state: State, cubes: Cubes, finder: SignalFinder) -> None:
        self._state = state
        self._cubes = cubes
        self._finder = finder

    def of_date(self, date: dt.date, wanted: Sequence[Key]) -> Mapping[Key, AlarmCurve]:
        """Compute those of some series, as far as their days are counted. Raises HdfsUnavailable."""
        if not wanted:
            return {}
        from healthtrends.detect.day_limits import day_limits

        dates = [*days_before(date, REACH + SHOWN - 1), date]
        week = [date - YEAR - dt.timedelta(days=back) for back in range(WEEK - 1, -1, -1)]
        tables = read_tables(self._state, self._cubes, [*week, *dates])
        series = self._finder.series(self._cubes.pool, tables, dates)
        columns = {key: place for place, key in enumerate(_keys(series)) if key in wanted}
        if not columns:
            return {}
        limits = day_limits(series, self._finder.rules, list(columns.values()), SHOWN)
        year_ago = self._finder.series(self._cubes.pool, tables, week)
        parts = _Parts(
            tables, dates[-SHOWN:], sorted(code for level, code in columns if level == "diagnosis")
        )
        found = {}
        for place, (key, column) in enumerate(columns.items()):
            curve = self._curve(series, limits, column, place)
            level, code = key
            found[key] = replace(
                curve,
                genders=parts.genders(code) if level == "diagnosis" else {},
                ages=parts.ages(code) if level == "diagnosis" else {},
                last_year=_last_year(series, year_ago, key, week[-1]),
            )
        return found

    def _curve(self, series: "DaySeries", limits: "DayLimits", column: int, place: int) -> AlarmCurve:
        patients, days = series.patients, len(limits.alarm)
        is_known = (
            patients.left_out[-days:, column].tolist() if patients.left_out is not None else [False] * days
        )
        expected = [None if isnan(value) else value for value in limits.expected[:, place].tolist()]
        upper = limits.upper[:, place].tolist()
        return AlarmCurve(
            dates=series.dates[-days:],
            observed=_whole(patients.counts[-days:, column]),
            expected=expected,
            upper=[None if value is None else limit for value, limit in zip(expected, upper, strict=True)],
            is_alarm=limits.alarm[:, place].tolist(),
            is_known=is_known,
            baseline=self._finder.baseline.length,
            guard=self._finder.baseline.guard,
        )


def _keys(series: "DaySeries") -> list[Key]:
    return [(name.level, name.code) for name in series.names]


def _whole(counts: "FloatArray") -> list[int | None]:
    return [None if isnan(count) else int(count) for count in counts.tolist()]


class _Parts:
    """Patients of codes on some days by gender and by age."""

    def __init__(
        self, tables: Mapping[dt.date, DayTables], dates: Sequence[dt.date], codes: Sequence[str]
    ) -> None:
        self._dates = dates
        known = {day: tables[day] for day in dates if codes and day in tables}
        self._genders = {day: gender_counts(found.content("diagnosis")) for day, found in known.items()}
        # A cube of an earlier version has no ages.
        self._ages = {
            day: code_ages.groups_of_codes(found.content(code_ages.TABLE), codes)
            for day, found in known.items()
            if code_ages.TABLE in found.names
        }

    def genders(self, code: str) -> Mapping[str, Sequence[int | None]]:
        """Men and women."""
        read = self._genders
        days = [read[day].get(code, (0, 0)) if day in read else (None, None) for day in self._dates]
        men, women = zip(*days, strict=True)
        return {"men": men, "women": women}

    def ages(self, code: str) -> Mapping[str, Sequence[int | None]]:
        """By group of ages; empty: of no day they are known."""
        read, unknown = self._ages, [None] * len(AGE_GROUPS)
        if not read:
            return {}
        days = [read[day][code] if day in read else unknown for day in self._dates]
        return dict(zip(AGE_GROUPS, zip(*days, strict=True), strict=True))


def _last_year(series: "DaySeries", year_ago: "DaySeries", key: Key, until: dt.date) -> LastYear | None:
    """Sum up both weeks; None: a day of either is not known, or nobody was looked at then."""
    now = series.patients.counts[-WEEK:, _keys(series).index(key)]
    names = _keys(year_ago)
    if any(map(isnan, [*year_ago.visits, *now])):
        return None
    then = float(year_ago.patients.counts[:, names.index(key)].sum()) if key in names else 0.0
    return None if isnan(then) else LastYear(now=int(now.sum()), then=int(then), until=until)
