"""Health of a long process, judged by its own events: the main loop moves, and every partition with it.

A sink takes the events; monitors ask it from other threads.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from healthtrends import clock
from healthtrends.errors import HealthTrendsError
from healthtrends.observe import Event, counted


@dataclass(slots=True)
class _Mark:
    """An offset, and since when it is that."""

    offset: int
    since: float


@dataclass(slots=True)
class _Partition:
    """How far one partition is."""

    read: _Mark
    stored: _Mark
    end: int


class LoopHealth:
    """A `Sink` that knows when the main loop moved last, and how far each partition is."""

    def __init__(self, beat: str, max_silence: float, commit_interval: float = 0.0) -> None:
        """`beat`: event of a turn of the loop; a commit may be `commit_interval` seconds late by design."""
        self._beat = beat
        self._max_silence = max_silence
        self._commit_interval = commit_interval
        self._moved = clock.monotonic()
        self._partitions: dict[int, _Partition] = {}
        self._lock = threading.Lock()
        self.has_begun = False
        """The loop has turned at least once."""

    def write(self, event: Event) -> None:
        """Take one event, from any thread."""
        if event.name == self._beat:
            self._moved, self.has_begun = clock.monotonic(), True
        elif event.name == "ingest.position":
            with self._lock:
                self._note(event.fields)

    def faults(self) -> list[str]:
        """Say what is stuck; nothing: the process is healthy."""
        now = clock.monotonic()
        silence = now - self._moved
        found = [f"the main loop has not moved for {silence:.0f} s"] if silence > self._max_silence else []
        with self._lock:
            for number, each in sorted(self._partitions.items()):
                if fault := self._fault(each, now):
                    found.append(f"partition {number} {fault}")
        return found

    def _fault(self, each: _Partition, now: float) -> str | None:
        read, stored = each.read.offset, each.stored.offset
        idle, uncommitted = now - each.read.since, now - each.stored.since
        if read < each.end and idle > self._max_silence:
            left = counted(each.end - read, "offset")
            return f"stands at offset {read}, {left} before its end, for {idle:.0f} s"
        if stored < read and uncommitted > self._max_silence + self._commit_interval:
            return f"is read to offset {read}, but committed to {stored} only, for {uncommitted:.0f} s"
        return None

    def _note(self, fields: Mapping[str, Any]) -> None:
        now, read, stored, end = clock.monotonic(), fields["read"], fields["stored"], fields["end"]
        known = self._partitions.setdefault(
            fields["partition"], _Partition(_Mark(read, now), _Mark(stored, now), end)
        )
        # At its end it has nothing to do: what comes then, it has all the time for.
        if read != known.read.offset or known.read.offset >= known.end:
            known.read = _Mark(read, now)
        if stored != known.stored.offset or known.stored.offset >= known.read.offset:
            known.stored = _Mark(stored, now)
        known.end = end


class Readiness:
    """Looks whether all is there that the work needs; the looks wait for servers, the answers do not."""

    def __init__(self, checks: Mapping[str, Callable[[], object]]) -> None:
        """`checks` raise an error of this project while something is missing."""
        self._checks = checks
        self._faults: list[str] | None = None

    def look(self) -> None:
        """Make all checks."""
        found = []
        for name, check in self._checks.items():
            try:
                check()
            except (HealthTrendsError, OSError) as error:
                found.append(f"{name}: {error}")
        self._faults = found

    def faults(self) -> list[str]:
        """Say what was missing at the last look."""
        return ["it starts"] if self._faults is None else self._faults
