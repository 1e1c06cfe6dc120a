"""Record files without the lines of a person."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from healthtrends.ingest.erased_person import ErasedPerson
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import JobContext, damaged, read_lines
from healthtrends.storage.staged_file import Range, StagedFile
from healthtrends.storage.state import State

_CHUNK_BYTES = 4 * 1024 * 1024


class ErasedLine(msgspec.Struct):
    """Fields of a record or cancellation that an erasure reads."""

    patient_id: str
    visit_date: str
    recorded_at: str | None = None
    record_id: str | None = None
    status: str = "active"


_LINE = msgspec.json.Decoder(ErasedLine)


class ErasedRecords:
    """Finds the lines of one person in record files, and writes the files without them."""

    def __init__(self, log: CommitLog, person: ErasedPerson) -> None:
        self._log = log
        self._person = person

    def hits(self, file: StagedFile) -> list[Range]:
        """Where the message of each of their lines is, at least; one entry a line."""
        number = sum(1 for line in read_lines(self._log, file) if self._is_of_person(line))
        return [file.ranges[0] if file.ranges else (0, 0, 0)] * number

    def _is_of_person(self, line: bytes) -> bool:
        return self._person.may_be_in(line) and _LINE.decode(line).patient_id in self._person.ids

    def without(self, context: JobContext, file: StagedFile) -> tuple[list[ErasedLine], StagedFile]:
        """Write a record file again; return what is left out, and the entry of the new file."""
        nonce, gone = new_nonce(), []
        target = self._log.layout.record_file(file.date, context.epoch, nonce)
        with JobFile(self._log.store, f"{context.folder}/{nonce}.jsonl", file.bytes) as new:
            writer = _ChunkWriter(new)
            for raw in read_lines(self._log, file):
                line = _decoded(file, raw)
                if line.patient_id in self._person.ids:
                    gone.append(line)
                else:
                    writer.write(raw, line.recorded_at)
            writer.flush()
        # One more input: what was computed from the file before is stale, and stays explained.
        entry = new.entry(target, file.date, file.read_as, (*file.inputs, target))
        return gone, msgspec.structs.replace(
            entry, unknown_fields=file.unknown_fields, resolved=file.resolved
        )


class _ChunkWriter:
    """Writes lines in large pieces."""

    def __init__(self, file: JobFile) -> None:
        self._file = file
        self._held = bytearray()
        self._times: list[str | None] = []

    def write(self, line: bytes, time: str | None) -> None:
        self._held += line + b"\n"
        self._times.append(time)
        if len(self._held) >= _CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        self._file.write(bytes(self._held), len(self._times))
        self._file.facts.note_times(self._times)
        self._held.clear()
        self._times.clear()


def _decoded(file: StagedFile, line: bytes) -> ErasedLine:
    try:
        return _LINE.decode(line)
    except msgspec.DecodeError:
        raise damaged(file, "a line cannot be read") from None


def messages_of(gone: Iterable[ErasedLine], state: State) -> int:
    """How many messages gave these lines.

    A moved record gave two: the record, and a cancellation of another date at the same time. Who sent these
    two as messages of their own looks the same; then the bounds of the format decide: one line or two each.
    """
    lines = list(gone)
    cancelled, active = (
        Counter(_version(line) for line in lines if line.record_id and (line.status == "cancelled") is wanted)
        for wanted in (True, False)
    )
    found = len(lines) - (cancelled & active).total()
    if state.formats:
        return found
    left = sum(state.files.facts(date).lines for date in state.files) + state.lines_expired - len(lines)
    least, most = state.messages_stored - left, state.messages_stored - -(-left // 2)
    return min(max(found, least), most)


def _version(line: ErasedLine) -> tuple[str | None, str | None]:
    return line.record_id, line.recorded_at
