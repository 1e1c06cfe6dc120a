"""What a report may be made from: one value for all makers. No engine, no I/O."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from healthtrends.config.quality import Quality
from healthtrends.icd.edition import Edition, icd10cm
from healthtrends.model.day_totals import DayTotals, PriorDays
from healthtrends.model.nowcast import Nowcast
from healthtrends.model.signals import NO_SIGNALS, Signals


@dataclass(frozen=True, slots=True)
class IntakeCounts:
    """What came in for a date besides its records: counts of messages, unless named otherwise."""

    rejected: Mapping[str, int] | None = field(default_factory=dict)
    """By reason; None: a file of the quarantine cannot be read."""
    undated: int = 0
    """Those of them whose date could not be read."""
    unknown_fields: int = 0
    """Fields dropped in the batches that brought records of the date."""
    offsets: int = 0
    """Offsets that these batches read."""
    resolved: Mapping[str, int] | None = None
    """Counts of visits whose records were computed from facts, by metric; None: there are none."""
    rejected_by_facility: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Those of them that name a facility, by facility and reason."""
    hidden: int = 0
    """Offsets of the topic that an open transaction hid from the run, whatever date they are of."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    """One date, and all that is known for its reports."""

    date: dt.date
    totals: DayTotals
    """Of the date itself."""
    prior: PriorDays = field(default_factory=PriorDays)
    """Of the days before."""
    intake: IntakeCounts | None = None
    """None: only the stored lines are known; `quality` then holds what these tell."""
    limits: Quality = field(default_factory=Quality)
    """Limits that `quality` judges by."""
    usual_lines: Sequence[int] = ()
    """Lines stored of the observed ones of the same weekday of the 4 weeks before."""
    ends_at: dt.datetime | None = None
    """Moment at which the date ends at the place; None: midnight in UTC."""
    edition: Edition = field(default_factory=icd10cm)
    """Tables of the system of the codes."""
    signals: Signals = NO_SIGNALS
    """What the detectors found."""
    nowcast: Nowcast = ()
    """Of the date and the open days before it; empty: only the stored lines of the date are known."""

    @property
    def end(self) -> dt.datetime:
        """Moment at which the date ends."""
        return self.ends_at or dt.datetime.combine(self.date + dt.timedelta(days=1), dt.time(), dt.UTC)
