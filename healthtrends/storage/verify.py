"""Proof, from the log and the files, that nothing is lost, doubled, cut or strange.

Files are read once, piece by piece and side by side, so memory stays bounded whatever their size.
"""

import datetime as dt
import posixpath
import zlib
from collections.abc import Iterator
from typing import TypedDict

from healthtrends.errors import DamageFound
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import StagedFile
from healthtrends.storage.state import State


class Finding(TypedDict):
    """One check."""

    check: str
    ok: bool
    detail: str
    """What was looked at; for a failure the file, the date and the repair."""


def verify(log: CommitLog, date: dt.date | None) -> list[Finding]:
    """Check the whole log, or the files of one visit date; one finding a fact."""
    try:
        state = log.recover()
    except DamageFound as damage:
        return [_finding("chain", False, f"{damage}; {damage.next_step}")]
    findings = [_finding("chain", True, _chain(state))]
    if date is None:
        findings += _check_offsets(log, state)
    files = list(_live(state, date))
    findings += _check_files(log, files)
    findings += _check_strays(log, files, date)
    return findings


def _live(state: State, date: dt.date | None) -> Iterator[StagedFile]:
    for visit_date, files in sorted(state.files.items()):
        if date is None or visit_date == date.isoformat():
            yield from files.values()
    if date is None:
        yield from state.rejects.values()


def _chain(state: State) -> str:
    if not state.snapshot:
        return f"commits 1 to {state.seq} follow each other"
    return f"commits {state.snapshot + 1} to {state.seq} follow each other from snapshot {state.snapshot}"


def _check_offsets(log: CommitLog, state: State) -> Iterator[Finding]:
    """Offsets only grow, and each offset covered is stored, rejected, or a transaction marker."""
    before = log.snapshots.load(state.snapshot) if state.snapshot else State()
    for manifest in log.calls.map(log.read_manifest, range(state.snapshot + 1, state.seq + 1)):
        for partition, position in manifest.parts.items():
            start = before.parts.get(partition, position).next
            if position.next < start or (manifest.kind == "fence" and position.next != start):
                detail = f"commit {manifest.seq} moves partition {partition} from {start} to {position.next}"
                yield _finding("offsets", False, detail)
        before = before.after(manifest)
    rest = state.offsets_covered - state.offsets_lost - state.messages_stored - state.messages_rejected
    yield _finding(
        "offsets",
        rest >= 0,
        f"{state.offsets_covered} offsets covered = {state.messages_stored} stored"
        f" + {state.messages_rejected} rejected + {state.offsets_lost} accepted as lost"
        f" + {rest} without a message (markers, compaction)",
    )


def _check_files(log: CommitLog, files: list[StagedFile]) -> Iterator[Finding]:
    good = 0
    for file, problem in zip(files, log.calls.map(lambda file: _problem(log, file), files), strict=True):
        if problem is None:
            good += 1
        else:
            detail = f"{file.dst} (date {file.date}): {problem}; restore it, or ingest its offsets again"
            yield _finding("file", False, detail)
    yield _finding(
        "files", good == len(files), f"{good} of {len(files)} have the length, lines and CRC-32 committed"
    )


def _problem(log: CommitLog, file: StagedFile) -> str | None:
    crc32 = lines = length = 0
    try:
        for piece in log.store.chunks(file.dst):
            crc32 = zlib.crc32(piece, crc32)
            lines += piece.count(b"\n")
            length += len(piece)
    except FileNotFoundError:
        return "it is missing"
    found = (length, lines, crc32)
    wanted = (file.bytes, file.lines, file.crc32)
    return None if found == wanted else f"length, lines, CRC-32 are {found}, committed were {wanted}"


def _check_strays(log: CommitLog, files: list[StagedFile], date: dt.date | None) -> Iterator[Finding]:
    """No file lies in the data folders that no commit names: a reader of the folders would count it."""
    named = {file.dst for file in files}
    layout, store = log.layout, log.store
    folders = [layout.records, layout.rejects] if date is None else []
    below = [f"{folder}/{entry.name}" for folder in folders for entry in store.list(folder)]
    below += [] if date is None else [f"{layout.records}/date={date}"]
    strays = [
        posixpath.join(folder, entry.name)
        for folder, entries in zip(below, log.calls.map(store.list, below), strict=True)
        for entry in entries
        if posixpath.join(folder, entry.name) not in named
    ]
    for stray in strays:
        yield _finding("stray", False, f"{stray} is named by no commit; move it out of the data folders")
    yield _finding("strays", not strays, f"{len(strays)} files that no commit names")


def _finding(check: str, ok: bool, detail: str) -> Finding:
    return {"check": check, "ok": ok, "detail": detail}
