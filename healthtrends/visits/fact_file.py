"""Writes a fact file again with other lines, as maintenance does."""

from collections.abc import Iterable

import msgspec

from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import JobContext
from healthtrends.storage.staged_file import StagedFile

_CHUNK_BYTES = 4 * 1024 * 1024


def write_again(
    log: CommitLog, context: JobContext, file: StagedFile, lines: Iterable[tuple[bytes, str]]
) -> StagedFile:
    """Stage a file of these lines, each with the time `at` of its fact, in place of `file`.

    The entry has the offsets and inputs of `file`: what was computed from it does not become stale.
    """
    nonce = new_nonce()
    target = log.layout.facts_file(file.date, context.epoch, nonce)
    with JobFile(log.store, f"{context.folder}/{nonce}.jsonl", file.bytes) as new:
        held, times = bytearray(), list[str]()
        for line, time in lines:
            held += line + b"\n"
            times.append(time)
            if len(held) >= _CHUNK_BYTES:
                _write_out(new, held, times)
        _write_out(new, held, times)
    entry = new.entry(target, file.date, file.read_as, file.inputs)
    return msgspec.structs.replace(entry, unknown_fields=file.unknown_fields, lines_by_day=file.lines_by_day)


def _write_out(new: JobFile, held: bytearray, times: list[str]) -> None:
    new.write(bytes(held), len(times))
    new.facts.note_times(times)
    held.clear()
    times.clear()
