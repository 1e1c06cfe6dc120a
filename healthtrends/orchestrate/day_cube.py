"""The cube of a date as it is computed, and compared with what the log says is stored."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from healthtrends.errors import DamageFound, EngineFailed, HdfsUnavailable
from healthtrends.model.day_totals import DayTotals
from healthtrends.observe import counted
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State


@dataclass(frozen=True, slots=True)
class DayCube:
    """The cube of a date in memory, and the engine that computed it."""

    totals: DayTotals
    tables: Mapping[str, bytes]
    """Parquet files of the cube by name."""
    engine: str
    engine_version: str


class DayComputer(Protocol):
    """Computes the cubes of dates on some engine."""

    def compute(self, paths: Sequence[str], date: dt.date) -> DayCube:
        """Compute a cube from record files; without any, no engine starts. Raises EngineFailed."""
        ...

    def count_bounded(self, paths: Sequence[str], most_codes: int, salt: str) -> Mapping[str, int]:
        """Count patients by code from record files; see `bounded_counts`. Raises EngineFailed."""
        ...


class CheckedComputer:
    """Computes cubes of one state, each from all lines that are stored of its date."""

    def __init__(self, log: CommitLog, state: State, day_computer: Callable[[], DayComputer]) -> None:
        """`day_computer` is called only when records are to be read."""
        self._log = log
        self._state = state
        self._day_computer = day_computer

    def compute(self, date: dt.date) -> DayCube:
        """Compute, and compare with the log: to some engines a missing file is no error, but no rows.

        Raises EngineFailed, HdfsUnavailable, DamageFound.
        """
        paths = self._state.paths(date.isoformat())
        if date.isoformat() in self._state.expired:
            raise DamageFound(
                f"the cube of {date} cannot be used",
                "its records have expired, so it cannot be made again",
                "restore `_ht/cubes` of that date from a backup of the root",
            )
        located = self._log.locate(paths)
        try:
            cube = self._day_computer().compute(located, date)
        except EngineFailed as failure:
            if self._is_replaced(paths, located):
                raise _replaced_meanwhile(date) from failure
            raise
        stored = stored_lines(self._state, date.isoformat())
        if cube.totals.lines != stored:
            if self._is_replaced(paths, located):
                raise _replaced_meanwhile(date)
            raise DamageFound(
                f"the engine read {cube.totals.lines:,} of {counted(stored, 'line')} stored for {date}",
                "a record file is missing or was changed",
                f"`healthtrends verify {date}` names it; nothing was published",
            )
        return cube

    def _is_replaced(self, paths: Sequence[str], located: Sequence[str]) -> bool:
        """Whether record files were taken out meanwhile; what an erasure took out lies nowhere."""
        if self._log.locate(paths) != located:
            return True
        newest = self._log.read_state(since=self._log.newest_seen)
        return not all(newest.is_live(path) for path in paths)


def stored_lines(state: State, date: str) -> int:
    """Lines stored for a visit date."""
    return state.day_facts(date).lines


def _replaced_meanwhile(date: dt.date) -> HdfsUnavailable:
    return HdfsUnavailable(
        f"files of {date} were replaced while they were read", "by a compaction or an erasure", "run again"
    )
