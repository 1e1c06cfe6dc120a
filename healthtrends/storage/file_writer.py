"""Facts of a file while it is written, and the writer of a maintenance job, which writes one after another.

Ingest has writers of its own (`ingest/file_writers.py`), which write many files while it decodes.
"""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

import msgspec

from healthtrends.errors import HdfsUnavailable, HealthTrendsError
from healthtrends.model.rules import time_order
from healthtrends.storage.ports import FileStore
from healthtrends.storage.root_format import stored_names
from healthtrends.storage.staged_file import Range, Reading, StagedFile


@dataclass(slots=True, eq=False)
class FileFacts:
    """Path of a file of lines that is being written, with the facts of its manifest entry."""

    path: str
    lines: int = 0
    size: int = 0
    """Bytes."""
    crc32: int = 0
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    first_time: str | None = None
    """Smallest `recorded_at`; None: no line has one."""
    last_time: str | None = None

    def hash(self, chunk: bytes | bytearray) -> None:
        """Add a chunk, the next of the file, to both checksums."""
        self.crc32 = zlib.crc32(chunk, self.crc32)
        self.sha256.update(chunk)

    def note_times(self, times: Iterable[str | None]) -> None:
        """Extend the span of `recorded_at`; None stands for no time."""
        known = [time for time in (*times, self.first_time, self.last_time) if time is not None]
        self.first_time = min(known, key=time_order, default=None)
        self.last_time = max(known, key=time_order, default=None)

    def entry(self, target: str, date: str, ranges: tuple[Range, ...], unknown_fields: int = 0) -> StagedFile:
        """Manifest entry of the file, to be placed at `target`."""
        return StagedFile(
            src=self.path,
            dst=target,
            date=date,
            lines=self.lines,
            bytes=self.size,
            crc32=self.crc32,
            sha256=self.sha256.hexdigest(),
            ranges=ranges,
            min_recorded_at=self.first_time,
            max_recorded_at=self.last_time,
            unknown_fields=unknown_fields,
        )


class JobFile:
    """Open inside a `with` block, whose end makes it durable and checks its length; a failure deletes it."""

    def __init__(self, store: FileStore, path: str, size: int | None = None) -> None:
        """Create the file at once; `size`: bytes it is likely to become."""
        self.facts = FileFacts(path)
        self._store = store
        self._writer = store.create(path, size)

    def write(self, chunk: bytes, lines: int) -> None:
        """Append whole lines."""
        self._writer.write(chunk)
        self.facts.lines += lines
        self.facts.size += len(chunk)
        self.facts.hash(chunk)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        path, length = self.facts.path, self.facts.size
        if kind is not None:
            with suppress(OSError, HealthTrendsError):  # the first failure counts
                self._writer.close()
            with suppress(OSError, HealthTrendsError):
                self._store.delete(path)
            return
        self._writer.close()
        if self._store.length(path) != length:
            raise HdfsUnavailable(f"{path} does not have {length} bytes after closing", "", "run again")

    def entry(
        self, target: str, date: str, readings: Sequence[Reading], origins: tuple[str, ...] = ()
    ) -> StagedFile:
        """Manifest entry of the file, to be placed at `target`."""
        ranges = united([each for reading in readings for each in reading.ranges])
        entry = self.facts.entry(target, date, ranges)
        names = stored_names(self._store, origins)
        return msgspec.structs.replace(entry, origins=names, readings=merged_readings(readings))


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
    """Those of one clock date, key, kind and format made one."""
    ranges: dict[tuple[str, str | None, bool, str], list[Range]] = {}
    for reading in readings:
        kind = (reading.clock_date, reading.key_id, reading.by_offset, reading.format)
        ranges.setdefault(kind, []).extend(reading.ranges)
    return tuple(Reading(united(found), *kind) for kind, found in ranges.items())
