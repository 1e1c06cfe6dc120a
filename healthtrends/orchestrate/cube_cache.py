"""The cubes of one run: found, or made by one pass of the engine over a date's records.

The engine is used by one thread, which goes on to the next dates of the plan while cubes are written and
reports are made and published: those mostly wait for HDFS.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import NamedTuple, Protocol

from healthtrends import __version__
from healthtrends.analyze import cube_tables
from healthtrends.errors import DamageFound, EngineFailed, HdfsUnavailable
from healthtrends.model.day_totals import DayTotals
from healthtrends.observe import event
from healthtrends.orchestrate.history import DayTables
from healthtrends.orchestrate.input_digests import Inputs, check_record_files
from healthtrends.orchestrate.views import Views
from healthtrends.storage.cubes import CubeHead, Cubes, CubeSource, CubeUnusable
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.cubes import cube_faults

_AHEAD = 3
"""Dates that may be under way beside the one that is waited for."""


@dataclass(frozen=True, slots=True)
class MeasuredDay:
    """What an engine found in a date's records."""

    figures: DayTotals
    tables: Mapping[str, bytes]
    """Parquet files of the cube by name."""
    engine: str
    engine_version: str


class _Made(NamedTuple):
    """A date whose records were read."""

    measured: MeasuredDay
    source: CubeSource | None
    """None: it has no records, so it gets no cube."""
    head: "Future[CubeHead] | None" = None
    """Its cube, once that is written; None: nothing is on the way."""


class Analyst(Protocol):
    """Measures dates on some engine."""

    def measure(self, paths: Sequence[str], date: dt.date) -> MeasuredDay:
        """Read the record files `paths` of `date`; without any, no engine starts. Raises EngineFailed."""
        ...


class DayCubes:
    """Cubes of the dates at one commit number; close it when done."""

    def __init__(
        self,
        log: CommitLog,
        state: State,
        inputs: Inputs,
        cubes: Cubes,
        views: Views,
        analyst: Callable[[], Analyst],
    ) -> None:
        """Ask for the `analyst` only when records are to be read."""
        self._views = views
        self.cubes = cubes
        self._log = log
        self._state = state
        self._inputs = inputs
        self._analyst = analyst
        self._found: dict[dt.date, CubeHead | None] = {}
        self._content = cubes.content
        self._plan: deque[dt.date] = deque()
        self._jobs: dict[dt.date, Future[_Made]] = {}
        self._unsettled: dict[dt.date, _Made] = {}
        self._engine = ThreadPoolExecutor(1, "measure")
        self._writers = ThreadPoolExecutor(_AHEAD, "cubes")

    def close(self) -> None:
        """Wait for what is under way; nothing else is begun."""
        for pool in (self._engine, self._writers):
            pool.shutdown(cancel_futures=True)

    @contextmanager
    def remembered(self) -> Iterator[None]:
        """Inside, small tables that are read are remembered: neighbouring dates read the same days."""
        self._content = TableMemory(self.cubes).content
        try:
            yield
        finally:
            self._content = self.cubes.content

    def find(self, dates: Iterable[dt.date]) -> dict[dt.date, CubeHead]:
        """Cubes that are there and fit, of the observed ones of `dates`; one line for each that does not."""
        dates = list(dates)
        wanted = [date for date in dates if date not in self._found]
        self._found |= zip(wanted, self.cubes.pool.map(self._standing, wanted), strict=True)
        return {date: head for date in dates if (head := self._found[date]) is not None}

    def missing(self, dates: Sequence[dt.date]) -> list[dt.date]:
        """Those of `dates` that have records and no cube that fits."""
        there = self.find(dates)
        return [date for date in dates if self._inputs.digest(date) and date not in there]

    def uncounted(self) -> list[dt.date]:
        """Dates that have records which no cube holds, in order; heads of cubes are not read."""
        found = ((date, self._inputs.digest(date)) for date in map(dt.date.fromisoformat, self._state.files))
        held = [(date, digest) for date, digest in found if digest is not None]
        there = self.cubes.pool.map(lambda each: self.cubes.is_there(*each), held)
        return [date for (date, _), is_there in zip(held, there, strict=True) if not is_there]

    def check_files(self, dates: Sequence[dt.date]) -> None:
        """Raise DamageFound when record files of the dates are gone; a cube would stand in for them."""
        check_record_files(self._log, self._state, dates)

    def plan(self, dates: Iterable[dt.date]) -> None:
        """Make the cubes of these next, some ahead of the one that is asked for."""
        self._plan = deque(sorted(dates))

    def make(self, date: dt.date) -> MeasuredDay:
        """Read the date's records; its cube is on the way until it is settled.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        self._begin(date)
        while self._plan and len(self._jobs) <= _AHEAD:
            self._begin(self._plan.popleft())
        made = self._jobs.pop(date).result()
        if made.source is not None:
            self._unsettled[date] = made
        return made.measured

    def settle(self, date: dt.date) -> None:
        """Wait for the cube of a date that was made; without any, there is nothing to do.

        Raises HdfsUnavailable; another call writes it again.
        """
        made = self._unsettled.get(date)
        if made is None or made.source is None:
            return
        written = made.head or self._write(made.source, made.measured)
        self._unsettled[date] = made._replace(head=None)
        self._found[date] = written.result()
        del self._unsettled[date]

    def mend(self, date: dt.date) -> bool:
        """Make what is damaged or gone of a date's cube on record again; True when anything was.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        recorded = self._state.cubes.get(date.isoformat())
        if recorded is None or not self._inputs.digest(date):
            return False
        wrong = cube_faults(self.cubes, self._log.layout, date.isoformat(), recorded, cube_tables.SHOWN)
        if not wrong:
            return False
        head = self.find([date]).get(date)
        shown = {self._log.layout.cube_table(date, name): name for name in cube_tables.SHOWN}
        if head is not None and all(path in shown for path, _ in wrong):
            wanted = [shown[path] for path, _ in wrong]
            exact = {name: self.cubes.content(head, name) for name in wanted}
            self.cubes.show(head, self._views.cube_tables(exact))
        else:
            self.make(date)
            self.settle(date)
        return True

    def tables(self, dates: Iterable[dt.date]) -> dict[dt.date, DayTables]:
        """Give what is known of the observed ones of `dates`, also of cubes that are not settled."""
        wanted = list(dates)
        heads = self.find(date for date in wanted if date not in self._unsettled)
        there = {
            date: DayTables(head.totals, head.tables, partial(self._content, head))
            for date, head in heads.items()
        }
        coming = {
            date: DayTables(cube_tables.totals(day.figures), day.tables, day.tables.__getitem__)
            for date, (day, *_) in self._unsettled.items()
        }
        return {date: found for date in wanted if (found := coming.get(date) or there.get(date))}

    def _begin(self, date: dt.date) -> None:
        if date in self._plan:
            self._plan.remove(date)
        if date not in self._jobs:
            self._jobs[date] = self._engine.submit(self._made, date)

    def _made(self, date: dt.date) -> _Made:
        measured = self._measured(date)
        digest = self._inputs.digest(date)
        if digest is None:
            return _Made(measured, None)
        source = CubeSource(date, self._state.seq, digest, measured.engine, measured.engine_version)
        return _Made(measured, source, self._write(source, measured))

    def _write(self, source: CubeSource, measured: MeasuredDay) -> "Future[CubeHead]":
        totals = cube_tables.totals(measured.figures)
        exact = {name: measured.tables[name] for name in cube_tables.SHOWN if name in measured.tables}
        shown = self._views.cube_tables(exact)
        return self._writers.submit(self.cubes.write, source, totals, measured.tables, shown)

    def read(self, head: CubeHead) -> MeasuredDay:
        """Give what the cube holds, but for the patients. Raises CubeUnusable."""
        names = cube_tables.FIGURE_TABLES
        contents = self.cubes.pool.map(lambda name: self._content(head, name), names)
        tables = dict(zip(names, contents, strict=True))
        return MeasuredDay(cube_tables.figures(tables, head.totals), tables, head.engine, head.engine_version)

    def reject(self, unusable: CubeUnusable) -> None:
        """Say that a cube is made again, and forget it."""
        self._found[unusable.date] = None
        event("cube.remade", date=unusable.date.isoformat(), reason=unusable.what)

    def _standing(self, date: dt.date) -> CubeHead | None:
        digest = self._inputs.digest(date)
        if digest is None:
            return None
        try:
            head = self.cubes.find(date, digest, self._state.cubes.get(date.isoformat()))
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
    return state.files.facts(date).lines


def _moved(date: dt.date) -> HdfsUnavailable:
    return HdfsUnavailable(f"files of {date} were compacted while they were read")


_MOST_BYTES = 64_000_000


class TableMemory:
    """Reads tables of cubes, each once while there is room for it; what did not fit is read again."""

    def __init__(self, cubes: Cubes, most_bytes: int = _MOST_BYTES) -> None:
        self._cubes = cubes
        self._room = most_bytes
        self._lock = Lock()
        self._known: dict[tuple[str, str], bytes] = {}

    def content(self, head: CubeHead, table: str) -> bytes:
        """One table as it was written. Raises CubeUnusable when it is not."""
        place = (head.folder, table)
        found = self._known.get(place)
        if found is None:
            found = self._cubes.content(head, table)
            with self._lock:
                if place not in self._known and len(found) <= self._room:
                    self._known[place] = found
                    self._room -= len(found)
        return found
