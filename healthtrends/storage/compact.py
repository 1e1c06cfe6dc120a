"""Compaction: merges the many small files of a day into few, in one commit. No line or report changes.

Sources are read piece by piece and checked against their manifests on the way, so damage is never copied.
Removed files stay aside for a grace period, for readers that work at an older number.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec

from healthtrends import clock
from healthtrends.storage.file_index import Folder
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, read_verified, run_job
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State

# Larger than any block, small enough to be read by one task of an engine in seconds.
LARGEST = 512 * 1024 * 1024
GRACE = dt.timedelta(days=2)

_FOLDERS: Final[tuple[Folder, ...]] = ("date", "ingested", "received")


class DayFileCount(NamedTuple):
    """Number of files of a day that has too many."""

    folder: Folder
    day: dt.date
    """Visit date of records; day of ingest of rejects and facts."""
    files: int


def days_with_more_files(state: State, above: int) -> list[DayFileCount]:
    """Days with more than `above` files, of records, of rejects and of facts; no list is read for it."""
    return [
        DayFileCount(folder, dt.date.fromisoformat(day), files)
        for folder in _FOLDERS
        for day in state.file_index(folder)
        if (files := state.file_index(folder).count(day)) > above
    ]


def compact(
    log: CommitLog, date: dt.date, folder: Folder = "date", *, largest: int = LARGEST
) -> tuple[int, int]:
    """Merge the record files of a visit date, or the reject or fact files of a day of ingest.

    Returns how many there were and how many there are now; merged files hold at most `largest` bytes. Raises
    Superseded when another job took over, DamageFound when a source differs from its manifest.
    """
    day = date.isoformat()
    before = log.read_state().file_index(folder).count(day)

    def needed(state: State) -> bool:
        return any(len(group) > 1 for group in _groups(state, folder, day, largest))

    def work(context: JobContext) -> Change:
        groups = [group for group in _groups(context.state, folder, day, largest) if len(group) > 1]
        merged = tuple(_merge(log, context, f"{n:04d}", folder, group) for n, group in enumerate(groups))
        removed = tuple(file.dst for group in groups for file in group)
        if folder == "date":
            return Change(merged, removed)
        return Change((), removed, merged) if folder == "ingested" else Change((), removed, facts=merged)

    committed = run_job(log, needed, work)
    delete_expired(log)
    return before, committed.file_index(folder).count(day) if committed else before


def delete_expired(log: CommitLog) -> None:
    """Delete files that compaction removed, once their grace period is over."""
    oldest = (clock.today() - GRACE).isoformat()
    days = (entry.name for entry in log.store.list(log.layout.removed_days))
    log.pool.delete_all(f"{log.layout.removed_days}/{day}" for day in days if day < oldest)


def _groups(state: State, folder: Folder, day: str, largest: int) -> Iterator[list[StagedFile]]:
    """Consecutive files in the order of their commits, each group at most `largest` bytes."""
    group: list[StagedFile] = []
    size = 0
    for path, file in sorted(state.file_index(folder).get(day, {}).items()):
        if file.is_resolved or path in state.unresolved:
            continue  # the stage that computes records keeps their files few, and reads facts first
        if group and size + file.bytes > largest:
            yield group
            group, size = [], 0
        group.append(file)
        size += file.bytes
    if group:
        yield group


def _merge(
    log: CommitLog, context: JobContext, number: str, folder: Folder, sources: Sequence[StagedFile]
) -> StagedFile:
    nonce, day = f"{context.nonce}{number}", sources[0].date
    size = sum(source.bytes for source in sources)
    with JobFile(log.store, f"{context.folder}/{nonce}.jsonl", size) as merged:
        for source in sources:
            for piece in read_verified(log, source):
                merged.write(piece, piece.count(b"\n"))
            merged.facts.note_times((source.min_recorded_at, source.max_recorded_at))
    layout = log.layout
    targets = {"date": layout.record_file, "ingested": layout.reject_file, "received": layout.facts_file}
    entry = merged.entry(
        targets[folder](day, context.epoch, nonce),
        day,
        [reading for source in sources for reading in source.read_as],
        tuple(name for source in sources for name in source.inputs),
    )
    unknown = sum(source.unknown_fields for source in sources)
    return msgspec.structs.replace(entry, unknown_fields=unknown, lines_by_day=_received(sources))


def _received(sources: Sequence[StagedFile]) -> dict[str, int] | msgspec.UnsetType:
    """Add up the lines by the day that brought them; unset when one of the files does not say it."""
    days: dict[str, int] = {}
    for source in sources:
        if source.received is None:
            return msgspec.UNSET
        for day, lines in source.received.items():
            days[day] = days.get(day, 0) + lines
    return dict(sorted(days.items()))
