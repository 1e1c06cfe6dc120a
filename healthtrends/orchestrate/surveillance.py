"""Questions about alarms and nowcasts beyond a published list: ranges, weeks, and how good they were.

NumPy and SciPy are loaded when something is evaluated, not by every command.
"""

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING

from healthtrends.orchestrate.alarm_range import AlarmRange
from healthtrends.orchestrate.annotations import Annotations
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.views import Views
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog

if TYPE_CHECKING:
    from healthtrends.detect.history_evaluation import HistoryRates
    from healthtrends.detect.week_alarms import AlarmsOfWeek
    from healthtrends.orchestrate.nowcast_evaluation import PastNowcasts


class Surveillance:
    """Reads the stored history of one root; nothing is written."""

    def __init__(
        self,
        dependencies: Dependencies,
        log: CommitLog,
        issues: Issues,
        annotations: Annotations,
        views: Callable[[], Views],
    ) -> None:
        self._dependencies = dependencies
        self._log = log
        self._issues = issues
        self._annotations = annotations
        self._views = views

    def open_range(self) -> AlarmRange:
        """Open the alarms of many dates, at the present state of the log. Raises HdfsUnavailable."""
        return AlarmRange(self._dependencies, self._log, self._issues)

    def alarms_of_week(self, date: dt.date, detector: str, years: int) -> "AlarmsOfWeek":
        """Find the alarms of the newest week that is over at the end of a date. Raises HdfsUnavailable."""
        from healthtrends.orchestrate.week_history import find_week_alarms

        outbreaks = self._annotations.known_days().outbreaks
        return find_week_alarms(self._dependencies, self._views(), outbreaks, date, (detector, years))

    def evaluate_alarms(self, last: dt.date, replicates: int, seed: int) -> "HistoryRates | None":
        """Judge the settings of the alarms by the history up to a date; None: it is too short.

        Days that no run has counted are not known. Raises HdfsUnavailable.
        """
        from healthtrends.orchestrate.alarm_history import DAYS, evaluate_alarms
        from healthtrends.orchestrate.signals import make_rules

        rules = make_rules(self._dependencies.alarms)
        return evaluate_alarms(self._views().history(last, DAYS), rules, replicates, seed)

    def evaluate_nowcasts(self) -> "PastNowcasts":
        """Score the nowcasts of the past, as they would have been. Raises HdfsUnavailable."""
        from healthtrends.orchestrate.nowcast_evaluation import evaluate_nowcasts

        return evaluate_nowcasts(self._log.read_state())
