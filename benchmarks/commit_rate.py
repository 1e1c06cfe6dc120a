"""How many commits a second does one log take, from how many writers at once, and what does each pay?

Each writer owns a partition and commits batches of four files, on a real NameNode, by the class that the
product commits with; nothing is consumed or decoded. A commit's seconds go from the first file's creation
until all have their final names. First every writer commits again at once, which shows the most that a log
takes; then each does every ten seconds, as a follower does by default.

    python benchmarks/commit_rate.py [--at-once N ...] [--paced N ...] [--seconds S]
"""

import argparse
import math
import random
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from kit.measure import table
from kit.servers import fresh, own_servers

from healthtrends import clock
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Kind, Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.store_pool import StorePool

LINE = b"{}\n"
FILES = 4
INTERVAL = 10.0


class Writer:
    """One shard: fences its partition, then commits until it is told to stop."""

    def __init__(self, url: str, root: str, partition: int) -> None:
        self.seconds: list[float] = []
        self._pool = StorePool(HdfsStore(url, {}))
        self._log = CommitLog(self._pool, Layout(root), 200)
        self._partition = partition
        self._next = 0
        state = self._log.recover()
        self._state = self._log.commit(self._manifest("fence"), 0, state, lambda _: None)
        self._epoch = self._state.seq

    def write(self, stop: threading.Event, first: float, every: float) -> None:
        """Commit after commit, the first after so many seconds."""
        waited = first
        while not stop.wait(waited):
            begin = clock.monotonic()
            self._commit()
            self.seconds.append(clock.monotonic() - begin)
            waited = max(0.0, every - self.seconds[-1])
        self._pool.close()

    def _commit(self) -> None:
        nonce = new_nonce()
        staged = [self._staged(nonce, number) for number in range(FILES)]
        closing = self._pool.map(self._write, staged)
        self._next += 1
        self._state = self._log.snapshot_if_due(
            self._log.commit(
                self._manifest("data", nonce, staged),
                self._epoch,
                self._state,
                lambda _: None,
                lambda: list(closing) and None,
            )
        )
        self._log.store.delete(self._log.layout.staged(self._epoch, nonce))

    def _write(self, file: StagedFile) -> None:
        self._pool.write(file.src, LINE)

    def _staged(self, nonce: str, number: int) -> StagedFile:
        layout, date = self._log.layout, f"2025-12-{1 + number % 28:02d}"
        return StagedFile(
            src=f"{layout.staged(self._epoch, nonce)}/{date}-{new_nonce()}.jsonl",
            dst=layout.record_file(date, self._epoch, new_nonce()),
            date=date,
            lines=1,
            bytes=len(LINE),
            crc32=0,
            ranges=((self._partition, self._next, self._next + 1),),
        )

    def _manifest(self, kind: Kind, nonce: str = "", add: Sequence[StagedFile] = ()) -> Manifest:
        return Manifest(
            seq=0,
            nonce=nonce or new_nonce(),
            kind=kind,
            mode="follow",
            cluster_id="bench",
            topic="bench",
            topic_id="bench",
            clock_date="2025-12-22",
            key_id=None,
            program_version="0",
            committed_at=clock.now().isoformat(timespec="milliseconds"),
            parts={self._partition: Position(self._next, self._epoch if kind == "data" else 0, "follow")},
            add=tuple(add),
            counts=Counts(messages_stored=len(add), lines=len(add)),
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of many writers on one log.")
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--paced", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--seconds", type=float, default=40.0)
    asked = parser.parse_args()
    with own_servers() as servers:
        url = servers.addresses.hdfs_url
        rows = [measured(url, writers, 0.0, asked.seconds) for writers in asked.at_once]
        rows += [measured(url, writers, INTERVAL, asked.seconds) for writers in asked.limit_rate]
    header = ["writers", "each commits every", "commits/s of the log", "p50 s a commit", "p99 s"]
    print(table(header, rows))


def measured(url: str, writers: int, every: float, seconds: float) -> list[str]:
    """One line of the table."""
    print(f"{writers} writers, every {every:g} s", file=sys.stderr)
    root, stop = f"/bench/{fresh('rate')}", threading.Event()
    shards = [Writer(url, root, partition) for partition in range(writers)]
    begin = clock.monotonic()
    with ThreadPoolExecutor(writers) as pool:
        working = [pool.submit(each.write, stop, random.uniform(0, every), every) for each in shards]
        stop.wait(seconds)
        stop.set()
        for each in working:
            each.result()
    took = clock.monotonic() - begin
    found = sorted(each for shard in shards for each in shard.seconds)
    percentiles = (f"{found[math.ceil(share * len(found)) - 1]:.2f}" for share in (0.5, 0.99))
    pace = f"{every:g} s" if every else "at once"
    return [f"{writers}", pace, f"{len(found) / took:,.2f}", *percentiles]


if __name__ == "__main__":
    main()
