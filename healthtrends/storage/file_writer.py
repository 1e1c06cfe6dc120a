"""Writer of one file of a maintenance job; counts lines, bytes and checksums while it writes.

Ingest has writers of its own (`ingest/staging.py`), which write many files beside the decoding; a job writes
one after the other.
"""

import hashlib
import zlib
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

from healthtrends.errors import HdfsUnavailable, HealthTrendsError
from healthtrends.model.rules import time_order
from healthtrends.storage.manifest import Range, Reading, StagedFile
from healthtrends.storage.ports import FileStore


class JobFile:
    """Open inside a `with` block, whose end makes it durable and checks its length; a failure deletes it."""

    def __init__(self, store: FileStore, path: str, size: int | None = None) -> None:
        """Create the file at once; `size`: bytes it is likely to become."""
        self.lines = 0
        self.bytes = 0
        self.crc32 = 0
        self.first_time: str | None = None
        """Smallest `recorded_at`; None: no line has one."""
        self.last_time: str | None = None
        self._sha256 = hashlib.sha256()
        self._path = path
        self._store = store
        self._writer = store.create(path, size)

    def write(self, chunk: bytes, lines: int) -> None:
        """Append whole lines."""
        self._writer.write(chunk)
        self.lines += lines
        self.bytes += len(chunk)
        self.crc32 = zlib.crc32(chunk, self.crc32)
        self._sha256.update(chunk)

    def note_times(self, times: Sequence[str | None]) -> None:
        """Widen the span of `recorded_at`; None stands for no time."""
        known = [time for time in (*times, self.first_time, self.last_time) if time is not None]
        self.first_time = min(known, key=time_order, default=None)
        self.last_time = max(known, key=time_order, default=None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with suppress(OSError, HealthTrendsError):  # what went wrong before counts
                self._writer.close()
            with suppress(OSError, HealthTrendsError):
                self._store.delete(self._path)
            return
        self._writer.close()
        if self._store.length(self._path) != self.bytes:
            raise HdfsUnavailable(
                f"{self._path} does not have {self.bytes} bytes after closing", "", "run again"
            )

    def facts(
        self, target: str, date: str, readings: Sequence[Reading], origins: tuple[str, ...] = ()
    ) -> StagedFile:
        """Manifest entry of the file, to be placed at `target`."""
        return StagedFile(
            src=self._path,
            dst=target,
            date=date,
            lines=self.lines,
            bytes=self.bytes,
            crc32=self.crc32,
            sha256=self._sha256.hexdigest(),
            ranges=united([each for reading in readings for each in reading.ranges]),
            min_recorded_at=self.first_time,
            max_recorded_at=self.last_time,
            origins=origins,
            readings=merged_readings(readings),
        )


def united(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Sorted ranges, those that touch made one."""
    found: list[Range] = []
    for partition, first, end in sorted(ranges):
        if found and found[-1][0] == partition and first <= found[-1][2]:
            found[-1] = (partition, found[-1][1], max(end, found[-1][2]))
        else:
            found.append((partition, first, end))
    return tuple(found)


def merged_readings(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    """Those of one clock date, key and kind made one."""
    ranges: dict[tuple[str, str | None, bool], list[Range]] = {}
    for reading in readings:
        kind = (reading.clock_date, reading.key_id, reading.by_offset)
        ranges.setdefault(kind, []).extend(reading.ranges)
    return tuple(Reading(united(found), *kind) for kind, found in ranges.items())
