"""What a run writes down of each date: what it did, failed gates, quiet facilities, new alarms."""

import datetime as dt
from collections.abc import Sequence

from healthtrends import clock
from healthtrends.observe import event, measure
from healthtrends.orchestrate.alarm_news import NewAlarm
from healthtrends.orchestrate.day_cube import stored_lines
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.run_records import DateResult, RunRecord
from healthtrends.publish.issue_manifest import Issue, Provenance
from healthtrends.reports.facilities import quiet_facilities
from healthtrends.reports.quality.limits import failed_lines
from healthtrends.reports.report import Report
from healthtrends.storage.state import State


class DateNotes:
    """Adds to the record of one run, and to the metrics."""

    def __init__(
        self, record: RunRecord, state: State, inputs: InputDigests, dependencies: Dependencies
    ) -> None:
        self._record = record
        self._state = state
        self._inputs = inputs
        self._limits = dependencies.quality
        self._zone = dependencies.settings.source.timezone

    def date(self, date: dt.date, action: str, issue: Issue | None) -> None:
        """Note what was done with a date, whose newest issue this is."""
        self._record.dates.append(
            DateResult(
                date=date,
                action=action,
                issue=issue.number if issue else None,
                records=stored_lines(self._state, date.isoformat()),
                state=self._inputs.report_state(issue, clock.today(self._zone)),
            )
        )

    def published(self, source: Provenance, issue: Issue) -> None:
        """Note an issue that was published, by this run or by another for the same reason."""
        action = "published" if issue.source.run_id == source.run_id else "up to date"
        self.date(source.date, action, issue)

    def plan(self, date: dt.date, reason: str | None, newest: Issue | None) -> None:
        """Note what would be done, for a dry run."""
        self.date(date, f"would publish ({reason})" if reason else "up to date", newest)

    def gates(self, date: dt.date, quality: Report) -> None:
        """Note the lines of a published report that fail a gate of the present settings."""
        if failed := failed_lines(quality, self._limits):
            self._record.gates[date.isoformat()] = failed

    def quiet(self, date: dt.date, report: Report) -> None:
        """Note facilities that send less than usual; before the date is over nobody can say."""
        quiet = quiet_facilities(report, self._limits)
        is_over = clock.now() >= clock.end_of_day(date, self._zone)
        if is_over:
            measure("facilities.quiet", date=date, facilities=len(quiet))
        if quiet and is_over:
            self._record.quiet_facilities[date.isoformat()] = quiet
            event("quality.quiet_facilities", date=date.isoformat(), facilities=len(quiet))

    def alarms(self, new: Sequence[NewAlarm]) -> None:
        """Note alarms for the alert hook; another attempt finds them noted."""
        self._record.new_alarms += [each for each in new if each not in self._record.new_alarms]
