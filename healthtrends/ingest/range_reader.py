"""Reads ranges of offsets once more, and only if the topic still has all of them."""

from collections.abc import Iterator, Mapping, Sequence

from healthtrends import clock
from healthtrends.errors import DataLossRefused, KafkaUnavailable
from healthtrends.ingest.ports import Bounds, Message, Topic
from healthtrends.storage.staged_file import Range

# Single offsets of a replay lie close together: reading what is between costs less than a new assignment.
_NEAR = 10_000
_MESSAGES_PER_READ = 2_000
_READ_TIMEOUT = 0.1
_SILENCE_SECONDS = 30.0


def check_available(bounds: Mapping[int, Bounds], ranges: Sequence[Range]) -> None:
    """Raise DataLossRefused naming the first range that the topic no longer has whole."""
    for partition, first, end in ranges:
        held = bounds.get(partition, Bounds(0, 0))
        if first < held.first or end > held.end:
            raise DataLossRefused(
                f"partition {partition} no longer holds the offsets {first} to {end - 1}",
                f"Kafka has {held.first} to {held.end - 1}"
                if held.end > held.first
                else "Kafka has none of it",
                "restore the file from a backup of the root; nothing was changed",
            )


def read_ranges(topic: Topic, ranges: Sequence[Range]) -> Iterator[Message]:
    """Yield the messages of sorted ranges, partition by partition, in the order of their offsets.

    Raises KafkaUnavailable when nothing arrives for half a minute.
    """
    for partition, first, end in _spans(ranges):
        topic.assign({partition: first})
        inside = RangeSet([(start, stop) for p, start, stop in ranges if p == partition])
        silence = clock.Deadline(_SILENCE_SECONDS)
        position = first
        while position < end:
            messages = topic.read(min(_MESSAGES_PER_READ, end - position), _READ_TIMEOUT)
            yield from (message for message in messages if message.offset() in inside)
            reached = topic.positions()[partition]
            if reached > position:
                silence = clock.Deadline(_SILENCE_SECONDS)
            elif silence.passed():
                raise KafkaUnavailable(
                    f"partition {partition} gave nothing from offset {position} on",
                    f"for {_SILENCE_SECONDS:.0f} s",
                    "check that the broker runs, then try again",
                )
            position = reached


class RangeSet:
    """Set of sorted ranges of one partition; offsets must be asked for in growing order."""

    def __init__(self, ranges: list[tuple[int, int]]) -> None:
        self._ranges = ranges
        self._at = 0

    def __contains__(self, offset: int) -> bool:
        while self._at < len(self._ranges) and offset >= self._ranges[self._at][1]:
            self._at += 1
        return self._at < len(self._ranges) and offset >= self._ranges[self._at][0]


def _spans(ranges: Sequence[Range]) -> list[Range]:
    """Spans to read at once: ranges with little between them made one."""
    spans: list[Range] = []
    for partition, first, end in ranges:
        if spans and spans[-1][0] == partition and first - spans[-1][2] <= _NEAR:
            spans[-1] = (partition, spans[-1][1], end)
        else:
            spans.append((partition, first, end))
    return spans
