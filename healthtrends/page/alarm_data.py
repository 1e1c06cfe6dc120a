"""Alarms of a date as plain values: what the page shows first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmCurve:
    """Days in a row that end with the date; all sequences are as long as `dates`.

    What is known today: the entry of the list is what was published.
    """

    dates: Sequence[dt.date]
    observed: Sequence[int | None]
    """Patients; None: nothing is known of the day."""
    expected: Sequence[float | None]
    """None: the day was not tested."""
    upper: Sequence[int | None]
    """Greatest count that would be no alarm."""
    is_alarm: Sequence[bool]
    is_known: Sequence[bool]
    """Days of a known outbreak, which baselines leave out."""
    baseline: int
    """Days of the baseline of the last day, which ends `guard` days before it."""
    guard: int
    genders: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Patients by `men`, `women`; empty: they are not kept for this series."""
    ages: Mapping[str, Sequence[int | None]] = field(default_factory=dict)
    """Patients by group of ages, youngest first; empty as `genders`."""
    last_year: "LastYear | None" = None
    """None: a day of either week is not known."""

    @property
    def baseline_begin(self) -> int:
        """Place of the first day of the baseline."""
        return max(0, self.baseline_end - self.baseline)

    @property
    def baseline_end(self) -> int:
        """Place after its last day."""
        return max(0, len(self.dates) - 1 - self.guard)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastYear:
    """Seven days that end on the same weekday, 52 weeks before, and those that end with the date."""

    now: int
    then: int
    until: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What somebody said of an alarm."""

    kind: str
    """ack, note or known."""
    by: str
    at: dt.datetime
    date: dt.date
    """Day of the alarm that it was said of."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEntry:
    """One entry of the list, as it was published."""

    level: str
    code: str
    title: str
    detector: str
    observed: int
    expected: float | None
    upper: int
    severity: str
    since: dt.date
    days: int
    """Days in alarm, the date among them."""
    p: float | None
    also: Sequence[tuple[str, str]] = ()
    """Level and code of the series that the entry stands for too."""
    curve: AlarmCurve | None = None
    """None: the cubes of its days are not there."""
    remarks: Sequence[Remark] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmList:
    """All entries of a date, the most severe first, and what was asked of which series."""

    entries: Sequence[AlarmEntry]
    answer: str
    """tested, quiet_feed, too_short or missing."""
    detector: str
    parameters: Mapping[str, str]
    tested: int
    untested: int
    days: int
    """Days before the date that baselines are made of."""
