"""Shards, followers and added partitions, with a topic in memory and a store on disk."""

import json
import threading
import time
from collections import Counter

import pytest

from healthtrends.ingest import partition_monitor
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.runner import ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic


@pytest.fixture(autouse=True)
def looks_come_fast(monkeypatch):
    monkeypatch.setattr(partition_monitor, "_LOOK_SECONDS", 0.05)


class SlowTopic(MemoryTopic):
    """Waits when there is nothing, as a broker does."""

    def reader(self):
        return SlowTopic(self.partitions, self.firsts, self.topic_id, self.reported)

    def read(self, most, timeout):
        found = super().read(most, timeout)
        if not found:
            time.sleep(0.01)
        return found


class Ingest(threading.Thread):
    """One writer in a thread of its own."""

    def __init__(self, topic, log, shard, **changes) -> None:
        super().__init__()
        self.stop = threading.Event()
        self.summary = IngestSummary()
        self._settings = IngestSettings(
            batch_records=50, batch_bytes=10**9, commit_interval=0.05, future_days=1, pseudonymise=None,
            key_id=None, shard=Shard(*shard), **changes,
        )  # fmt: skip
        self._topic, self._log = topic.reader(), CommitLog(log.pool, log.layout, 200)
        self.start()

    def run(self):
        with progress("t", None, "m") as bar:
            ingest(self._topic, self._log, self._settings, self.stop, bar, self.summary)

    def end(self):
        self.stop.set()
        self.join(30)
        assert not self.is_alive()
        return self.summary


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def send(topic, numbers, partitions):
    for number in numbers:
        fields = {
            "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": "2025-12-05", "treatment_code": "T", "outcome": "ongoing",
        }  # fmt: skip
        topic.send(partitions[number % len(partitions)], json.dumps(fields).encode())


def stored(log):
    state = log.read_state()
    lines = (line for path in state.paths("2025-12-05") for line in log.store.read(path).splitlines())
    return Counter(json.loads(line)["patient_id"] for line in lines)


def wait(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def once(count):
    return Counter(f"P-{number}" for number in range(count))


@pytest.mark.parametrize("shards", [2, 3, 5])
def test_shards_together_store_all_and_each_only_its_own(log, shards):
    """At the same time on one log; a shard without partitions has nothing to do."""
    topic = SlowTopic()
    send(topic, range(1000), (0, 1, 2, 3))
    writers = [Ingest(topic, log, (number, shards)) for number in range(shards)]
    for writer in writers:
        writer.join(30)
    assert stored(log) == once(1000)
    expected = [250 * len(range(number, 4, shards)) for number in range(shards)]
    assert [writer.summary.stored for writer in writers] == expected


def test_followers_take_over_added_partitions_of_their_shard(log):
    """Both go on, and both have what they had."""
    topic = SlowTopic()
    send(topic, range(100), (0, 1))
    followers = [Ingest(topic, log, (number, 2), mode="follow") for number in range(2)]
    wait(lambda: log.read_state().messages_stored == 100)
    send(topic, range(100, 200), (2, 3))
    wait(lambda: log.read_state().messages_stored == 200)
    send(topic, range(200, 300), (0, 1, 2, 3))
    wait(lambda: log.read_state().messages_stored == 300)
    owners = {p: position.owner for p, position in log.read_state().parts.items()}
    summaries = [follower.end() for follower in followers]
    assert (owners[0], owners[1]) == (owners[2], owners[3])
    assert [(each.stored, each.superseded) for each in summaries] == [(150, None), (150, None)]
    assert stored(log) == once(300)


def test_a_partition_of_another_shard_is_left_to_that_one(log):
    """The follower does not even start over."""
    topic = SlowTopic()
    send(topic, range(10), (0,))
    follower = Ingest(topic, log, (0, 2), mode="follow")
    wait(lambda: log.read_state().messages_stored == 10)
    seq = log.read_state().seq
    send(topic, range(10, 20), (1,))
    time.sleep(0.5)
    assert log.read_state().seq == seq
    follower.end()


def test_a_follower_without_partitions_waits_for_its_first(log):
    """It begins as soon as the topic is large enough."""
    topic = SlowTopic()
    send(topic, range(10), (0,))
    follower = Ingest(topic, log, (1, 2), mode="follow")
    send(topic, range(10, 20), (1,))
    wait(lambda: log.read_state().messages_stored == 10)
    assert follower.end().stored == 10


def test_a_follower_that_never_gets_a_partition_ends_when_asked_to(log):
    """And has written nothing."""
    topic = SlowTopic()
    send(topic, range(10), (0,))
    follower = Ingest(topic, log, (1, 2), mode="follow")
    follower.end()
    assert log.read_state().seq == 0


def test_an_ingest_that_does_not_follow_ends_at_the_end_it_saw(log):
    """Partitions that are added meanwhile are for the next one."""
    topic = SlowTopic()
    send(topic, range(2000), (0,))
    writer = Ingest(topic, log, (0, 1))
    wait(lambda: log.read_state().seq > 1)
    send(topic, range(2000, 2010), (1,))
    writer.join(30)
    assert writer.summary.stored == 2000


@pytest.mark.parametrize("after", [1, 2, 3])
def test_another_number_of_shards_takes_over_from_living_followers(log, after):
    """The old ones stop by themselves; each message is stored once."""
    topic = SlowTopic()
    send(topic, range(200), (0, 1, 2))
    old = [Ingest(topic, log, (number, 2), mode="follow") for number in range(2)]
    wait(lambda: log.read_state().messages_stored == 200)
    seq = log.read_state().seq
    new = [Ingest(topic, log, (number, after), mode="follow") for number in range(after)]
    send(topic, range(200, 300), (0, 1, 2))
    wait(lambda: all(position.owner > seq for position in log.read_state().parts.values()))
    send(topic, range(300, 400), (0, 1, 2))
    for writer in old:
        writer.join(30)
    send(topic, range(400, 600), (0, 1, 2))
    wait(lambda: log.read_state().messages_stored == 600)
    ended = [writer.is_alive() for writer in old], [writer.summary.superseded is None for writer in old]
    summaries = [writer.end() for writer in new]
    assert ended == ([False, False], [False, False])
    assert [each.superseded for each in summaries] == [None] * after
    assert stored(log) == once(600)
