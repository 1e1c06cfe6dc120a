"""What does the start of an ingest read on a real NameNode after 10 commits, and after 100,000?

A start is recover and plan, as every ingest begins, by a client that has yet to connect. The log of 10 is
made by 10 commits. Of the log of 100,000 only what exists then is made: the state of number 99,800 by the
class that writes snapshots, and the manifests that the retention keeps, side by side where a commit puts
them; number 100,000 is a real commit again, of four files, and writes the snapshot that is due. The old log
is looked at on that snapshot, and once more with as many commits above it as there can be. The head of a
snapshot has a line for each date (here 365); nothing else that a start reads depends on dates.

    python benchmarks/log_growth.py [--commits N] [--runs N]
"""

import argparse
import datetime as dt
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from kit.measure import median_and_spread, table
from kit.servers import fresh, own_servers

from healthtrends import clock
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.config.intake import Ingest
from healthtrends.ingest.runner import plan_ingest
from healthtrends.ingest.settings import IngestSettings
from healthtrends.storage.layout import SEQS_PER_FOLDER, Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position, encode
from healthtrends.storage.ports import Entry
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import MemoryTopic

EVERY = Ingest().snapshot_every
RETENTION = 10_000
DATES = 365
FILES = 4
AT_ONCE = 200
TOPIC = MemoryTopic({partition: [] for partition in range(3)})
VECTOR = dict.fromkeys(TOPIC.partitions, Position(0, 1, "follow"))
SETTINGS = IngestSettings(
    batch_records=1, batch_bytes=1, commit_interval=1.0, future_days=1, pseudonymise=None, key_id=None
)


@dataclass
class CountingStore(HdfsStore):
    """Counts what is asked of the servers."""

    url: str
    calls: Counter[str] = field(default_factory=Counter)
    bytes_read: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        super().__init__(self.url, {})

    def read(self, path: str) -> bytes:
        """As the store."""
        content = super().read(path)
        with self.lock:
            self.calls["read"] += 1
            self.bytes_read += len(content)
        return content

    def list(self, folder: str) -> list[Entry]:
        """As the store."""
        with self.lock:
            self.calls["list"] += 1
        return super().list(folder)

    def length(self, path: str) -> int | None:
        """As the store."""
        with self.lock:
            self.calls["length"] += 1
        return super().length(path)


def main() -> None:
    """Make both logs, look at each, print."""
    parser = argparse.ArgumentParser(description="Benchmark of starting on a long log.")
    parser.add_argument("--commits", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    with own_servers() as servers:
        url = servers.addresses.hdfs_url
        rows = [*short_log(url, asked.runs), *long_log(url, asked.commits, asked.runs)]
    header = ["commits", "above the snapshot", "calls", "files read", "kB read", "ms", "largest folder"]
    print(table(header, rows))


def short_log(url: str, runs: int) -> Iterator[list[str]]:
    """Rows of a new log."""
    log = opened(url)
    state = State()
    for _ in range(10):
        state = commit(log, state)
    yield measured(url, log, runs)
    log.pool.close()


def long_log(url: str, count: int, runs: int) -> Iterator[list[str]]:
    """Rows of an old log."""
    log = opened(url)
    age(log, count - EVERY)
    for last in (count, count + EVERY - 1):
        put(log, range(log.read_state().seq + 1, last))
        commit(log, log.read_state())
        yield measured(url, log, runs)
    log.pool.close()


def opened(url: str) -> CommitLog:
    """Give an empty log on the real NameNode."""
    return CommitLog(StorePool(HdfsStore(url, {})), Layout(f"/bench/{fresh('log')}"), EVERY, RETENTION)


def age(log: CommitLog, seq: int) -> None:
    """Write the state of number `seq`, and the manifests that would still lie below it."""
    print(f"making the log of {seq:,} commits", file=sys.stderr)
    put(log, range(max(1, (seq - RETENTION) // SEQS_PER_FOLDER * SEQS_PER_FOLDER), seq + 1))
    first = dt.date(2025, 1, 1)
    days = [(first + dt.timedelta(days=n)).isoformat() for n in range(DATES)]
    state = State(seq=seq - 1, parts=VECTOR).after(manifest(seq, [staged(log, day) for day in days]))
    log.snapshots.write(state, RETENTION)


def put(log: CommitLog, numbers: Iterable[int]) -> None:
    """Put manifests of these numbers into the log."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda n: log.pool.write(log.layout.commit(n), encode(manifest(n))), numbers))


def commit(log: CommitLog, state: State) -> State:
    """Commit some files, with the snapshot if one is due; clean up as a writer does."""
    files = [staged(log, f"2025-12-{day:02d}") for day in range(1, FILES + 1)]
    log.pool.write_all({file.src: b"{}\n" for file in files})
    committed = log.snapshot_if_due(log.commit(manifest(0, files), 1, state, lambda _: None))
    log.store.delete(log.layout.staging)
    return committed


def staged(log: CommitLog, day: str) -> StagedFile:
    """Facts of a small file of a date."""
    nonce = new_nonce()
    source, target = f"{log.layout.staged(1, nonce)}/{day}.jsonl", log.layout.record_file(day, 1, nonce)
    return StagedFile(src=source, dst=target, date=day, lines=1, bytes=3, crc32=0, ranges=((0, 0, 1),))


def manifest(seq: int, add: Sequence[StagedFile] = ()) -> Manifest:
    """Give a commit as an ingest makes it, of a topic that has nothing more to read."""
    identity = TOPIC.identity()
    return Manifest(
        seq=seq,
        nonce=new_nonce(),
        kind="data",
        mode="follow",
        cluster_id=identity.cluster_id,
        topic=identity.topic,
        topic_id=identity.topic_id,
        clock_date="2025-12-22",
        key_id=None,
        program_version="0",
        committed_at=clock.now().isoformat(timespec="milliseconds"),
        parts=VECTOR,
        add=tuple(add),
    )


def measured(url: str, log: CommitLog, runs: int) -> list[str]:
    """One line of the table: the same start again and again."""
    seconds = []
    for _ in range(runs):
        store = CountingStore(url)
        pool = StorePool(store)
        begin = clock.monotonic()
        state, _ = plan_ingest(TOPIC.reader(), CommitLog(pool, log.layout, EVERY, RETENTION), SETTINGS)
        seconds.append(clock.monotonic() - begin)
        pool.close()
    path, entries = max(folders(log, log.layout.root), key=lambda found: found[1])
    return [
        f"{state.seq:,}",
        str(state.seq - state.snapshot),
        str(store.calls.total()),
        str(store.calls["read"]),
        f"{store.bytes_read / 1000:,.1f}",
        median_and_spread([1000 * each for each in seconds], 0),
        f"{entries:,} entries (`{path.removeprefix(log.layout.root + '/')}`)",
    ]


def folders(log: CommitLog, folder: str) -> Iterator[tuple[str, int]]:
    """Every folder below, with the number of its entries."""
    found = log.store.list(folder)
    yield folder, len(found)
    for entry in found:
        if entry.is_folder:
            yield from folders(log, f"{folder}/{entry.name}")


if __name__ == "__main__":
    main()
