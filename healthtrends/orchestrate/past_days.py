"""Cubes of dates as they were at the end of an earlier day, for alarms of that day.

The log says which record files came on which clock date. Where all of a date had come, its cube is there;
where some had, the engine reads these. A file that maintenance merged of several days cannot be taken apart,
and of records computed from facts the log does not say when the facts came. Of a date whose records have
expired its cube is left, and nobody knows since when.
"""

import datetime as dt
from collections.abc import Sequence

from healthtrends.analyze import cube_tables
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.history import DayTables, read_tables
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State


class NotSeparable(Exception):
    """Nobody can tell which lines of a date had come: files were merged since, or have expired."""


class PastDays:
    """Cubes as of one state of the log and the days before it; nothing is written."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, state: State) -> None:
        self._dependencies = dependencies
        self._log = log
        self._state = state
        self._cubes = Cubes(dependencies.pool, dependencies.layout)
        self._computed: dict[tuple[str, ...], DayTables] = {}

    def tables(self, dates: Sequence[dt.date], then: dt.date | None) -> dict[dt.date, DayTables]:
        """Give those of dates at the end of the day `then`, None: now; a date without records is left out.

        Raises NotSeparable, EngineFailed, HdfsUnavailable, DamageFound.
        """
        final = [date for date in dates if date.isoformat() in self._state.expired]
        if final and then is not None:
            raise NotSeparable
        known = {date: paths for date in dates if date not in final and (paths := self._known(date, then))}
        whole = [date for date, paths in known.items() if paths == self._state.paths(date.isoformat())]
        found = read_tables(self._state, self._cubes, [*final, *whole])
        return found | {date: self._compute(date, known[date]) for date in known if date not in found}

    def _known(self, date: dt.date, then: dt.date | None) -> tuple[str, ...]:
        """Record files of a date that had come, sorted."""
        files = self._state.files.get(date.isoformat(), {})
        if then is None:
            return tuple(sorted(files))
        known, last = [], then.isoformat()
        for path, file in files.items():
            had_come = {day <= last for day in file.received or ()}
            if len(had_come) != 1:
                raise NotSeparable
            if True in had_come:
                known.append(path)
        return tuple(sorted(known))

    def _compute(self, date: dt.date, paths: tuple[str, ...]) -> DayTables:
        if paths not in self._computed:
            cube = self._dependencies.day_computer().compute(self._log.locate(paths), date)
            self._computed[paths] = DayTables(
                cube_tables.totals(cube.totals), cube.tables, cube.tables.__getitem__
            )
        return self._computed[paths]
