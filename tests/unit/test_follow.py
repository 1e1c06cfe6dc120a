"""When a follower commits, and that reading goes on meanwhile; with a topic in memory and a store on disk."""

import json
import threading
import time

import pytest

from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic


class HeldStore(LocalStore):
    """A NameNode that does not answer to a commit until it is let go."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.go = threading.Event()
        self.go.set()
        self.reached = threading.Event()

    def rename(self, src, dst, *, replace=False):
        if "/log/commits/" in dst and not self.go.is_set():
            self.reached.set()
            assert self.go.wait(30)
        super().rename(src, dst, replace=replace)


@pytest.fixture
def log(tmp_path):
    pool = StorePool(HeldStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


@pytest.fixture
def topic():
    return MemoryTopic({0: [], 1: []})


@pytest.fixture
def follow(log, topic):
    """Start a follower with these limits; it is stopped at the end, and must not have failed."""
    stop, failures, threads = threading.Event(), [], []

    def start(summary=None, **limits):
        changes = {"batch_records": 10**6, "batch_bytes": 10**9, "commit_interval": 600.0, **limits}
        settings = IngestSettings(**changes, future_days=1, pseudonymise=None, key_id=None, mode="follow")

        def work():
            try:
                with progress("t", None, "m") as bar:
                    ingest(topic, log, settings, stop, bar, summary or IngestSummary())
            except BaseException as failure:  # noqa: BLE001  the fixture raises it
                failures.append(failure)

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        wait(lambda: log.read_state().seq == 1)
        return stop

    yield start
    stop.set()
    log.store.go.set()
    for thread in threads:
        thread.join(30)
    assert failures == []


def send(topic, count):
    for number in range(count):
        fields = {
            "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": "2025-12-05", "treatment_code": "T", "outcome": "ongoing",
        }  # fmt: skip
        topic.send(number % 2, json.dumps(fields).encode())


def wait(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def stored(log):
    return log.read_state().messages_stored


def read(topic):
    return sum(topic.positions().values())


@pytest.mark.parametrize("limit", [{"commit_interval": 0.2}, {"batch_records": 40}])
def test_a_follower_commits_by_time_and_by_size(log, topic, follow, limit):
    """Whichever limit is reached first; nobody has to stop it."""
    follow(**limit)
    send(topic, 40)
    wait(lambda: stored(log) == 40)


def test_a_follower_reads_on_while_it_commits(log, topic, follow):
    """The next batch is full before the NameNode has answered to the one before."""
    follow(batch_records=10)
    log.store.go.clear()
    send(topic, 10)
    assert log.store.reached.wait(30)
    send(topic, 10)
    wait(lambda: read(topic) == 20)
    assert stored(log) == 0
    log.store.go.set()
    wait(lambda: stored(log) == 20)


def test_a_follower_holds_no_more_than_one_batch_besides_the_one_it_commits(log, topic, follow):
    """Else its memory would grow while a NameNode is slow."""
    follow(batch_records=10)
    log.store.go.clear()
    send(topic, 100)
    assert log.store.reached.wait(30)
    wait(lambda: read(topic) == 20)
    time.sleep(0.3)
    assert read(topic) == 20


def test_a_quiet_follower_makes_progress(log, topic, follow):
    """Servers did what was asked of them: the next failure is a first one again."""
    summary = IngestSummary()
    follow(summary, commit_interval=0.05)
    wait(lambda: summary.progress >= 2)
    assert summary.commits == 0


def test_what_is_committed_and_what_is_held_at_the_stop_are_both_stored(log, topic, follow):
    """A commit under way and a batch that had just begun."""
    stop = follow(batch_records=10)
    log.store.go.clear()
    send(topic, 17)
    assert log.store.reached.wait(30)
    wait(lambda: read(topic) == 17)
    stop.set()
    log.store.go.set()
    wait(lambda: stored(log) == 17)


def test_a_follower_that_was_stopped_does_not_begin_anew(log, topic):
    """When a server was away and it is tried again, all that is left to do is to end."""
    stop = threading.Event()
    stop.set()
    send(topic, 5)
    settings = IngestSettings(
        batch_records=10, batch_bytes=10**9, commit_interval=1.0, future_days=1, pseudonymise=None,
        key_id=None, mode="follow",
    )  # fmt: skip
    with progress("t", None, "m") as bar:
        ingest(topic, log, settings, stop, bar, IngestSummary())
    assert log.read_state().seq == 0
