"""Writer of a replay: lines by visit date, and the remaining rejects, in files of bounded size.

Lines are held until there are enough of them, then each date's become one whole file, all written side by
side: so no file stays open, however many dates there are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from healthtrends.ingest.quarantine import Reject
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.decoder import Outcome, facts, record_lines
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import JobContext
from healthtrends.storage.staged_file import Reading, StagedFile

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
        self._key_id, self._format = settings.key_id, settings.source.stored_name
        self._encode = msgspec.json.Encoder().encode
        self._records: dict[str, _PendingFile] = {}
        self._rest: dict[str, _PendingFile] = {}
        self._held = 0
        self._received = _PendingFile()
        self.add: list[StagedFile] = []
        """Record files; all files are there after `finish`."""
        self.rejects: list[StagedFile] = []
        self.facts: list[StagedFile] = []

    def store(self, outcome: Outcome, reject: Reject) -> None:
        """Take the lines and facts that a rejected message gives now."""
        for fact in facts(outcome, reject.partition, reject.offset):
            self._hold(self._received, self._encode(fact), reject, fact.at)
        for line in record_lines(outcome):
            pending = self._records.setdefault(line.visit_date, _PendingFile())
            self._hold(pending, self._encode(line), reject, line.recorded_at)

    def keep(self, source: StagedFile, line: bytes, reject: Reject) -> None:
        """Take a line that stays in quarantine, byte for byte."""
        self._hold(self._rest.setdefault(source.date, _PendingFile()), line, reject, None)

    def finish(self) -> None:
        """Write what is held."""
        self._flush()

    def _hold(self, pending: _PendingFile, line: bytes, reject: Reject, time: str | None) -> None:
        pending.add(line, reject, time)
        self._held += len(line)
        if self._held >= _HELD_BYTES:
            self._flush()

    def _flush(self) -> None:
        self.add += self._log.pool.map(self._record_file, self._records.items())
        if self._received.lines:
            self.facts.append(self._facts_file())
        self.rejects += self._log.pool.map(self._reject_file, self._rest.items())
        self._records.clear()
        self._rest.clear()
        self._received = _PendingFile()
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

    def _facts_file(self) -> StagedFile:
        day, nonce = self._context.clock_date.isoformat(), new_nonce()
        target = self._log.layout.facts_file(day, self._context.epoch, nonce)
        return self._written(self._received, nonce, day, target, day)

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
