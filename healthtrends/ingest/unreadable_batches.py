"""Finds and measures batches of a topic that the client cannot decompress or parse.

A broker hands out whole batches, so every offset of such a batch gives the same error, which names the first
offset of the batch; the offset behind it gives another answer.
"""

from collections.abc import Iterable, Mapping

from healthtrends import clock
from healthtrends.errors import KafkaUnavailable, UnreadableBatch
from healthtrends.ingest.plan import Plan
from healthtrends.ingest.ports import Topic
from healthtrends.observe import event
from healthtrends.storage.offset_gaps import Gap

_ANSWER_SECONDS = 10.0
_READ_TIMEOUT = 0.1


def find_unreadable_batches(topic: Topic, plan: Plan) -> list[UnreadableBatch]:
    """Faults of the partitions with something to read, when none of them can be read; else nothing.

    Reads one message of each at most; whoever stages assigns anew.
    """
    starts = {p: start for p, start in plan.starts.items() if start < plan.ends[p]}
    found: list[UnreadableBatch] = []
    for partition, start in starts.items():
        fault = _fault_at(topic, partition, start)
        if fault is None:
            return []
        found.append(fault)
    return found


def measure_gaps(topic: Topic, faults: Iterable[UnreadableBatch], nexts: Mapping[int, int]) -> list[Gap]:
    """Gap that each of the batches makes: from the log's next offset to the end of the batch.

    Raises KafkaUnavailable when an offset gives neither a message nor an error.
    """
    bounds = topic.bounds()
    gaps = []
    for fault in faults:
        first = max(nexts[fault.partition], bounds[fault.partition].first)
        end = _end_of(topic, fault, first, bounds[fault.partition].end)
        event("ingest.batch_given_up", partition=fault.partition, first=first, next=end)
        gaps.append(Gap(fault.partition, first, end, "unreadable_batch"))
    return gaps


def _end_of(topic: Topic, fault: UnreadableBatch, first: int, end: int) -> int:
    """First offset behind the batch, found by doubling the distance and then halving it."""

    def is_inside(offset: int) -> bool:
        if offset >= end:
            return False
        found = _fault_at(topic, fault.partition, offset)
        return found is not None and found.offset == fault.offset

    inside, step = first, 1
    while is_inside(outside := min(end, first + step)):
        inside, step = outside, 2 * step
    while outside - inside > 1:
        middle = (inside + outside) // 2
        if is_inside(middle):
            inside = middle
        else:
            outside = middle
    return outside


def _fault_at(topic: Topic, partition: int, offset: int) -> UnreadableBatch | None:
    """Error of the batch that holds an offset, or of the next one; None: there is something to read."""
    topic.assign({partition: offset})
    patience = clock.Deadline(_ANSWER_SECONDS)
    while not patience.passed():
        try:
            messages = topic.read(1, _READ_TIMEOUT)
        except UnreadableBatch as fault:
            return fault
        if messages or topic.positions()[partition] > offset:
            return None
    raise KafkaUnavailable(
        f"partition {partition} gave nothing at offset {offset}",
        f"for {_ANSWER_SECONDS:.0f} s",
        "check that the broker runs, then try again",
    )
