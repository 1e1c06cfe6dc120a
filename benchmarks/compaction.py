"""How long does it take to merge what a follower left of a date: thousands of small files into one?

The files are committed by the class that the product commits with, many in one commit; then the date is
merged by `compact`, its commit and the removal of its sources included. Processor time is that of this
process; the NameNode and the DataNode run beside it.

    python benchmarks/compaction.py [--files N ...] [--bytes B]
"""

import argparse
import datetime as dt
import sys
import time
import zlib

from kit.commits import manifest
from kit.measure import table
from kit.servers import fresh, own_servers

from healthtrends import clock
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool

DAY = dt.date(2025, 12, 22)
A_COMMIT = 500
AT_ONCE = 24
"""Each file under construction reserves a whole block on the DataNode's disk."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Benchmark of merging a follower's files.")
    parser.add_argument("--files", type=int, nargs="+", default=[500, 4_000])
    parser.add_argument("--bytes", type=int, default=30_000, help="of each file")
    asked = parser.parse_args()
    with own_servers() as servers:
        rows = [measured(servers.addresses.hdfs_url, files, asked.bytes) for files in asked.files]
    header = ["files", "MB", "seconds", "ms a file", "processor s", "kB of the day's list after it"]
    print(table(header, rows))


def measured(url: str, files: int, size: int) -> list[str]:
    """One line of the table."""
    pool = StorePool(HdfsStore(url, {}))
    log = CommitLog(pool, Layout(f"/bench/{fresh('merge')}"), 1)
    print(f"{files:,} files", file=sys.stderr)
    state = log.commit(manifest("fence", {0: 0}, DAY), 0, State(), lambda _: None)
    line = b"x" * (size - 1) + b"\n"
    for first in range(0, files, A_COMMIT):
        add = [staged(log, number, line) for number in range(first, min(files, first + A_COMMIT))]
        list(pool.stream(lambda file: pool.write(file.src, line), add, AT_ONCE))
        state = log.commit(manifest("data", {0: files}, DAY, tuple(add)), 1, state, lambda _: None)
    begin, spent = clock.monotonic(), time.process_time()
    merged = compact(log, DAY)
    seconds, spent = clock.monotonic() - begin, time.process_time() - spent
    if merged != (files, 1):
        raise SystemExit(f"{merged[0]} files became {merged[1]}")
    listed = pool.store.length(log.read_state().files.base[str(DAY)].path) or 0
    pool.close()
    return [
        f"{files:,}",
        f"{files * size / 1e6:,.1f}",
        f"{seconds:.1f}",
        f"{1000 * seconds / files:.1f}",
        f"{spent:.1f}",
        f"{listed / 1000:,.1f}",
    ]


def staged(log: CommitLog, number: int, content: bytes) -> StagedFile:
    """Facts of a small file."""
    nonce = new_nonce()
    return StagedFile(
        src=f"{log.layout.staged(1, nonce[:2])}/{nonce}.jsonl",
        dst=log.layout.record_file(str(DAY), 1, nonce),
        date=str(DAY),
        lines=1,
        bytes=len(content),
        crc32=zlib.crc32(content),
        ranges=((0, number, number + 1),),
    )


if __name__ == "__main__":
    main()
