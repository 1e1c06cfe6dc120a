"""Many small files of a date into few, as one commit; the records and the reports stay what they are.

Sources are read piece by piece and checked against their manifests on the way, so damage is never copied.
Removed files stay aside for a grace period, for readers that work at an older number.
"""

import datetime as dt
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing

from healthtrends import clock
from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.model.rules import time_order
from healthtrends.storage.job import Bench, Change, run_job
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Range, StagedFile
from healthtrends.storage.state import State

# Larger than any block, small enough to be read by one task of an engine in seconds.
LARGEST = 512 * 1024 * 1024
GRACE = dt.timedelta(days=2)


def compact(log: CommitLog, date: dt.date, largest: int = LARGEST) -> tuple[int, int]:
    """Merge the record files of a visit date; returns how many there were and how many there are now.

    Merged files hold at most `largest` bytes. Raises Superseded when another job took over, DamageFound when
    a source differs from its manifest.
    """
    day = date.isoformat()
    before = len(log.read_state().paths(day))

    def needed(state: State) -> bool:
        return any(len(group) > 1 for group in _groups(state, day, largest))

    def work(bench: Bench) -> Change:
        groups = [group for group in _groups(bench.state, day, largest) if len(group) > 1]
        merged = tuple(_merge(log, bench, number, group) for number, group in enumerate(groups))
        return Change(add=merged, remove=tuple(file.dst for group in groups for file in group))

    committed = run_job(log, needed, work)
    forget_removed(log)
    return before, len(committed.paths(day)) if committed else before


def forget_removed(log: CommitLog) -> None:
    """Delete removed files whose grace period is over."""
    oldest = (clock.today() - GRACE).isoformat()
    days = (entry.name for entry in log.store.list(log.layout.removed_days))
    log.calls.delete_all(f"{log.layout.removed_days}/{day}" for day in days if day < oldest)


def _groups(state: State, day: str, largest: int) -> Iterator[list[StagedFile]]:
    """Neighbours in the order of their commits, together no larger than `largest`."""
    group: list[StagedFile] = []
    size = 0
    for _, file in sorted(state.files.get(day, {}).items()):
        if group and size + file.bytes > largest:
            yield group
            group, size = [], 0
        group.append(file)
        size += file.bytes
    if group:
        yield group


def _merge(log: CommitLog, bench: Bench, number: int, sources: Sequence[StagedFile]) -> StagedFile:
    nonce = f"{bench.nonce}{number:04d}"
    path = f"{bench.folder}/{nonce}.jsonl"
    crc32 = 0
    with closing(log.store.create(path)) as writer:
        for source in sources:
            for piece in _checked(log, source):
                writer.write(piece)
                crc32 = zlib.crc32(piece, crc32)
    size = sum(source.bytes for source in sources)
    if log.store.length(path) != size:
        raise HdfsUnavailable(f"{path} does not have {size} bytes after closing", "", "run again")
    times = [time for s in sources for time in (s.min_recorded_at, s.max_recorded_at) if time is not None]
    date = sources[0].date
    return StagedFile(
        src=path,
        dst=log.layout.record_file(date, bench.epoch, nonce),
        date=date,
        lines=sum(source.lines for source in sources),
        bytes=size,
        crc32=crc32,
        ranges=_united([each for source in sources for each in source.ranges]),
        min_recorded_at=min(times, key=time_order, default=None),
        max_recorded_at=max(times, key=time_order, default=None),
        origins=tuple(origin for source in sources for origin in source.origins or (source.dst,)),
    )


def _checked(log: CommitLog, source: StagedFile) -> Iterator[bytes]:
    crc32 = 0
    for piece in log.store.chunks(source.dst):
        crc32 = zlib.crc32(piece, crc32)
        yield piece
    if crc32 != source.crc32:
        raise DamageFound(
            f"{source.dst} differs from its manifest",
            "its CRC-32 is another",
            f"`healthtrends verify {source.date}` shows what is damaged; nothing was changed",
        )


def _united(ranges: Sequence[Range]) -> tuple[Range, ...]:
    """Sorted ranges, those that touch made one."""
    united: list[Range] = []
    for partition, first, end in sorted(ranges):
        if united and united[-1][0] == partition and first <= united[-1][2]:
            united[-1] = (partition, united[-1][1], max(end, united[-1][2]))
        else:
            united.append((partition, first, end))
    return tuple(united)
