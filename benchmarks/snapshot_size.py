"""How large is what a snapshot of the log keeps of a date that a follower fed all day?

A follower's commits, of one small file each, are made by the classes that the product commits with; the date
is merged every so many of them, as a scheduler does hourly, and a snapshot is written at the end. No server
is needed: the sizes are those of any store. Before: a root of format 2, which names every file.

    python benchmarks/snapshot_size.py [--commits N ...] [--merge-every N]
"""

import argparse
import datetime as dt
import random
import shutil
import tempfile
import zlib
from pathlib import Path

import msgspec
from kit.commits import manifest
from kit.measure import table

from healthtrends.storage.compact import compact
from healthtrends.storage.file_names import NameSeries
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import FORMAT, GuardedStore, stored_names
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

DAY = dt.date(2025, 12, 22)
LAYOUT = Layout("/healthTrend")
BEFORE = 2
"""Format of a root that names every file."""
MESSAGES = 7
"""Of each partition in a commit."""
CASES = ((1, 1.0), (16, 1.0), (16, 0.75))
"""Partitions of the topic, and the share of the commits that have records of the date."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of the size of a date in a snapshot.")
    parser.add_argument("--commits", type=int, nargs="+", default=[1_000, 8_640])
    parser.add_argument("--merge-every", type=int, default=360)
    asked = parser.parse_args()
    rows = [
        [
            f"{commits:,}",
            str(partitions),
            f"{share:.0%}",
            *measured(commits, asked.merge_every, partitions, share),
        ]
        for partitions, share in CASES
        for commits in asked.commits
    ]
    print(
        table(
            [
                "commits",
                "partitions",
                "have the date",
                "kB of the list before",
                "kB of the list",
                "of it offsets",
                "kB of names in an issue before",
                "kB of names in an issue",
            ],
            rows,
        )
    )


def measured(commits: int, merge_every: int, partitions: int, share: float) -> list[str]:
    """Sizes in kB, on a root of the format before and on a new one."""
    before, now = (lived(each, commits, merge_every, partitions, share) for each in (BEFORE, FORMAT))
    sizes = (before[0], now[0], now[1], before[2], now[2])
    return [f"{size / 1000:,.1f}" for size in sizes]


def lived(
    root_format: int, commits: int, merge_every: int, partitions: int, share: float
) -> tuple[int, int, int]:
    """Bytes of the date's list, of the offsets in it, and of the names in an issue of the date."""
    folder = Path(tempfile.mkdtemp(prefix="ht-snapshot-size-"))
    mark = folder / "healthTrend/_ht/format.json"
    mark.parent.mkdir(parents=True)
    mark.write_text(f'{{"format": {root_format}}}')
    store = GuardedStore(LocalStore(folder), LAYOUT)
    pool = StorePool(store)
    log = CommitLog(pool, LAYOUT, commits)
    draw, series = random.Random(20), NameSeries()
    state = log.commit(
        manifest("fence", dict.fromkeys(range(partitions), 0), DAY), 0, State(), lambda _: None
    )
    for number in range(commits):
        files = (staged(log, series, number, partitions),) if draw.random() < share else ()
        ends = dict.fromkeys(range(partitions), (number + 1) * MESSAGES)
        draft = manifest("data", ends, DAY, files)
        state = log.commit(draft, 1, log.read_state(since=state), lambda _: None)
        if number % merge_every == merge_every - 1 or number == commits - 1:
            compact(log, DAY)
            state = log.read_state()
    state = log.snapshots.write(state, 10 * commits)
    (file,) = state.files[str(DAY)].values()
    listed = store.length(state.files.base[str(DAY)].path) or 0
    offsets = len(msgspec.json.encode((file.ranges, file.readings)))
    names = len(msgspec.json.encode(stored_names(store, state.inputs(str(DAY)))))
    pool.close()
    shutil.rmtree(folder)
    return listed, offsets, names


def staged(log: CommitLog, series: NameSeries, number: int, partitions: int) -> StagedFile:
    """Write a small file of one commit."""
    content, src = b"{}\n", f"{LAYOUT.staged(1, new_nonce())}/{DAY}.jsonl"
    log.pool.write(src, content)
    first = number * MESSAGES
    return StagedFile(
        src=src,
        dst=LAYOUT.record_file(str(DAY), 1, series.next(str(DAY))),
        date=str(DAY),
        lines=1,
        bytes=len(content),
        crc32=zlib.crc32(content),
        ranges=tuple((partition, first, first + MESSAGES) for partition in range(partitions)),
    )


if __name__ == "__main__":
    main()
