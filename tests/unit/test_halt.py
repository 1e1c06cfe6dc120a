"""Asked to stop, an ingest by several workers reads no more, commits what it holds, and leaves no gap."""

import json
import queue
import threading
import time
from collections import Counter
from collections.abc import Sequence

import pytest

from healthtrends.errors import StagingFailed
from healthtrends.ingest.batch import Staged
from healthtrends.ingest.process_stager import join_contiguous
from healthtrends.ingest.settings import ExecutorPool, IngestSettings, WorkerPool
from healthtrends.ingest.stager import LocalStager
from healthtrends.ingest.worker_protocol import Closed, Command, Halt, Task, WorkerReport, Written
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryMessage, MemoryTopic
from tests.unit.ingesting import ingested, record, settings

SENT = 3_000


class SlowTopic(MemoryTopic):
    """Hands out ten messages at a time, and asks for the stop after some of them."""

    seconds = 0.005
    reads = 0
    stop_after = 10**9
    stop = threading.Event()

    def read(self, most: int, timeout: float) -> Sequence[MemoryMessage]:
        time.sleep(self.seconds)
        type(self).reads += 1
        if type(self).reads > self.stop_after:
            self.stop.set()
        return super().read(min(most, 10), timeout)


class InThread:
    """A worker as a thread of this process."""

    def __init__(self, stager: LocalStager) -> None:
        self._stager = stager
        self._halted = threading.Event()
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._reports: queue.SimpleQueue[WorkerReport | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def send(self, order: Command) -> None:
        if isinstance(order, Halt):
            self._halted.set()
        elif isinstance(order, Task):
            self._tasks.put(order)

    def receive(self) -> WorkerReport | None:
        return self._reports.get()

    def end(self) -> None:
        self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            staging = self._stager.stage(task, self._halted, lambda: None)
            self._reports.put(Written(staging.written()))
            staging.closed()
            self._reports.put(Closed())
        self._stager.close()
        self._reports.put(None)


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


@pytest.fixture
def topic(monkeypatch):
    """Three partitions; after twenty reads somebody asks to stop."""
    monkeypatch.setattr(SlowTopic, "reads", 0)
    monkeypatch.setattr(SlowTopic, "stop_after", 20)
    monkeypatch.setattr(SlowTopic, "stop", threading.Event())
    topic = SlowTopic()
    for number in range(SENT):
        topic.send(number % 3, record(number))
    return topic


def crew_of(topic: MemoryTopic, log: CommitLog, how: IngestSettings) -> WorkerPool:
    def start() -> InThread:
        with progress("t", None, "m") as bar:
            return InThread(LocalStager(topic.reader(), log.store, log.layout, how, bar))

    return WorkerPool(3, 1, start)


def stored(log: CommitLog) -> Counter[str]:
    store, folder = log.store, log.layout.records
    return Counter(
        json.loads(line)["patient_id"]
        for date in store.list(folder)
        for file in store.list(f"{folder}/{date.name}")
        for line in store.read(f"{folder}/{date.name}/{file.name}").splitlines()
    )


@pytest.mark.parametrize("batch_records", [1_000_000, 500], ids=["one batch", "several"])
def test_workers_that_are_halted_leave_what_they_read(log, topic, monkeypatch, batch_records):
    """Each partition up to some offset, each message once; the next ingest stores the rest."""
    how = settings(batch_records=batch_records)
    summary = ingested(
        topic.reader(), log, topic.stop, batch_records=batch_records, worker_pool=crew_of(topic, log, how)
    )
    assert 0 < summary.stored < SENT / 2
    assert stored(log).total() == summary.stored
    monkeypatch.setattr(SlowTopic, "seconds", 0.0)
    ingested(topic.reader(), log)
    assert stored(log) == Counter(f"P-{n}" for n in range(SENT))
    assert [finding["check"] for finding in verify(log) if not finding["ok"]] == []


def test_a_piece_behind_a_gap_is_left_out():
    """The first piece was to end at 50; what begins there does not meet it, another partition does."""
    first, second, third = Staged(nexts={0: 30}), Staged(nexts={0: 100}), Staged(nexts={1: 70})
    found = join_contiguous({0: 0, 1: 0, 2: 5}, [({0: 0}, first), ({0: 50}, second), ({1: 0}, third)])
    assert found.nexts == {0: 30, 1: 70, 2: 5}


class Endless:
    """Executors whose first job never ends by itself."""

    def __init__(self, stop: threading.Event) -> None:
        self._stop = stop
        self._given_up = threading.Event()

    def start(self) -> None:
        """Nothing."""

    def stage(self, pieces: Sequence[Task]) -> Sequence[Staged]:
        self._stop.set()
        assert pieces
        assert self._given_up.wait(20)
        raise StagingFailed("interrupted")

    def cancel(self) -> None:
        self._given_up.set()


def test_a_batch_of_executors_that_is_halted_is_not_committed(log, topic, monkeypatch):
    """Its files are known when the job ends only; it is read again the next time."""
    executors = Endless(topic.stop)
    summary = ingested(topic.reader(), log, topic.stop, executor_pool=ExecutorPool(executors, 100))
    assert summary.stored == 0
    monkeypatch.setattr(SlowTopic, "seconds", 0.0)
    ingested(topic.reader(), log)
    assert stored(log).total() == SENT
