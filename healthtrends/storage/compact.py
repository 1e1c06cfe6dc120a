"""Many small files of a day into few, as one commit; records, rejects and reports stay what they are.

Sources are read piece by piece and checked against their manifests on the way, so damage is never copied.
Removed files stay aside for a grace period, for readers that work at an older number.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from healthtrends import clock
from healthtrends.storage.filelists import FileLists, Folder
from healthtrends.storage.job import Bench, Change, checked_chunks, run_job
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import StagedFile
from healthtrends.storage.newfile import NewFile
from healthtrends.storage.state import State

# Larger than any block, small enough to be read by one task of an engine in seconds.
LARGEST = 512 * 1024 * 1024
GRACE = dt.timedelta(days=2)

_FOLDERS: Final[tuple[Folder, ...]] = ("date", "ingested")


class Crowded(NamedTuple):
    """A day with many files."""

    folder: Folder
    day: dt.date
    """Visit date of records; day of ingest of rejects."""
    files: int


def crowded(state: State, above: int) -> list[Crowded]:
    """Days with more than `above` files, of records and then of rejects; no list is read for it."""
    return [
        Crowded(folder, dt.date.fromisoformat(day), files)
        for folder in _FOLDERS
        for day in state.lists(folder)
        if (files := state.lists(folder).count(day)) > above
    ]


def compact(
    log: CommitLog, date: dt.date, folder: Folder = "date", *, largest: int = LARGEST
) -> tuple[int, int]:
    """Merge the record files of a visit date, or the reject files of a day of ingest.

    Returns how many there were and how many there are now; merged files hold at most `largest` bytes. Raises
    Superseded when another job took over, DamageFound when a source differs from its manifest.
    """
    day = date.isoformat()
    before = log.read_state().lists(folder).count(day)

    def needed(state: State) -> bool:
        return any(len(group) > 1 for group in _groups(state.lists(folder), day, largest))

    def work(bench: Bench) -> Change:
        groups = [group for group in _groups(bench.state.lists(folder), day, largest) if len(group) > 1]
        merged = tuple(_merge(log, bench, f"{n:04d}", folder, group) for n, group in enumerate(groups))
        removed = tuple(file.dst for group in groups for file in group)
        return Change(add=merged, remove=removed) if folder == "date" else Change((), removed, merged)

    committed = run_job(log, needed, work)
    forget_removed(log)
    return before, committed.lists(folder).count(day) if committed else before


def forget_removed(log: CommitLog) -> None:
    """Delete removed files whose grace period is over."""
    oldest = (clock.today() - GRACE).isoformat()
    days = (entry.name for entry in log.store.list(log.layout.removed_days))
    log.calls.delete_all(f"{log.layout.removed_days}/{day}" for day in days if day < oldest)


def _groups(lists: FileLists, day: str, largest: int) -> Iterator[list[StagedFile]]:
    """Neighbours in the order of their commits, together no larger than `largest`."""
    group: list[StagedFile] = []
    size = 0
    for _, file in sorted(lists.get(day, {}).items()):
        if group and size + file.bytes > largest:
            yield group
            group, size = [], 0
        group.append(file)
        size += file.bytes
    if group:
        yield group


def _merge(
    log: CommitLog, bench: Bench, number: str, folder: Folder, sources: Sequence[StagedFile]
) -> StagedFile:
    nonce, day = f"{bench.nonce}{number}", sources[0].date
    size = sum(source.bytes for source in sources)
    with NewFile(log.store, f"{bench.folder}/{nonce}.jsonl", size) as merged:
        for source in sources:
            for piece in checked_chunks(log.store, source):
                merged.write(piece, piece.count(b"\n"))
            merged.note_times((source.min_recorded_at, source.max_recorded_at))
    target = log.layout.record_file if folder == "date" else log.layout.reject_file
    facts = merged.facts(
        target(day, bench.epoch, nonce),
        day,
        [reading for source in sources for reading in source.read_as],
        tuple(name for source in sources for name in source.inputs),
    )
    unknown = sum(source.unknown_fields for source in sources)
    return msgspec.structs.replace(facts, unknown_fields=unknown)
