"""Alarms of detectors: codes whose counts are unusual on a date, and what says so."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.comparison import Comparison


@dataclass(frozen=True, slots=True)
class Alarm:
    """One code that rose or fell."""

    detector: str
    """Name of the detector."""
    date: dt.date
    """Last day that it looked at."""
    code: str
    score: float
    """How strong it is: positive for a rise, negative for a fall."""
    signal: Comparison
    """The comparison that makes it an alarm."""
    evidence: tuple[Comparison, ...] = ()
    """All comparisons that were looked at, that of the date first."""


@dataclass(frozen=True, slots=True)
class Detection:
    """Alarms of all detectors for a date."""

    alarms: Sequence[Alarm] = ()
    """The strongest rise first, the strongest fall last; ties by code."""
    judged: int = 0
    """Codes that enough days are known of to say anything; 0: nothing can be said."""

    def risen(self, most: int) -> list[Alarm]:
        """First `most` codes that rose."""
        return [alarm for alarm in self.alarms if alarm.score > 0][:most]

    def fallen(self, most: int) -> list[Alarm]:
        """First `most` codes that fell, the strongest fall first."""
        return [alarm for alarm in reversed(self.alarms) if alarm.score < 0][:most]


NOTHING_FOUND = Detection()
"""No detector was asked."""


def in_order(alarms: Sequence[Alarm]) -> list[Alarm]:
    """Sort alarms totally: the strongest rise first, ties by code and detector."""
    return sorted(alarms, key=lambda alarm: (-alarm.score, alarm.code, alarm.detector))
