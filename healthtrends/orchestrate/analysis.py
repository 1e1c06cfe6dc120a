"""One date's reports from cubes: its own, made first when it must be, and those of the days before."""

import datetime as dt
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from healthtrends.model.day_totals import PriorDays
from healthtrends.observe import progress
from healthtrends.orchestrate import history
from healthtrends.orchestrate.cube_cache import DayCubes, MeasuredDay
from healthtrends.orchestrate.input_digests import days_before
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.reports.registry import longest_look_back
from healthtrends.storage.cubes import CubeUnusable


class AnalysedDay(NamedTuple):
    """What the reports of a date are made from."""

    measured: MeasuredDay
    """The date's own totals, and the engine that gave them."""
    prior: PriorDays


class Analysis:
    """Makes reports for one run."""

    def __init__(self, cubes: DayCubes, steps: Steps) -> None:
        self._cubes = cubes
        self._steps = steps
        self._made = 0
        """Cubes of days before, so far."""

    def plan(self, dates: Sequence[dt.date], *, again: bool) -> None:
        """Say for which dates `analyse` will be called, so that their cubes are made ahead.

        Raises HdfsUnavailable, and DamageFound when record files of any of them are gone, or of days before
        that are to be read: before the first date is published.
        """
        if not dates:
            return
        needed = {day for date in dates for day in days_before(date, longest_look_back())} | {*dates}
        missing = self._steps.run("read cubes", lambda _: self._cubes.missing(sorted(needed)))
        wanted = sorted({*missing, *dates})
        self._steps.run("look for record files", lambda _: self._cubes.check_files(wanted))
        self._cubes.plan({*missing, *(dates if again else ())})

    def analyse(self, date: dt.date, *, again: bool) -> AnalysedDay:
        """Make what cubes are missing, then the reports; `again`: the date's own cube even if it is there.

        The date's own cube need not be settled when the reports are made; whoever publishes them settles it.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        window = list(days_before(date, longest_look_back()))
        if self._cubes.missing(window):
            self._steps.run("make cubes", partial(self._make, window), date, lambda: self._made)
        return self._steps.run("analyze", lambda _: self._analysed(date, again=again), date)

    def analyse_windows(self, dates: Sequence[dt.date]) -> dict[dt.date, AnalysedDay]:
        """As `analyse`, for dates whose own cubes are there, as one step: tables they share are read once.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        windows = sorted({day for date in dates for day in days_before(date, longest_look_back())})
        if self._cubes.missing(windows):
            self._steps.run("make cubes", partial(self._make, windows), progress=lambda: self._made)

        def work(step: StepRecord) -> dict[dt.date, AnalysedDay]:
            step.note = f"{len(dates)} dates"
            return {date: self._analysed(date, again=False) for date in dates}

        with self._cubes.remembered():
            return self._steps.run("analyze windows", work)

    def count(self, dates: Sequence[dt.date]) -> None:
        """Make the cubes of dates, for the curves and comparisons of others; no reports.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        self._steps.run("look for record files", lambda _: self._cubes.check_files(dates))
        self._cubes.plan(dates)
        self._steps.run("make cubes", partial(self._make, dates), progress=lambda: self._made)

    def _make(self, dates: Sequence[dt.date], step: StepRecord) -> None:
        """Make what is still missing; the step's note names the date it is at, in case it fails."""
        missing = self._cubes.missing(dates)
        with progress("counting earlier dates", len(missing), "dates") as bar:
            for day in missing:
                step.note = day.isoformat()
                self._cubes.make(day)
                self._cubes.settle(day)
                self._made += 1
                bar.advance()
        step.note = f"{len(missing)} made"

    def _analysed(self, date: dt.date, *, again: bool) -> AnalysedDay:
        measured = self._cubes.make(date) if again else self._measured(date)
        return AnalysedDay(measured, self._prior_days(date))

    def _measured(self, date: dt.date) -> MeasuredDay:
        """Read the date's cube, or make it."""
        head = self._cubes.find([date]).get(date)
        if head is not None:
            try:
                return self._cubes.read(head)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
        return self._cubes.make(date)

    def _prior_days(self, date: dt.date) -> PriorDays:
        """Read the days before; a cube found to be damaged only now is made again."""
        dates = [*days_before(date, longest_look_back()), date]
        while True:
            try:
                return history.prior_days(self._cubes.cubes.pool, self._cubes.tables(dates), date)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
                self._cubes.make(unusable.date)
