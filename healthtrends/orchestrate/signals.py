"""Finds the signals of dates: reads their series from cubes, and asks the configured detector.

It reads `REACH` days before a date, and the date itself. Days are decoded once for neighbouring dates.
"""

import datetime as dt
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from healthtrends.config.alarms import Alarms
from healthtrends.errors import ConfigError, UsageError
from healthtrends.icd.edition import Edition
from healthtrends.model.known_days import NOTHING_KNOWN, KnownDays
from healthtrends.model.signals import NO_SIGNALS, STRATA, Signals
from healthtrends.model.syndrome import Syndrome
from healthtrends.orchestrate.history import DayTables
from healthtrends.orchestrate.input_digests import days_before
from healthtrends.publish.issue_manifest import DetectionSource
from healthtrends.reports.alarms import REACH
from healthtrends.storage.store_pool import StorePool

if TYPE_CHECKING:
    from healthtrends.analyze.code_counts import DayCounts
    from healthtrends.detect.day_series import DaySeries
    from healthtrends.detect.evidence import Baseline
    from healthtrends.detect.triage import Rules

_DAYS_KEPT = 96


class SignalFinder:
    """Alarms and trends by one configuration, at one state of the log."""

    def __init__(
        self, settings: Alarms, edition: Edition, least_visits: float, known: KnownDays = NOTHING_KNOWN
    ) -> None:
        """`least_visits`: share of the usual visits of a weekday below which the feed was quiet.

        `known`: days that baselines leave out.
        """
        self._settings = settings
        self._known = known
        self._least_visits = least_visits
        self._edition = edition
        self._strata = [each for each in STRATA if each in settings.levels]
        self._days: OrderedDict[dt.date, DayCounts] = OrderedDict()

    def find(self, pool: StorePool, days: Mapping[dt.date, DayTables], date: dt.date) -> Signals:
        """Find the signals of `date`; `days` are the observed ones. Raises CubeUnusable."""
        if date not in days:
            return NO_SIGNALS
        from healthtrends.detect.day_signals import find_signals

        series, is_quiet = self._build(pool, days, [*days_before(date, REACH), date])
        return find_signals(series, self.rules, is_quiet=is_quiet)

    def series(
        self, pool: StorePool, days: Mapping[dt.date, DayTables], dates: Sequence[dt.date]
    ) -> "DaySeries":
        """Give all series of `dates`, with the days that baselines leave out. Raises CubeUnusable."""
        return self._build(pool, days, dates)[0]

    @property
    def tables(self) -> frozenset[str]:
        """Tables of cubes that series are made of."""
        from healthtrends.analyze.code_strata import TABLES

        return frozenset({"diagnosis", "group", *(TABLES[each] for each in self._strata)})

    @property
    def rules(self) -> "Rules":
        """Detector and thresholds."""
        return make_rules(self._settings)

    @property
    def baseline(self) -> "Baseline":
        """Baseline of the detector."""
        from healthtrends.detect.evidence import baseline_of

        return baseline_of(self.rules.detector)

    def _build(
        self, pool: StorePool, days: Mapping[dt.date, DayTables], dates: Sequence[dt.date]
    ) -> "tuple[DaySeries, bool]":
        """Put the series of `dates` together, and say whether the feed was quiet on the last one."""
        import numpy as np

        from healthtrends.detect.feed import quiet_days
        from healthtrends.detect.left_out import mark_series_of_date
        from healthtrends.orchestrate.code_series import SeriesBuilder

        self._read(pool, {each: days[each] for each in dates if each in days})
        counts = [self._days[each] if each in days else None for each in dates]
        visits = np.array([np.nan if each is None else each.visits for each in counts], float)
        quiet = quiet_days(visits, self._least_visits)
        settings = self._settings
        builder = SeriesBuilder(settings.levels, read_syndromes(settings), self._edition)
        series = builder.build(dates, counts, quiet)
        return mark_series_of_date(series, self._known), bool(quiet[-1])

    def source(self, signals: Signals, date: dt.date) -> DetectionSource:
        """Say how the signals of a date were found, for the issue."""
        settings, first = self._settings, date - dt.timedelta(days=REACH)
        known = self._known.between(first, date)
        return DetectionSource(
            answer=signals.answer,
            detector=settings.detector,
            parameters=settings.parameters,
            measure=settings.measure,
            levels=settings.levels,
            min_count=settings.min_count,
            max_p=settings.max_p,
            max_q=settings.max_q,
            syndromes=settings.syndromes,
            tested=signals.tested,
            untested=signals.untested,
            days=signals.days,
            known_outbreaks=tuple(
                f"{each.code} {each.first} {each.last or ''}".strip() for each in known.outbreaks
            ),
            holidays=tuple(each.date.isoformat() for each in known.holidays),
        )

    def _read(self, pool: StorePool, days: Mapping[dt.date, DayTables]) -> None:
        """Decode the days that are not there yet; the longest unused are dropped."""
        from healthtrends.analyze.code_counts import day_counts

        new = [date for date in days if date not in self._days]
        wanted = [(date, table) for date in new for table in self.tables if table in days[date].names]
        contents = pool.map(lambda each: days[each[0]].content(each[1]), wanted)
        read: dict[dt.date, dict[str, bytes]] = {date: {} for date in new}
        for (date, table), content in zip(wanted, contents, strict=True):
            read[date][table] = content
        for date in days:
            if date in self._days:
                self._days.move_to_end(date)
            else:
                self._days[date] = day_counts(read[date], days[date].totals["visits"][0], self._strata)
        while len(self._days) > _DAYS_KEPT:
            self._days.popitem(last=False)


def make_rules(settings: Alarms) -> "Rules":
    """Make detector and thresholds. Raises ConfigError for parameters that do not fit."""
    from healthtrends.detect.alarm_rule import AlarmRule
    from healthtrends.detect.evidence import baseline_of
    from healthtrends.detect.series_registry import make_series_detector
    from healthtrends.detect.triage import Rules

    try:
        detector = make_series_detector(settings.detector, settings.parameters)
    except UsageError as error:
        raise ConfigError(f"alarms.parameters: {error.what}", error.why, "Correct or remove it.") from error
    reach = baseline_of(detector).reach
    if reach > REACH:
        raise ConfigError(
            "alarms.parameters: the baseline begins too early",
            f"baseline and guard have {reach} days, reports read {REACH}",
            "Make one of them shorter; `healthtrends detect` has no such limit.",
        )
    rule = AlarmRule(settings.min_count, settings.max_p, settings.max_q)
    return Rules(detector, rule, settings.measure == "percent_of_visits")


def read_syndromes(settings: Alarms) -> list[Syndrome]:
    """Read the sets of codes. Raises ConfigError."""
    found = []
    for name, patterns in settings.syndromes.items():
        try:
            found.append(Syndrome(name, patterns))
        except ValueError as error:
            raise ConfigError(
                f"alarms.syndromes.{name} = {patterns!r} is not allowed",
                str(error),
                "Write codes parted by blanks, such as J09* J10* -J10.8.",
            ) from error
    return found


def check_alarms(settings: Alarms) -> None:
    """Refuse what no detector takes, before anything starts. Raises ConfigError."""
    read_syndromes(settings)
    if settings.parameters:
        make_rules(settings)
