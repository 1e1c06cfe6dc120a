"""Alarms of many dates, as they are known now, or as they were known at each date.

What was published is given as it was published. Of a date of which nothing was, the alarms are found by the
present settings, from the records, remarks and known outbreaks that had come; nothing is published.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from healthtrends import clock
from healthtrends.model.annotation import Annotation, said_until
from healthtrends.orchestrate.alarm_list import (
    NOT_SEPARABLE,
    AlarmsOfDate,
    find_published,
    list_alarms,
    read_published,
)
from healthtrends.orchestrate.annotations import make_finder
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import days_before
from healthtrends.orchestrate.past_days import NotSeparable, PastDays
from healthtrends.publish.issue_store import Issues
from healthtrends.reports import alarms
from healthtrends.reports.report import encode_cell
from healthtrends.storage.log import CommitLog


class AlarmRange:
    """Lists as of one state of the log and the days before it."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues) -> None:
        self._dependencies = dependencies
        self._issues = issues
        self._state = log.read_state()
        self._past = PastDays(dependencies, log, self._state)
        self._finder = make_finder(dependencies, self._state.annotations)

    def lists(
        self, dates: Sequence[dt.date], code: str | None = None, days_after: int | None = None
    ) -> Iterator[AlarmsOfDate]:
        """Give the list of each date.

        `days_after`: as it was known at the end of that many days after each date; None: as it is now.
        Raises DamageFound, EngineFailed, HdfsUnavailable.
        """
        for date in dates:
            then = None if days_after is None else date + dt.timedelta(days=days_after)
            yield self._of_date(date, code, then)

    def _of_date(self, date: dt.date, code: str | None, then: dt.date | None) -> AlarmsOfDate:
        end = None if then is None else clock.end_of_day(then, self._dependencies.settings.source.timezone)
        said = self._state.annotations if end is None else said_until(self._state.annotations, end)
        issue = find_published(self._issues, date, end)
        if issue is not None:
            return read_published(self._issues, issue, said, code)
        return self._find(date, code, then, said)

    def _find(
        self, date: dt.date, code: str | None, then: dt.date | None, said: Sequence[Annotation]
    ) -> AlarmsOfDate:
        try:
            days = self._past.tables([*days_before(date, alarms.REACH), date], then)
        except NotSeparable:
            return AlarmsOfDate(date, None, "found now", NOT_SEPARABLE, [])
        # What a finder has read of days is of one moment.
        finder = self._finder if then is None else make_finder(self._dependencies, said)
        signals = finder.find(self._dependencies.pool, days, date)
        names = alarms.REPORT.column_names
        rows = [dict(zip(names, map(encode_cell, row), strict=True)) for row in alarms.rows(date, signals)]
        return AlarmsOfDate(date, None, "found now", signals.answer, list_alarms(rows, date, said, code))
