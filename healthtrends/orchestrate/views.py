"""Views of dates for an audience: the one way from exact numbers to what is published.

Pages, exports, the index and the tables for other programs take their numbers from here. Nothing that
publishes reads cubes or day totals itself; an import contract in pyproject.toml holds that.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from healthtrends.model.annotation import Annotation
from healthtrends.model.day_totals import DayTotals
from healthtrends.model.epi_week import WeekSystem
from healthtrends.model.history import History, PlaceVisits
from healthtrends.orchestrate.alarm_curves import AlarmCurves, Key
from healthtrends.orchestrate.history import (
    CachedDays,
    read_compared_days,
    read_facilities,
    read_history,
    read_places,
)
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.page.alarm_data import AlarmCurve
from healthtrends.publish.exports import exports
from healthtrends.publish.issue_manifest import Issue
from healthtrends.release.policy import INTERNAL, DateView, Policy, view_date
from healthtrends.reports.report import Report
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.state import State

FACILITY_DAYS = 28
"""Days of which a page shows what each facility sent."""


class Views:
    """Views for one audience, at one state of the log."""

    def __init__(
        self,
        state: State,
        cubes: Cubes,
        policy: Policy,
        weeks: WeekSystem = "mmwr",
        finder: SignalFinder | None = None,
    ) -> None:
        """`weeks` are those that exports name; without a `finder` alarms have no curves."""
        self._state = state
        self._cubes = cubes
        self._policy = policy
        self._weeks = weeks
        self._curves = AlarmCurves(state, cubes, finder) if finder is not None else None
        self._cached: CachedDays = {}
        self._by_facility: dict[dt.date, Mapping[str, int]] = {}
        self._by_place: dict[dt.date, Mapping[str, Mapping[str, int]]] = {}

    def cache_day(self, date: dt.date, totals: DayTotals) -> None:
        """Keep the counts of a date, whose cube may still be on its way to HDFS."""
        self._cached[date] = totals.visits, {row.diagnosis: row.patients for row in totals.diagnoses}

    def of_issue(self, issue: Issue, reports: Mapping[str, Report], days: int) -> DateView:
        """Give the view of an issue with the history of the last `days` days. Raises HdfsUnavailable."""
        history = self._history(issue.date, days)
        if "facilities" in reports and reports["facilities"].rows:
            history = replace(history, facilities=self._facilities(history.dates))
        if "places" in reports and reports["places"].rows:
            history = replace(history, places=self._places(history))
        return view_date(self._policy, issue.date, reports, history)

    @property
    def annotations(self) -> Sequence[Annotation]:
        """What people said of outbreaks and alarms."""
        return self._state.annotations

    def alarm_curves(self, date: dt.date, wanted: Sequence[Key]) -> Mapping[Key, AlarmCurve]:
        """Give the curves of alarms; only the house itself sees them, as they are exact."""
        if self._curves is None or self._policy.audience != INTERNAL.audience:
            return {}
        return self._curves.of_date(date, wanted)

    def history(self, last: dt.date, days: int) -> History:
        """Give the `days` days that end with `last`. Raises HdfsUnavailable."""
        return self._policy.history(self._history(last, days))

    def exports(self, issue: Issue, reports: Mapping[str, Report]) -> dict[str, bytes]:
        """Make the tables of an issue in other forms, by `exports/name`."""
        return exports(issue, self._policy.reports(reports), self._weeks)

    def compared_days(self, issue: Issue) -> dict[int, Mapping[str, int]]:
        """Read the counts that `top_diagnoses` of an issue is compared with; see `read_compared_days`."""
        return read_compared_days(self._cubes, InputDigests(self._state), issue.source)

    def cube_tables(self, exact: Mapping[str, bytes]) -> Mapping[str, bytes]:
        """Give the tables of a date for other programs, as Parquet by name."""
        return self._policy.cube_tables(exact)

    def _history(self, last: dt.date, days: int) -> History:
        """Read the days up to `last`, without those before the first record: no feed was expected then."""
        return _trimmed(read_history(self._state, self._cubes, last, days, self._cached))

    def _facilities(self, dates: Sequence[dt.date]) -> dict[str, list[int | None]]:
        """Records by facility of the last days of a history; None on those before."""
        shown = dates[-FACILITY_DAYS:]
        new = [date for date in shown if date not in self._by_facility]
        found = zip(new, read_facilities(self._state, self._cubes, new), strict=True)
        self._by_facility.update({date: counts for date, counts in found if counts is not None})
        days = [self._by_facility.get(date) for date in shown]
        before: list[int | None] = [None] * (len(dates) - len(shown))
        return {name: before + counts for name, counts in _by_name(days).items()}

    def _places(self, history: History) -> PlaceVisits:
        """Visits by place of all days of a history; where no record names any place, all visits name none."""
        new = [date for date in history.dates if date not in self._by_place]
        found = zip(new, read_places(self._state, self._cubes, new), strict=True)
        self._by_place.update({date: counts for date, counts in found if counts is not None})
        days = [self._by_place.get(date) for date in history.dates]
        levels = sorted({level for counts in days if counts is not None for level in counts})
        return {
            level: _by_name(
                [
                    None if counts is None else counts.get(level, {"": visits or 0})
                    for counts, visits in zip(days, history.visits, strict=True)
                ]
            )
            for level in levels
        }


def _by_name(days: Sequence[Mapping[str, int] | None]) -> dict[str, list[int | None]]:
    """Counts of each day by name, as those of each name by day."""
    names = sorted({name for counts in days if counts is not None for name in counts})
    return {name: [None if counts is None else counts.get(name, 0) for counts in days] for name in names}


def _trimmed(history: History) -> History:
    first = next((place for place, state in enumerate(history.states) if state != "none"), 0)
    return History(
        history.dates[first:],
        history.states[first:],
        history.visits[first:],
        {code: counts[first:] for code, counts in history.patients.items()},
    )
