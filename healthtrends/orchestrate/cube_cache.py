"""Cache of the cubes of one run: found on HDFS, or computed by one pass of the engine over a date's records.

One thread uses the engine. It goes on to the next dates of the plan while cubes are written and reports are
made and published: those mostly wait for HDFS.
"""

import datetime as dt
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple

from healthtrends import __version__
from healthtrends.analyze import cube_tables
from healthtrends.observe import event
from healthtrends.orchestrate.day_cube import CheckedComputer, DayComputer, DayCube
from healthtrends.orchestrate.history import DayTables
from healthtrends.orchestrate.input_digests import InputDigests, check_record_files
from healthtrends.orchestrate.table_cache import TableCache
from healthtrends.orchestrate.views import Views
from healthtrends.storage.cube_head import CubeHead, CubeSource, CubeUnusable
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.verify.cubes import cube_faults

_AHEAD = 3
"""Dates that may be under way beside the one that is waited for."""


class _PendingCube(NamedTuple):
    """A cube that was computed, and may not be written yet."""

    cube: DayCube
    source: CubeSource | None
    """None: the date has no records, so no cube is written."""
    head: "Future[CubeHead] | None" = None
    """Result of the write; None: no write is under way."""


class CubeCache:
    """Cubes of the dates at one commit number; close it when done."""

    def __init__(
        self,
        log: CommitLog,
        state: State,
        inputs: InputDigests,
        cubes: Cubes,
        views: Views,
        day_computer: Callable[[], DayComputer],
    ) -> None:
        """`day_computer` is called only when records are to be read."""
        self._views = views
        self.cubes = cubes
        self._log = log
        self._state = state
        self._inputs = inputs
        self._computer = CheckedComputer(log, state, day_computer)
        self._needed = cube_tables.NEEDED
        self._found: dict[dt.date, CubeHead | None] = {}
        self._content = cubes.content
        self._plan: deque[dt.date] = deque()
        self._jobs: dict[dt.date, Future[_PendingCube]] = {}
        self._pending: dict[dt.date, _PendingCube] = {}
        self._engine = ThreadPoolExecutor(1, "engine")
        self._writers = ThreadPoolExecutor(_AHEAD, "cubes")

    def need(self, tables: Iterable[str]) -> None:
        """Make cubes again that are without these tables."""
        self._needed |= {*tables}

    def close(self) -> None:
        """Wait for what is under way; nothing else is begun."""
        for pool in (self._engine, self._writers):
            pool.shutdown(cancel_futures=True)

    @contextmanager
    def caching_tables(self) -> Iterator[None]:
        """Keep small tables in memory inside the block: neighbouring dates read the same days."""
        self._content = TableCache(self.cubes).content
        try:
            yield
        finally:
            self._content = self.cubes.content

    def find(self, dates: Iterable[dt.date]) -> dict[dt.date, CubeHead]:
        """Find the cubes of `dates` that can be used; one log line for each that cannot."""
        dates = list(dates)
        wanted = [date for date in dates if date not in self._found]
        self._found |= zip(wanted, self.cubes.pool.map(self._find_usable, wanted), strict=True)
        return {date: head for date in dates if (head := self._found[date]) is not None}

    def missing(self, dates: Sequence[dt.date]) -> list[dt.date]:
        """Find those of `dates` that have records and no cube that can be used."""
        found = self.find(dates)
        expired = self._state.expired  # of these none can be made again
        return [
            date
            for date in dates
            if self._inputs.digest(date) and date not in found and date.isoformat() not in expired
        ]

    def uncounted(self) -> list[dt.date]:
        """Find the dates that have records which no cube holds, in order; heads of cubes are not read."""
        found = ((date, self._inputs.digest(date)) for date in map(dt.date.fromisoformat, self._state.files))
        held = [(date, digest) for date, digest in found if digest is not None]
        have_cube = self.cubes.pool.map(lambda each: self.cubes.is_there(*each), held)
        return [date for (date, _), has_cube in zip(held, have_cube, strict=True) if not has_cube]

    def check_files(self, dates: Sequence[dt.date]) -> None:
        """Raise DamageFound when record files of the dates are gone; a cube would stand in for them."""
        check_record_files(self._log, self._state, dates)

    def plan(self, dates: Iterable[dt.date]) -> None:
        """Set the dates to compute next, some ahead of the one that is asked for."""
        self._plan = deque(sorted(dates))

    def compute(self, date: dt.date) -> DayCube:
        """Compute the cube of a date; it is written in the background, see `await_write`.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        self._begin(date)
        while self._plan and len(self._jobs) <= _AHEAD:
            self._begin(self._plan.popleft())
        pending = self._jobs.pop(date).result()
        if pending.source is not None:
            self._pending[date] = pending
        return pending.cube

    def await_write(self, date: dt.date) -> None:
        """Wait until the computed cube of a date is written; without one, there is nothing to do.

        Raises HdfsUnavailable; another call writes it again.
        """
        pending = self._pending.get(date)
        if pending is None or pending.source is None:
            return
        written = pending.head or self._write(pending.source, pending.cube)
        self._pending[date] = pending._replace(head=None)
        self._found[date] = written.result()
        del self._pending[date]

    def repair(self, date: dt.date) -> bool:
        """Write what is damaged or missing of a date's recorded cube again; True when anything was.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        recorded = self._state.cubes.get(date.isoformat())
        if recorded is None or date.isoformat() in self._state.expired or not self._inputs.digest(date):
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
            self.compute(date)
            self.await_write(date)
        return True

    def tables(self, dates: Iterable[dt.date]) -> dict[dt.date, DayTables]:
        """Give the tables of the cubes of `dates`, also of those that are not written yet."""
        wanted = list(dates)
        heads = self.find(date for date in wanted if date not in self._pending)
        written = {
            date: DayTables(head.totals, head.tables, partial(self._content, head))
            for date, head in heads.items()
        }
        pending = {
            date: DayTables(cube_tables.totals(cube.totals), cube.tables, cube.tables.__getitem__)
            for date, (cube, *_) in self._pending.items()
        }
        return {date: found for date in wanted if (found := pending.get(date) or written.get(date))}

    def _begin(self, date: dt.date) -> None:
        if date in self._plan:
            self._plan.remove(date)
        if date not in self._jobs:
            self._jobs[date] = self._engine.submit(self._compute, date)

    def _compute(self, date: dt.date) -> _PendingCube:
        cube = self._computer.compute(date)
        digest = self._inputs.digest(date)
        if digest is None:
            return _PendingCube(cube, None)
        source = CubeSource(
            date, self._state.seq, digest, cube.engine, cube.engine_version, self._inputs.codes
        )
        return _PendingCube(cube, source, self._write(source, cube))

    def _write(self, source: CubeSource, cube: DayCube) -> "Future[CubeHead]":
        totals = cube_tables.totals(cube.totals)
        exact = {name: cube.tables[name] for name in cube_tables.SHOWN if name in cube.tables}
        shown = self._views.cube_tables(exact)
        return self._writers.submit(self.cubes.write, source, totals, cube.tables, shown)

    def read(self, head: CubeHead) -> DayCube:
        """Read a cube without its patients. Raises CubeUnusable."""
        names = cube_tables.FIGURE_TABLES
        contents = self.cubes.pool.map(lambda name: self._content(head, name), names)
        tables = dict(zip(names, contents, strict=True))
        return DayCube(cube_tables.figures(tables, head.totals), tables, head.engine, head.engine_version)

    def reject(self, unusable: CubeUnusable) -> None:
        """Log that a cube will be computed again, and drop it."""
        self._found[unusable.date] = None
        event("cube.remade", date=unusable.date.isoformat(), reason=unusable.what)

    def _find_usable(self, date: dt.date) -> CubeHead | None:
        digest = self._inputs.digest(date)
        if digest is None:
            return None
        try:
            head = self.cubes.find(date, digest, self._state.cubes.get(date.isoformat()))
        except CubeUnusable as unusable:
            self.reject(unusable)
            return None
        why = None if head is None else self._why_unusable(head)
        if why is not None:
            self.reject(CubeUnusable(date, why))
            return None
        return head

    def _why_unusable(self, head: CubeHead) -> str | None:
        """Why a cube that is whole is made again; None: it is not. Of an expired date none can be made."""
        is_final = head.date.isoformat() in self._state.expired
        # Without a table that was asked for later, the figures of a date that expired are still its figures.
        if not head.tables.keys() >= ({*cube_tables.FIGURE_TABLES} if is_final else self._needed):
            return "it was made with fewer tables"
        if is_final:
            return None
        if head.program_version != __version__:
            return f"it is of program version {head.program_version}"
        return f"its codes are grouped as in {head.codes}" if head.codes != self._inputs.codes else None
