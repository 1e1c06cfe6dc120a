"""Years of commits: a start costs the same calls, and no folder of the pipeline's own grows with the log."""

import datetime as dt
import json
import threading
from collections import Counter
from dataclasses import dataclass, field

import pytest

from healthtrends.ingest.runner import ingest, plan_ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import progress
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore, MemoryTopic

EVERY = 10
SETTINGS = IngestSettings(
    batch_records=1, batch_bytes=10**9, commit_interval=60.0, future_days=1, pseudonymise=None, key_id=None
)


@dataclass
class Cost:
    """What a command asked of the store."""

    calls: Counter[str] = field(default_factory=Counter)
    bytes: int = 0


class CountingStore(LocalStore):
    """Counts calls by name, and bytes read."""

    def __init__(self, folder) -> None:
        super().__init__(folder)
        self.cost = Cost()

    def read(self, path):
        self.cost.calls["read"] += 1
        content = super().read(path)
        self.cost.bytes += len(content)
        return content

    def list(self, folder):
        self.cost.calls["list"] += 1
        return super().list(folder)

    def length(self, path):
        self.cost.calls["length"] += 1
        return super().length(path)


@pytest.fixture
def store(tmp_path):
    return CountingStore(tmp_path)


@pytest.fixture
def log(store):
    pool = StorePool(store)
    yield CommitLog(pool, Layout("/r"), snapshot_every=EVERY, retention=100)
    pool.close()


def fill(log, topic, count):
    """Bring the log to number `count` by commits that only move offsets."""
    state, identity = log.read_state(), topic.identity()
    while state.seq < count:
        manifest = Manifest(
            seq=0, nonce=new_nonce(), kind="data", mode="once", cluster_id=identity.cluster_id,
            topic=identity.topic, topic_id=identity.topic_id, clock_date="2025-12-22", key_id=None,
            program_version="0", committed_at="", parts={0: Position(state.seq + 1, 1)},
        )  # fmt: skip
        state = log.snapshot_if_due(log.commit(manifest, 1, state, lambda _: None))


def record(number, date):
    fields = {
        "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11", "visit_date": date,
        "treatment_code": "T", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()


def topic_of(count):
    topic = MemoryTopic()
    for number in range(count):
        date = f"2025-1{number % 3}-{1 + number % 28:02d}"
        topic.send(0, record(number, date) if number % 7 else b"bad")
    return topic


def cost_of_a_start(log, topic):
    """Recover and plan, as every ingest begins."""
    log.store.cost = cost = Cost()
    state, plan = plan_ingest(topic.reader(), CommitLog(log.pool, log.layout, EVERY), SETTINGS)
    assert plan.messages == topic.bounds()[0].end - state.parts[0].next
    log.store.cost = Cost()
    return cost


def entries(log, folder):
    """Number of entries of every folder below `folder`, by path."""
    found = log.store.list(folder)
    below = [entries(log, f"{folder}/{entry.name}") for entry in found if entry.is_folder]
    return {folder: len(found)} | {path: count for counts in below for path, count in counts.items()}


@pytest.mark.parametrize("above", [0, EVERY - 1])
def test_a_start_costs_the_same_after_10_and_after_2000_commits(log, above):
    """On a snapshot, and with as many manifests above it as there can be."""
    topic, costs = topic_of(2_100), []
    for count in (EVERY, 2_000):
        fill(log, topic, count + above)
        costs.append(cost_of_a_start(log, topic))
    assert costs[0].calls == costs[1].calls
    assert costs[0].calls["read"] <= 1 + EVERY
    assert costs[1].bytes < 1.1 * costs[0].bytes


def store_all(log, topic):
    with progress("t", None, "m") as bar:
        ingest(topic, log, SETTINGS, threading.Event(), bar, IngestSummary())


def test_no_folder_grows_with_the_number_of_commits(log):
    """Staging of a writer that goes on and on, heads and lists; a thousand manifests share a folder."""
    grown = []
    for count in (300, 1_200):
        store_all(log, topic_of(count))
        found = entries(log, log.layout.state)
        grown.append({path: n for path, n in found.items() if path.rpartition("/")[0] != log.layout.commits})
    assert max(found.values()) <= 1_000
    assert {path: n for path, n in grown[1].items() if n > max(grown[0].values())} == {}


def test_removed_files_do_not_pile_up(log, monkeypatch):
    """Every day some files are merged; those of a few days lie aside."""
    topic = MemoryTopic()
    for day in range(1, 21):
        monkeypatch.setenv("HEALTHTRENDS_NOW", f"2025-12-{day:02d}T12:00:00+00:00")
        for number in range(2):
            topic.send(0, record(number, "2025-11-30"))
        store_all(log, topic)
        compact(log, dt.date(2025, 11, 30))
    assert len(log.store.list(log.layout.removed_days)) == 3


def test_a_head_left_aside_by_a_dead_writer_is_pruned(log):
    """The next snapshot takes it away, and it was never taken for a snapshot."""
    log.pool.write(log.layout.snapshot_aside(EVERY), b"half a he")
    fill(log, topic_of(1), 2 * EVERY)
    names = [entry.name for entry in log.store.list(log.layout.snapshots)]
    assert names == [f"{seq:012d}.json" for seq in (EVERY, 2 * EVERY)]
