"""How a batch is cut for several workers, and how one of them keeps to its piece."""

import json
import threading
from collections.abc import Collection

import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthtrends.ingest.process_stager import ProcessStager, batch_ends, pieces
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.stager import LocalStager
from healthtrends.ingest.worker_protocol import Command, Prefetch, Task, WorkerReport
from healthtrends.observe import progress
from healthtrends.storage.layout import Layout
from healthtrends.testing import LocalStore, MemoryTopic

SETTINGS = IngestSettings(
    batch_records=1000, batch_bytes=10**9, commit_interval=60.0, future_days=1, pseudonymise=None, key_id=None
)
backlogs = st.dictionaries(
    st.integers(0, 20), st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)), min_size=1, max_size=8
)


def task(starts: dict[int, int], ends: dict[int, int]) -> Task:
    return Task(epoch=1, nonce="n", clock_date="2025-12-23", starts=starts, ends=ends)


@given(backlogs, st.integers(1, 9))
def test_pieces_cover_a_batch_once_and_evenly(backlog, number):
    """Each offset is in one piece, and no piece is larger than another by more than one."""
    starts = {p: start for p, (start, _) in backlog.items()}
    ends = {p: start + size for p, (start, size) in backlog.items()}
    found = pieces(starts, ends, number)
    for partition, start in starts.items():
        ranges = sorted(
            (firsts[partition], stops[partition]) for firsts, stops in found if partition in firsts
        )
        join_contiguous = [start, *(offset for each in ranges for offset in each), ends[partition]]
        assert all(a == b for a, b in zip(join_contiguous[::2], join_contiguous[1::2], strict=True))
    sizes = [sum(stops[each] - firsts[each] for each in firsts) for firsts, stops in found]
    assert max(sizes) - min(sizes) <= 1


class Listener:
    """A `Worker` that only takes down what it is told."""

    def __init__(self) -> None:
        self.orders: list[Command] = []
        self._ended = threading.Event()

    def send(self, order: Command) -> None:
        self.orders.append(order)

    def receive(self) -> WorkerReport | None:
        self._ended.wait()
        return None

    def end(self) -> None:
        self._ended.set()


def test_each_worker_fetches_ahead_what_it_stages_first():
    """Otherwise it would fetch twice."""
    listeners = [Listener(), Listener()]
    starts, ends = {0: 5, 1: 7, 2: 0}, {0: 3000, 1: 2000, 2: 1000}
    with progress("t", None, "m") as bar:
        worker_pool = ProcessStager(iter(listeners).__next__, 2, 1000, bar)
        worker_pool.prepare(starts, ends)
        worker_pool.stage(task(starts, ends), threading.Event(), lambda: None)
        worker_pool.close()
    for listener in listeners:
        ahead, first = listener.orders
        assert (type(ahead), ahead.starts) == (Prefetch, first.starts)


@given(backlogs, st.integers(1, 10**6))
def test_a_batch_takes_of_each_partition_its_share(backlog, most):
    """It stays within the plan, takes at least one offset while one is left, and few more than asked for."""
    starts = {p: start for p, (start, _) in backlog.items()}
    ends = {p: start + size for p, (start, size) in backlog.items()}
    found = batch_ends(starts, ends, most)
    assert all(starts[p] <= found[p] <= ends[p] for p in starts)
    taken = sum(found[p] - starts[p] for p in starts)
    left = sum(ends[p] - starts[p] for p in starts)
    assert min(most, left) <= taken <= most + len(starts)


def record(number: int) -> bytes:
    fields = {
        "patient_id": f"P-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
        "visit_date": "2025-12-20", "treatment_code": f"T{number}", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()


class NotingTopic(MemoryTopic):
    """Keeps which partitions it was told to leave."""

    was_left: frozenset[int] = frozenset()

    def pause(self, partitions: Collection[int]) -> None:
        super().pause(partitions)
        self.was_left |= frozenset(partitions)


@pytest.fixture
def topic():
    """A topic of three partitions with 50 messages each."""
    topic = NotingTopic()
    for number in range(150):
        topic.send(number % 3, record(number))
    return topic


@pytest.fixture
def staged(tmp_path, topic):
    """Stage pieces of the topic, one after the other."""
    store = LocalStore(tmp_path)
    with progress("t", None, "m") as bar:
        stager = LocalStager(topic, store, Layout("/r"), SETTINGS, bar)

        def stage(starts: dict[int, int], ends: dict[int, int]) -> list[str]:
            staging = stager.stage(task(starts, ends), threading.Event(), lambda: None)
            facts = staging.written()
            staging.closed()
            assert staging.nexts == ends
            lines = [line for file in facts.records for line in store.read(file.src).splitlines()]
            return sorted(json.loads(line)["treatment_code"] for line in lines)

        yield stage
        stager.close()


def test_a_piece_ends_where_it_is_told(staged):
    """Messages behind the piece are another's, though the client hands them out."""
    wanted = sorted(
        f"T{3 * offset + p}" for p, offsets in ((0, range(10, 20)), (2, range(5))) for offset in offsets
    )
    assert staged({0: 10, 2: 0}, {0: 20, 2: 5}) == wanted


def test_the_next_piece_reads_on_where_the_first_was_stopped(staged):
    """A partition that waited at the end of its range is read again."""
    staged({0: 0, 1: 0}, {0: 20, 1: 30})
    wanted = sorted(
        f"T{3 * offset + p}" for p, offsets in ((0, range(20, 50)), (1, range(30, 40))) for offset in offsets
    )
    assert staged({0: 20, 1: 30}, {0: 50, 1: 40}) == wanted


def test_the_last_partition_of_a_piece_is_not_left(staged, topic):
    """Kafka's client sleeps up to a second when it has nothing to fetch, before it begins the next piece."""
    staged({0: 0, 1: 0}, {0: 20, 1: 30})
    assert topic.was_left == {0}
