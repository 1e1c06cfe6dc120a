"""Ten years of a follower, a daily run and late records, against the classes that the product commits with.

Every day some commits: each brings a file of the day, files of late records for earlier dates (most of them
of the last month, some of any day ever), and a file of rejects. Every few days what is crowded is merged, as
a run does it. Only amounts are scaled down: a follower commits 8,640 times a day by default, and the limits
that matter (files of a crowded day, commits between snapshots) are scaled with it.
"""

import datetime as dt
import random
import statistics
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from healthtrends.orchestrate.maintenance import Compaction
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Kind, Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from tests.scale.memory_store import MemoryStore

FIRST = dt.date(2026, 1, 1)
YEAR = 365
LINE = b'{"synthetic":1}\n'
MONTH = 30


@dataclass(frozen=True)
class Pace:
    """How much happens."""

    commits: int
    """A day."""
    late: int
    """Dates of a commit besides its own; every third is of any day ever, the others of the last month."""
    days_with_more_files: int
    """Files of a day above which they are merged."""
    snapshot_every: int
    retention: int
    merge_days: int = 1
    """Days between two runs."""


@dataclass(frozen=True)
class Figures:
    """What is there at the end of a year."""

    year: int
    commits: int
    start_calls: int
    """Calls with which a writer begins."""
    start_kb: float
    head_kb: float
    log_files: int
    """Files below `_ht/log`, and their bytes."""
    log_mb: float
    largest_folder: int
    """Entries, below `_ht`."""
    data_files: int
    """Of records and rejects, and the most that one day has."""
    most_files: int
    removed_files: int
    state_kb: float
    """Memory of a writer's state."""
    commit_ms: float
    """Processor time, the median of the year's commits; few of them write a snapshot."""
    snapshot_ms: float
    merge_ms: float
    """Of one merged day."""


class TenYears:
    """One root in memory; `set_clock` pins the product's clock."""

    def __init__(self, pace: Pace, set_clock: Callable[[str], None], seed: int = 1) -> None:
        self.store = MemoryStore()
        self.pace = pace
        self._set_clock = set_clock
        self._chance = random.Random(seed)
        self._pool = StorePool(self.store)
        self._log = self._open()
        self._offset = self._epoch = 0
        self._state = State()
        self._spent: dict[str, list[float]] = {}

    def close(self) -> None:
        self._pool.close()

    def years(self, count: int) -> Iterator[Figures]:
        """Live that many, and tell of each."""
        for year in range(1, count + 1):
            self._spent = {what: [] for what in ("commit", "snapshot", "no snapshot", "merge")}
            for day in range((year - 1) * YEAR, year * YEAR):
                self._live(FIRST + dt.timedelta(days=day))
            yield self._figures(year)

    def _open(self) -> CommitLog:
        return CommitLog(self._pool, Layout("/r"), self.pace.snapshot_every, self.pace.retention)

    def _live(self, today: dt.date) -> None:
        self._set_clock(f"{today}T12:00:00+00:00")
        if today.day == 1:
            self._restart()
        for _ in range(self.pace.commits):
            self._commit(today)
        if today.toordinal() % self.pace.merge_days == 0:
            self._merge()
            self._state = self._log.read_state(since=self._state)

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        begin = time.process_time()
        yield
        self._spent[what].append(1e3 * (time.process_time() - begin))

    def _restart(self) -> None:
        """A new writer takes the partition."""
        self._log = self._open()
        state = self._log.recover()
        self._state = self._log.commit(self._manifest("fence"), 0, state, lambda _: None)
        self._epoch = self._state.seq
        self._log.collect(self._state, self._epoch)

    def _merge(self) -> None:
        merging = Compaction(self._open(), self.pace.days_with_more_files)
        for found in merging.days_with_more_files():
            with self._timed("merge"):
                merging.merge(found.day, found.folder)

    def _commit(self, today: dt.date) -> None:
        nonce, layout = new_nonce(), self._log.layout
        self._offset += 100
        dates = {today, *(self._late(today, number) for number in range(self.pace.late))}
        add = tuple(self._staged(nonce, str(date), layout.record_file) for date in sorted(dates))
        rejects = (self._staged(nonce, str(today), layout.reject_file),)
        draft = self._manifest("data", nonce, add, rejects)
        with self._timed("commit"):
            committed = self._log.commit(draft, self._epoch, self._state, lambda _: None)
        is_due = committed.seq - committed.snapshot >= self.pace.snapshot_every
        with self._timed("snapshot" if is_due else "no snapshot"):
            self._state = self._log.snapshot_if_due(committed)
        self._pool.store.delete(layout.staged(self._epoch, nonce))

    def _late(self, today: dt.date, number: int) -> dt.date:
        age = (today - FIRST).days
        span = age if number % 3 == 2 else min(age, MONTH)
        return today - dt.timedelta(days=self._chance.randint(0, span))

    def _staged(self, nonce: str, date: str, place: Callable[[str, int, str], str]) -> StagedFile:
        source = f"{self._log.layout.staged(self._epoch, nonce)}/{date}-{new_nonce()}.jsonl"
        self._pool.write(source, LINE)
        return StagedFile(
            src=source,
            dst=place(date, self._epoch, new_nonce()),
            date=date,
            lines=1,
            bytes=len(LINE),
            crc32=zlib.crc32(LINE),
            ranges=((0, self._offset - 100, self._offset),),
            min_recorded_at=f"{date}T08:00:00Z",
            max_recorded_at=f"{date}T08:00:00Z",
        )

    def _manifest(
        self,
        kind: Kind,
        nonce: str = "",
        add: tuple[StagedFile, ...] = (),
        rejects: tuple[StagedFile, ...] = (),
    ) -> Manifest:
        return Manifest(
            seq=0,
            nonce=nonce or new_nonce(),
            kind=kind,
            mode="follow",
            cluster_id="c",
            topic="t",
            topic_id="i",
            clock_date=add[-1].date if add else str(FIRST),
            key_id="k",
            program_version="0",
            committed_at="",
            parts={0: Position(self._offset, self._epoch, "follow")},
            add=add,
            rejects=rejects,
            counts=Counts(messages_stored=len(add), messages_rejected=len(rejects), lines=len(add)),
        )

    # Looking -----------------------------------------------------------------------------------

    def _figures(self, year: int) -> Figures:
        calls, size, memory = self._start()
        log_files, log_bytes, _ = self.store.below("/r/_ht/log")
        heads = self.store.list("/r/_ht/log/snapshots")
        state = self._log.read_state()
        indexes = (state.files, state.reject_files)
        spent = {what: statistics.median(found or [0.0]) for what, found in self._spent.items()}
        return Figures(
            year=year,
            commits=state.seq,
            start_calls=calls,
            start_kb=size / 1e3,
            head_kb=heads[-1].length / 1e3,
            log_files=log_files,
            log_mb=log_bytes / 1e6,
            largest_folder=self.store.below("/r/_ht")[2],
            data_files=sum(each.count(day) for each in indexes for day in each),
            most_files=max(each.count(day) for each in indexes for day in each),
            removed_files=self.store.below("/r/_ht/removed")[0],
            state_kb=memory / 1e3,
            commit_ms=spent["commit"],
            snapshot_ms=spent["snapshot"],
            merge_ms=spent["merge"],
        )

    def _start(self) -> tuple[int, int, int]:
        """Calls, bytes read and memory of a writer's state, from nothing to the newest number."""
        tracemalloc.start()
        before = self.store.calls.total(), self.store.bytes_read, tracemalloc.get_traced_memory()[0]
        state = self._open().recover()
        held = tracemalloc.get_traced_memory()[0] - before[2]
        tracemalloc.stop()
        assert state.seq
        return self.store.calls.total() - before[0], self.store.bytes_read - before[1], held
