"""History in mixed date order: a batch keeps to its number of dates, few files are open, none stays open."""

import datetime as dt
from collections import Counter

import pytest

from healthtrends.errors import HdfsUnavailable
from healthtrends.ingest.date_files import MOST_OPEN, DateFiles
from healthtrends.ingest.file_writers import FileWriters
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.ingesting import ingested, record


class Watched:
    """A writer that tells its store when it is closed."""

    def __init__(self, store, path, inner) -> None:
        self._store, self._path, self._inner = store, path, inner

    def write(self, data):
        self._store.calls += 1
        if self._store.calls == self._store.fails_at:
            raise HdfsUnavailable("no room")
        return self._inner.write(data)

    def close(self):
        self._inner.close()
        self._store.open.discard(self._path)


class WatchedStore(LocalStore):
    """Knows which files are open, and the size each was created for."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.open, self.sizes = set(), {}
        self.calls, self.fails_at = 0, None

    def create(self, path, size=None):
        inner = super().create(path, size)
        self.sizes[path] = size
        self.open.add(path)
        return Watched(self, path, inner)


@pytest.fixture
def store(tmp_path):
    return WatchedStore(tmp_path)


@pytest.fixture
def log(store):
    pool = StorePool(store)
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def day(number):
    return (dt.date(2020, 1, 1) + dt.timedelta(days=number)).isoformat()


def topic_of(count, **changes):
    """Messages of as many dates in two partitions."""
    topic = MemoryTopic()
    for number in range(count):
        topic.send(number % 2, record(number, visit_date=day(number), **changes))
    return topic


def run(topic, log, **changes):
    return ingested(topic.reader(), log, batch_records=10**6, **changes)


def commits(log):
    found = [log.read_manifest(seq) for seq in range(1, log.read_state().seq + 1)]
    return [manifest for manifest in found if manifest.kind == "data"]


@pytest.mark.parametrize("moved", [False, True], ids=["one date a message", "two dates a message"])
@pytest.mark.parametrize("limit", [2, 7, 100])
def test_no_commit_has_more_dates_than_allowed(log, limit, moved):
    """Exactly, though messages are read in chunks; and every message is stored once."""
    changes = {"previous_visit_date": "2019-01-01", "record_id": "r"} if moved else {}
    run(topic_of(150, **changes), log, batch_dates=limit)
    assert max(len({file.date for file in manifest.add}) for manifest in commits(log)) <= limit
    ends = [position.next for position in log.read_state().parts.values()]
    lines = Counter(
        file.date for manifest in commits(log) for file in manifest.add for _ in range(file.lines)
    )
    assert (ends, set(lines) >= {day(number) for number in range(150)}) == ([75, 75], True)
    assert lines.total() == (300 if moved else 150)


@pytest.mark.parametrize("limit", [100, 200])
def test_a_low_limit_of_dates_makes_no_small_batches_of_one_date(log, limit):
    """There is room for more dates after the first; 3,000 messages of one are two commits, not thirty."""
    topic = MemoryTopic()
    for number in range(3_000):
        topic.send(0, record(number))
    run(topic, log, batch_dates=limit)
    assert len(commits(log)) <= 2


def test_a_small_file_is_created_for_its_size(log, store):
    """So that HDFS reserves no block of 128 MiB for a line."""
    run(topic_of(300), log)
    files = [file for manifest in commits(log) for file in manifest.add]
    assert {file.src: file.bytes for file in files} == {file.src: store.sizes[file.src] for file in files}


def test_few_files_grow_at_the_same_time(store):
    """Of 200 dates with much to store each, the others wait for the end of the batch; all is written."""
    writers = FileWriters(store)
    files = DateFiles(writers, lambda name: f"/{name}.jsonl", 2**28)
    for _ in range(3):
        for number in range(200):
            files.add(day(number), b"x" * 80_000 + b"\n", 1)
    growing = sum(file.is_growing for file in files.files.values())
    files.finish()()
    writers.stop()
    assert growing == MOST_OPEN
    assert {store.length(file.path) for file in files.files.values()} == {240_003}


def test_a_growing_file_says_what_it_is_likely_to_become(store):
    """Its share of the whole batch, with a margin: not a block of 128 MiB each."""
    writers = FileWriters(store)
    files = DateFiles(writers, lambda name: f"/{name}.jsonl", 2**28)
    for number in range(50):
        files.add(day(number), b"x" * 40_000, 1)
    for number in range(50):
        files.add(day(number), b"x" * 40_000, 1)
    files.finish()()
    writers.stop()
    assert sum(store.sizes.values()) < 2 * 2**28 * 2


def test_a_batch_ends_when_too_much_is_held_in_memory(store):
    """For more dates than may grow."""
    writers = FileWriters(store)
    files = DateFiles(writers, lambda name: f"/{name}.jsonl", 2**40)
    for number in range(MOST_OPEN + 1024):
        files.add(day(number), b"x" * 2**16, 1)
    assert files.is_full
    writers.stop()


@pytest.mark.parametrize("fails_at", [1, 40, 299])
def test_a_failed_batch_leaves_no_file_open(log, store, fails_at):
    """Whatever HDFS reserves for them is free again."""
    run(topic_of(1), log)
    store.calls, store.fails_at = 0, fails_at + 1  # the first is the fence
    with pytest.raises(HdfsUnavailable, match="no room"):
        run(topic_of(300), log)
    assert store.open == set()


def test_a_file_of_a_failed_job_is_closed_and_deleted(store):
    """Before whoever comes next collects it."""
    store.fails_at = 1
    with pytest.raises(HdfsUnavailable, match="no room"), JobFile(store, "/f", 10) as file:
        file.write(b"x\n", 1)
    assert (store.open, store.length("/f")) == (set(), None)


def test_a_small_file_that_cannot_be_written_is_closed_and_deleted(store):
    """Reports, cubes, snapshots and manifests are written so."""
    store.fails_at = 1
    pool = StorePool(store)
    with pytest.raises(HdfsUnavailable, match="no room"):
        pool.write("/f", b"x")
    pool.close()
    assert (store.open, store.length("/f")) == (set(), None)
