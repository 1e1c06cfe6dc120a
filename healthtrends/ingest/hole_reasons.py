"""Finds out why offsets gave no message: each hole is read again before the commit, without isolation.

A message that is there now was of an aborted transaction. Where nothing is, it was compacted away, or it is a
transaction marker. Any other hole raises an error.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from healthtrends.errors import ConfigError, DataLossRefused, KafkaUnavailable
from healthtrends.ingest.holes import Hole
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.range_reader import read_ranges
from healthtrends.ingest.settings import IngestSettings
from healthtrends.observe import event
from healthtrends.storage.offset_gaps import EmptyRange, EmptyReason

MOST_MARKERS = 1_000
"""Transactions that may be open in a partition at once: so many markers may come without a message."""


def explain_holes(topic: Topic, holes: Sequence[Hole], settings: IngestSettings) -> tuple[EmptyRange, ...]:
    """Return why the offsets of `holes` gave no message.

    Raises KafkaUnavailable when messages were left out that should have been read, DataLossRefused when
    offsets are gone for no reason that is known, and ConfigError for a compacted topic.
    """
    if not holes:
        return ()
    is_compacted = check_compaction(topic, settings)
    found = _examine(topic, holes, is_compacted=is_compacted)
    if any(each.reason == "lost" for each in found):
        found = _examine(topic, holes, is_compacted=is_compacted)
    lost = [each for each in found if each.reason == "lost"]
    if lost and settings.on_data_loss == "stop":
        raise _gone(lost[0])
    for each in lost:
        event("ingest.lost", partition=each.partition, first=each.first, next=each.next, offsets=each.offsets)
    return tuple(found)


def check_compaction(topic: Topic, settings: IngestSettings) -> bool:
    """Whether the topic is compacted, as far as is known. Raises ConfigError unless that is accepted."""
    policy = topic.cleanup_policy()
    if policy is None:
        return settings.accept_compacted
    if "compact" in policy and not settings.accept_compacted:
        raise ConfigError(
            f"topic {topic.name!r} has cleanup.policy={','.join(sorted(policy))}",
            "of messages with one key, here the patient, Kafka deletes all but the newest, read or not",
            "set cleanup.policy=delete for the topic; kafka.accept_compacted = true reads what is left of it",
        )
    return "compact" in policy


def _examine(topic: Topic, holes: Sequence[Hole], *, is_compacted: bool) -> list[EmptyRange]:
    bounds = topic.bounds()
    held = [hole for hole in holes if hole.partition in bounds and hole.first >= bounds[hole.partition].first]
    present = _counted(topic, held, committed=False)
    surplus = [hole for hole in held if present[hole] > hole.messages]
    committed = _counted(topic, surplus, committed=True)
    for hole in surplus:
        if committed[hole] > hole.messages:
            raise KafkaUnavailable(
                f"messages of partition {hole.partition} between the offsets {hole.first} and {hole.next - 1}"
                " were not handed out",
                "they were found when looked for again",
                "run again; nothing was committed without them",
            )
    return [
        EmptyRange(hole.partition, hole.first, hole.next, reason, offsets)
        for _, of_partition in groupby(holes, key=lambda each: each.partition)
        for hole, reason, offsets in _reasons(of_partition, present, is_compacted=is_compacted)
        if offsets
    ]


def _reasons(
    holes: Iterable[Hole], present: Mapping[Hole, int], *, is_compacted: bool
) -> Iterator[tuple[Hole, EmptyReason, int]]:
    """Reasons for the holes of one partition, each with its number of offsets.

    `present`: messages there now; a hole that retention has passed is not in it. Each marker ends a
    transaction with a message before it, and one message begins at most one. So the markers of all holes
    together are at most as many as the messages, and the transactions that were open before.
    """
    markers, behind = MOST_MARKERS, 0
    for hole in holes:
        if hole not in present:
            yield hole, "expired", hole.offsets
            continue
        aborted = max(0, present[hole] - hole.messages)
        rest = hole.offsets - aborted
        markers = min(MOST_MARKERS, markers + hole.first - behind) + present[hole]
        behind = hole.next
        yield hole, "aborted", aborted
        if is_compacted:
            yield hole, "compacted", rest
        elif rest <= markers:
            markers -= rest
            yield hole, "marker", rest
        else:
            yield hole, "lost", rest


def _counted(topic: Topic, holes: Sequence[Hole], *, committed: bool) -> dict[Hole, int]:
    """Messages that lie in each hole, by another reader of the topic."""
    counts = dict.fromkeys(holes, 0)
    if not holes:
        return counts
    starts = [(hole.partition, hole.first) for hole in holes]
    with topic.another(committed=committed) as reader:
        for message in read_ranges(reader, [(hole.partition, hole.first, hole.next) for hole in holes]):
            counts[holes[bisect_right(starts, (message.partition(), message.offset())) - 1]] += 1
    return counts


def _gone(lost: EmptyRange) -> DataLossRefused:
    return DataLossRefused(
        f"{lost.offsets} messages of partition {lost.partition} are missing in Kafka"
        f" between the offsets {lost.first} and {lost.next - 1}",
        "they are neither markers of transactions, nor aborted, nor is the topic compacted",
        "look for damage at the brokers; `healthtrends ingest --on-data-loss skip` records them as lost",
    )
