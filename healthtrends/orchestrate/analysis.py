"""Gathers what the reports of a date are made from: its cube, and the cubes of the days before it.

Cubes that are missing are computed first.
"""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from healthtrends.model.day_totals import PriorDays
from healthtrends.model.signals import Signals
from healthtrends.observe import counted, progress
from healthtrends.orchestrate.cube_cache import CubeCache
from healthtrends.orchestrate.day_cube import DayCube
from healthtrends.orchestrate.history import read_prior_days
from healthtrends.orchestrate.input_digests import days_before
from healthtrends.orchestrate.signals import SignalFinder
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.reports.registry import longest_look_back
from healthtrends.storage.cube_head import CubeUnusable


class ReportBasis(NamedTuple):
    """What the reports of a date are made from."""

    cube: DayCube
    """Of the date itself."""
    prior: PriorDays
    signals: Signals


class Analysis:
    """Reads or computes the cubes of one run."""

    def __init__(self, cubes: CubeCache, steps: Steps, signals: SignalFinder) -> None:
        self._cubes = cubes
        self._signals = signals
        self._steps = steps
        self._computed = 0
        """Cubes of days before, so far."""

    def plan(self, dates: Sequence[dt.date], *, again: bool) -> None:
        """Set the dates that `analyze` will be called for, so that their cubes are computed ahead.

        Raises HdfsUnavailable, and DamageFound when files of dates to read or publish are missing.
        Nothing is published then.
        """
        if not dates:
            return
        needed = {day for date in dates for day in days_before(date, longest_look_back())} | {*dates}
        missing = self._steps.run("read cubes", lambda _: self._cubes.missing(sorted(needed)))
        wanted = sorted({*missing, *dates})
        self._steps.run("look for record files", lambda _: self._cubes.check_files(wanted))
        self._cubes.plan({*missing, *(dates if again else ())})

    def analyze(self, date: dt.date, *, again: bool) -> ReportBasis:
        """Compute the missing cubes and gather them; `again`: compute the date's own cube in any case.

        The date's own cube may still be on its way to HDFS; the caller waits for it before it publishes.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        window = list(days_before(date, longest_look_back()))
        if self._cubes.missing(window):
            self._steps.run("make cubes", partial(self._compute, window), date, lambda: self._computed)
        return self._steps.run("analyze", lambda _: self._read_basis(date, again=again), date)

    def analyze_windows(self, dates: Sequence[dt.date]) -> dict[dt.date, ReportBasis]:
        """As `analyze`, for dates that have cubes, as one step: tables they share are read once.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        windows = sorted({day for date in dates for day in days_before(date, longest_look_back())})
        if self._cubes.missing(windows):
            self._steps.run("make cubes", partial(self._compute, windows), progress=lambda: self._computed)

        def work(step: StepRecord) -> dict[dt.date, ReportBasis]:
            step.note = counted(len(dates), "date")
            return {date: self._read_basis(date, again=False) for date in dates}

        with self._cubes.caching_tables():
            return self._steps.run("analyze windows", work)

    def count(self, dates: Sequence[dt.date]) -> None:
        """Compute the cubes of dates, for the curves and comparisons of others; no reports.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        self._steps.run("look for record files", lambda _: self._cubes.check_files(dates))
        self._cubes.plan(dates)
        self._steps.run("make cubes", partial(self._compute, dates), progress=lambda: self._computed)

    def _compute(self, dates: Sequence[dt.date], step: StepRecord) -> None:
        """Compute the missing cubes; the step's note names the current date, in case it fails."""
        missing = self._cubes.missing(dates)
        with progress("counting earlier dates", len(missing), "dates") as bar:
            for day in missing:
                step.note = day.isoformat()
                self._cubes.compute(day)
                self._cubes.await_write(day)
                self._computed += 1
                bar.advance()
        step.note = f"{len(missing)} made"

    def _read_basis(self, date: dt.date, *, again: bool) -> ReportBasis:
        cube = self._cubes.compute(date) if again else self._read_or_compute(date)
        return ReportBasis(cube, *self._days_before(date))

    def _read_or_compute(self, date: dt.date) -> DayCube:
        head = self._cubes.find([date]).get(date)
        if head is not None:
            try:
                return self._cubes.read(head)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
        return self._cubes.compute(date)

    def _days_before(self, date: dt.date) -> tuple[PriorDays, Signals]:
        """Read the days before; a cube found to be damaged only now is computed again."""
        dates, pool = [*days_before(date, longest_look_back()), date], self._cubes.cubes.pool
        while True:
            try:
                days = self._cubes.tables(dates)
                return read_prior_days(pool, days, date), self._signals.find(pool, days, date)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
                self._cubes.compute(unusable.date)
