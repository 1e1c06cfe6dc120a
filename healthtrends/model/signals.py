"""Signals of a date: alarms and trends of series of codes, as plain values.

`healthtrends.detect.day_signals` finds them, the reports `alarms` and `trends` print them.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

Stratum = Literal["age_group", "gender", "facility", "region"]
"""What the patients of a full code are told apart by."""
Level = Literal["diagnosis", "category", "block", "chapter", "syndrome"] | Stratum
STRATA: Final[tuple[Stratum, ...]] = get_args(Stratum)
LEVELS: Final[tuple[Level, ...]] = ("diagnosis", "category", "block", "chapter", "syndrome", *STRATA)
"""From the narrowest; `diagnosis` is a full code, `syndrome` a set of codes of the configuration."""

Severity = Literal["high", "medium", "low"]
SEVERITIES: Final[tuple[Severity, ...]] = ("high", "medium", "low")
"""high: unusual even among all series of the date (Holm). medium: of the alarms up to it few are false by
Benjamini and Hochberg. low: unusual for this series alone."""

Answer = Literal["tested", "quiet_feed", "too_short", "missing"]
"""tested: series were tested. quiet_feed: they were, but the date has far fewer visits than its weekday has.
too_short: too few days before the date are known. missing: no record ever came for the date."""


@dataclass(frozen=True, slots=True)
class SeriesAlarm:
    """One entry of a date's list: a series that is above what is usual; counts of patients."""

    level: Level
    code: str
    title: str
    """In English; empty: none is known."""
    detector: str
    observed: int
    expected: float | None
    """What the baseline leads to expect; None: the detector does not say."""
    upper: int
    """Greatest count of the date that would be no alarm."""
    p: float | None
    """Chance of such a count in usual times; None: the detector gives none."""
    p_holm: float | None
    """The same, adjusted for all series that were tested (Holm 1979)."""
    q_bh: float | None
    """Share of false ones among the alarms with at most this p (Benjamini and Hochberg 1995)."""
    severity: Severity
    since: dt.date
    """First day of the unbroken run of alarms that ends with the date."""
    reason: str
    """One sentence."""


@dataclass(frozen=True, slots=True)
class SeriesTrend:
    """Where a series is going; sums of patients over the observed ones of some days."""

    level: Level
    code: str
    title: str
    trend: str
    """increase, decrease, stable, insufficient."""
    slope: float | None
    """Change of the log odds a day, over 12 days; None: there is none to give."""
    slope_low: float | None
    slope_high: float | None
    """Its 95 % interval."""
    days_7: int
    """Observed ones of the 7 days that end with the date; the next likewise."""
    sum_7: int
    days_28: int
    sum_28: int
    now: int
    """Of the last 7 days, those whose weekday a week before is known too."""
    before: int
    """Of these weekdays a week before."""
    change_low: float | None
    change_high: float | None
    """95 % interval of `now / before`, as a ratio; None: nothing is known or there was nobody."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What the detectors say of one date."""

    answer: Answer = "missing"
    alarms: Sequence[SeriesAlarm] = ()
    """The most severe first; a total order."""
    trends: Sequence[SeriesTrend] = ()
    """By level and code."""
    tested: int = 0
    """Series that were tested."""
    untested: int = 0
    """Series of which too little is known, among them codes that are younger than a baseline."""
    days: int = 0
    """Days before the date that baselines are made of: observed, and no quiet feed."""


NO_SIGNALS: Final = Signals()
