"""Writer of a replay: lines by visit date, and the remaining rejects, in files of bounded size.

Lines are held until there are enough of them, then each date's become one whole file, all written side by
side: so no file stays open, however many dates there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from healthtrends.ingest.quarantine import Reject
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.record import Line
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import JobContext
from healthtrends.storage.manifest import Reading, StagedFile

_HELD_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class _PendingFile:
    """Lines that wait for their file."""

    lines: list[bytes] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)

    def add(self, line: bytes, reject: Reject, time: str | None) -> None:
        self.lines.append(line)
        self.offsets.append((reject.partition, reject.offset))
        self.times.append(time)


class ReplayWriter:
    """The files of one job of a replay."""

    def __init__(self, log: CommitLog, context: JobContext, settings: IngestSettings) -> None:
        self._log = log
        self._context = context
        self._key_id, self._format = settings.key_id, settings.format
        self._encode = msgspec.json.Encoder().encode
        self._records: dict[str, _PendingFile] = {}
        self._rest: dict[str, _PendingFile] = {}
        self._held = 0
        self._add: list[StagedFile] = []
        self._rejects: list[StagedFile] = []

    def store(self, lines: Sequence[Line], reject: Reject) -> None:
        """Take the lines that a rejected message gives now."""
        for line in lines:
            pending = self._records.setdefault(line.visit_date, _PendingFile())
            self._hold(pending, self._encode(line), reject, line.recorded_at)

    def keep(self, source: StagedFile, line: bytes, reject: Reject) -> None:
        """Take a line that stays in quarantine, byte for byte."""
        self._hold(self._rest.setdefault(source.date, _PendingFile()), line, reject, None)

    def finish(self) -> tuple[tuple[StagedFile, ...], tuple[StagedFile, ...]]:
        """Write what is held; returns all record files and all reject files."""
        self._flush()
        return tuple(self._add), tuple(self._rejects)

    def _hold(self, pending: _PendingFile, line: bytes, reject: Reject, time: str | None) -> None:
        pending.add(line, reject, time)
        self._held += len(line)
        if self._held >= _HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        self._add += self._log.pool.map(self._record_file, self._records.items())
        self._rejects += self._log.pool.map(self._reject_file, self._rest.items())
        self._records.clear()
        self._rest.clear()
        self._held = 0

    def _record_file(self, dated: tuple[str, _PendingFile]) -> StagedFile:
        date, pending = dated
        nonce = new_nonce()
        target = self._log.layout.record_file(date, self._context.epoch, nonce)
        return self._written(pending, nonce, date, target, self._context.clock_date.isoformat())

    def _reject_file(self, dated: tuple[str, _PendingFile]) -> StagedFile:
        ingested, pending = dated
        nonce = new_nonce()
        target = self._log.layout.reject_file(ingested, self._context.epoch, nonce)
        # The lines are as they were, and so is the day whose rules they broke.
        return self._written(pending, nonce, ingested, target, ingested)

    def _written(
        self, pending: _PendingFile, nonce: str, date: str, target: str, clock_date: str
    ) -> StagedFile:
        content = b"".join(_with_line_ends(pending.lines))
        with JobFile(self._log.store, f"{self._context.folder}/{nonce}.jsonl", len(content)) as file:
            file.write(content, len(pending.lines))
            file.facts.note_times(pending.times)
        by_offset = tuple((partition, offset, offset + 1) for partition, offset in pending.offsets)
        reading = Reading(by_offset, clock_date, self._key_id, by_offset=True, format=self._format)
        return file.entry(target, date, [reading])


def _with_line_ends(lines: Iterable[bytes]) -> Iterable[bytes]:
    for line in lines:
        yield line
        yield b"\n"
