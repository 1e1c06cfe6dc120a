"""What a replay writes: lines by visit date, and the rest of the quarantine, in files of bounded size.

Lines are held until there are enough of them, then each date's become one whole file, all written side by
side: so no file stays open, however many dates there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from healthtrends.ingest.quarantine import Reject
from healthtrends.model.record import Line
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import JobContext
from healthtrends.storage.manifest import Reading, StagedFile

_HELD_BYTES = 16 * 1024 * 1024


@dataclass(slots=True)
class _Sheet:
    """Lines of one file to be."""

    lines: list[bytes] = field(default_factory=list)
    offsets: list[tuple[int, int]] = field(default_factory=list)
    times: list[str | None] = field(default_factory=list)

    def add(self, line: bytes, reject: Reject, time: str | None) -> None:
        self.lines.append(line)
        self.offsets.append((reject.partition, reject.offset))
        self.times.append(time)


class Sheets:
    """The files of one job of a replay."""

    def __init__(self, log: CommitLog, context: JobContext, key_id: str | None) -> None:
        self._log = log
        self._bench = context
        self._key_id = key_id
        self._encode = msgspec.json.Encoder().encode
        self._records: dict[str, _Sheet] = {}
        self._rest: dict[str, _Sheet] = {}
        self._held = 0
        self._add: list[StagedFile] = []
        self._rejects: list[StagedFile] = []

    def store(self, lines: Sequence[Line], reject: Reject) -> None:
        """Take the lines that a rejected message gives now."""
        for line in lines:
            sheet = self._records.setdefault(line.visit_date, _Sheet())
            self._hold(sheet, self._encode(line), reject, line.recorded_at)

    def keep(self, source: StagedFile, line: bytes, reject: Reject) -> None:
        """Take a line that stays in quarantine, byte for byte."""
        self._hold(self._rest.setdefault(source.date, _Sheet()), line, reject, None)

    def finish(self) -> tuple[tuple[StagedFile, ...], tuple[StagedFile, ...]]:
        """Write what is held; returns all record files and all reject files."""
        self._flush()
        return tuple(self._add), tuple(self._rejects)

    def _hold(self, sheet: _Sheet, line: bytes, reject: Reject, time: str | None) -> None:
        sheet.add(line, reject, time)
        self._held += len(line)
        if self._held >= _HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        self._add += self._log.pool.map(self._record_file, self._records.items())
        self._rejects += self._log.pool.map(self._reject_file, self._rest.items())
        self._records.clear()
        self._rest.clear()
        self._held = 0

    def _record_file(self, dated: tuple[str, _Sheet]) -> StagedFile:
        date, sheet = dated
        nonce = new_nonce()
        target = self._log.layout.record_file(date, self._bench.epoch, nonce)
        return self._written(sheet, nonce, date, target, self._bench.clock_date.isoformat())

    def _reject_file(self, dated: tuple[str, _Sheet]) -> StagedFile:
        ingested, sheet = dated
        nonce = new_nonce()
        target = self._log.layout.reject_file(ingested, self._bench.epoch, nonce)
        # The lines are as they were, and so is the day whose rules they broke.
        return self._written(sheet, nonce, ingested, target, ingested)

    def _written(self, sheet: _Sheet, nonce: str, date: str, target: str, clock_date: str) -> StagedFile:
        content = b"".join(_ended(sheet.lines))
        with JobFile(self._log.store, f"{self._bench.folder}/{nonce}.jsonl", len(content)) as file:
            file.write(content, len(sheet.lines))
            file.note_times(sheet.times)
        by_offset = tuple((partition, offset, offset + 1) for partition, offset in sheet.offsets)
        return file.facts(target, date, [Reading(by_offset, clock_date, self._key_id, by_offset=True)])


def _ended(lines: Iterable[bytes]) -> Iterable[bytes]:
    for line in lines:
        yield line
        yield b"\n"
