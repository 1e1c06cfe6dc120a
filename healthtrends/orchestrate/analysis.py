"""One date's reports from cubes: its own, made first when it must be, and those of the days before."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from healthtrends.analyze.day import make_reports
from healthtrends.analyze.figures import DayFigures, Past
from healthtrends.observe import progress
from healthtrends.orchestrate import history
from healthtrends.orchestrate.daycubes import DayCubes, MeasuredDay
from healthtrends.orchestrate.inputs import LONGEST, days_before
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.storage.cubes import CubeUnusable


@dataclass(frozen=True, slots=True)
class AnalysedDay:
    """All reports of a date and what made them."""

    reports: Mapping[str, bytes]
    """CSV by report name."""
    figures: DayFigures
    """What they were made from, but for the days before."""
    engine: str
    """Name of the engine that gave the numbers."""
    engine_version: str

    @property
    def input_records(self) -> int:
        """Lines read."""
        return self.figures.lines


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
        needed = {day for date in dates for day in days_before(date, LONGEST)} | {*dates}
        missing = self._steps.run("read cubes", lambda _: self._cubes.missing(sorted(needed)))
        wanted = sorted({*missing, *dates})
        self._steps.run("look for record files", lambda _: self._cubes.check_files(wanted))
        self._cubes.plan({*missing, *(dates if again else ())})

    def analyse(self, date: dt.date, *, again: bool) -> AnalysedDay:
        """Make what cubes are missing, then the reports; `again`: the date's own cube even if it is there.

        The date's own cube need not be settled when the reports are made; whoever publishes them settles it.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        window = list(days_before(date, LONGEST))
        if self._cubes.missing(window):
            self._steps.run("make cubes", partial(self._make, window), date, lambda: self._made)
        return self._steps.run("analyze", lambda _: self._analysed(date, again=again), date)

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
        past = self._past(date)
        reports = make_reports(date, measured.figures, past).csv
        return AnalysedDay(reports, measured.figures, measured.engine, measured.engine_version)

    def _measured(self, date: dt.date) -> MeasuredDay:
        """Read the date's cube, or make it."""
        head = self._cubes.find([date]).get(date)
        if head is not None:
            try:
                return self._cubes.read(head)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
        return self._cubes.make(date)

    def _past(self, date: dt.date) -> Past:
        """Read the days before; a cube found to be damaged only now is made again."""
        dates = [*days_before(date, LONGEST), date]
        while True:
            try:
                return history.past(self._cubes.cubes.pool, self._cubes.tables(dates), date)
            except CubeUnusable as unusable:
                self._cubes.reject(unusable)
                self._cubes.make(unusable.date)
