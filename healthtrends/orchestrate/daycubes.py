"""The cubes of one run: found, or made by one pass of the engine over a date's records."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from healthtrends import __version__
from healthtrends.analyze import cube
from healthtrends.analyze.figures import DayFigures
from healthtrends.errors import DamageFound, EngineFailed, HdfsUnavailable
from healthtrends.observe import event
from healthtrends.orchestrate.inputs import Inputs
from healthtrends.storage.cubes import CubeHead, Cubes, CubeSource, CubeUnusable
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """What an engine found in a date's records."""

    figures: DayFigures
    tables: Mapping[str, bytes]
    """Parquet files of the cube by name."""
    engine: str
    engine_version: str


class Analyst(Protocol):
    """Measures dates on some engine."""

    def measure(self, paths: Sequence[str], date: dt.date) -> MeasuredDay:
        """Read the record files `paths` of `date`; without any, no engine starts. Raises EngineFailed."""
        ...


class DayCubes:
    """Cubes of the dates at one commit number."""

    def __init__(
        self, log: CommitLog, state: State, inputs: Inputs, cubes: Cubes, analyst: Callable[[], Analyst]
    ) -> None:
        """Ask for the `analyst` only when records are to be read."""
        self.cubes = cubes
        self._log = log
        self._state = state
        self._inputs = inputs
        self._analyst = analyst
        self._found: dict[dt.date, CubeHead] = {}

    def find(self, dates: Iterable[dt.date]) -> dict[dt.date, CubeHead]:
        """Cubes that are there and fit, of the observed ones of `dates`; one line for each that does not."""
        wanted = [date for date in dates if date not in self._found]
        found = zip(wanted, self.cubes.calls.map(self._standing, wanted), strict=True)
        self._found |= {date: head for date, head in found if head is not None}
        return {date: self._found[date] for date in dates if date in self._found}

    def missing(self, dates: Sequence[dt.date]) -> list[dt.date]:
        """Those of `dates` that have records and no cube that fits."""
        there = self.find(dates)
        return [date for date in dates if self._inputs.digest(date) and date not in there]

    def make(self, date: dt.date) -> MeasuredDay:
        """Read the date's records and write its cube. Raises EngineFailed, HdfsUnavailable, DamageFound."""
        measured = self._measured(date)
        digest = self._inputs.digest(date)
        if digest is not None:
            source = CubeSource(date, self._state.seq, digest, measured.engine, measured.engine_version)
            totals = cube.totals(measured.figures)
            self._found[date] = self.cubes.write(source, totals, measured.tables, cube.SHOWN)
        return measured

    def read(self, head: CubeHead) -> MeasuredDay:
        """Give what the cube holds, but for the patients. Raises CubeUnusable."""
        tables = {name: self.cubes.content(head, name) for name in cube.FIGURE_TABLES}
        return MeasuredDay(cube.figures(tables, head.totals), tables, head.engine, head.engine_version)

    def reject(self, unusable: CubeUnusable) -> None:
        """Say that a cube is made again, and forget it."""
        self._found.pop(unusable.date, None)
        event("cube.remade", date=unusable.date.isoformat(), reason=unusable.what)

    def _standing(self, date: dt.date) -> CubeHead | None:
        digest = self._inputs.digest(date)
        if digest is None:
            return None
        try:
            head = self.cubes.find(date, digest)
        except CubeUnusable as unusable:
            self.reject(unusable)
            return None
        if head is not None and head.program_version != __version__:
            self.reject(CubeUnusable(date, f"it is of program version {head.program_version}"))
            return None
        return head

    def _measured(self, date: dt.date) -> MeasuredDay:
        """Measure, and compare with the log: a file that is gone is no error to every engine, but no rows."""
        paths = self._state.paths(date.isoformat())
        located = self._log.locate(paths)
        try:
            measured = self._analyst().measure(located, date)
        except EngineFailed as failure:
            if self._log.locate(paths) != located:
                raise _moved(date) from failure
            raise
        stored = stored_lines(self._state, date.isoformat())
        if measured.figures.lines != stored:
            if self._log.locate(paths) != located:
                raise _moved(date)
            raise DamageFound(
                f"the engine read {measured.figures.lines:,} of the {stored:,} lines stored for {date}",
                "a record file is missing or was changed",
                f"`healthtrends verify {date}` names it; nothing was published",
            )
        return measured


def stored_lines(state: State, date: str) -> int:
    """Lines stored for a visit date."""
    return sum(file.lines for file in state.files.get(date, {}).values())


def _moved(date: dt.date) -> HdfsUnavailable:
    return HdfsUnavailable(f"files of {date} were compacted while they were read")
