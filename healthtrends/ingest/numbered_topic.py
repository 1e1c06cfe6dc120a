"""A topic whose partitions have the numbers that they have in the log; see `storage.topic_identity`."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from healthtrends.errors import UnreadableBatch
from healthtrends.ingest.ports import Bounds, Message, Topic
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import Identity, first_number

T = TypeVar("T")


def in_log_numbers(topic: Topic, state: State) -> Topic:
    """The topic itself, or one with the numbers of this state."""
    return NumberedTopic(topic, state.first_partition) if state.first_partition else topic


class NumberedMessage:
    """A `Message` of a partition under another number; slots, because there is one for each record."""

    __slots__ = ("_message", "_partition")

    def __init__(self, message: Message, first: int) -> None:
        self._message = message
        self._partition = message.partition() + first

    def value(self) -> bytes | None:
        """As of the message."""
        return self._message.value()

    def key(self) -> bytes | None:
        """As of the message."""
        return self._message.key()

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """As of the message."""
        return self._message.headers()

    def timestamp(self) -> tuple[int, int]:
        """As of the message."""
        return self._message.timestamp()

    def partition(self) -> int:
        """Number in the log."""
        return self._partition

    def offset(self) -> int:
        """As of the message."""
        return self._message.offset()

    def leader_epoch(self) -> int | None:
        """As of the message."""
        return self._message.leader_epoch()


class NumberedTopic:
    """A `Topic` over another, whose partition 0 has the number `first`.

    What is assigned tells the number too: a worker process, which does not read the log, needs no other.
    """

    def __init__(self, topic: Topic, first: int = 0) -> None:
        self._topic = topic
        self._first = first

    @property
    def name(self) -> str:
        """Name of the topic."""
        return self._topic.name

    def identity(self) -> Identity | None:
        """As of the topic."""
        return self._topic.identity()

    def bounds(self) -> dict[int, Bounds]:
        """As of the topic."""
        return self._numbered(self._topic.bounds())

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """As of the topic."""
        return self._numbered(self._topic.leader_epochs([p - self._first for p in partitions]))

    def partition_numbers(self) -> Collection[int]:
        """As of the topic."""
        return {partition + self._first for partition in self._topic.partition_numbers()}

    def messages_at(self, offsets: Mapping[int, int]) -> Mapping[int, Message]:
        """As of the topic."""
        found = self._topic.messages_at(self._plain(offsets))
        return self._numbered({p: NumberedMessage(message, self._first) for p, message in found.items()})

    def assign(self, starts: Mapping[int, int]) -> None:
        """As of the topic."""
        if starts:
            self._first = first_number(min(starts))
        self._topic.assign(self._plain(starts))

    def pause(self, partitions: Collection[int]) -> None:
        """As of the topic."""
        self._topic.pause([partition - self._first for partition in partitions])

    def read(self, most: int, timeout: float) -> Sequence[Message]:
        """As of the topic."""
        try:
            messages = self._topic.read(most, timeout)
        except UnreadableBatch as fault:
            fault.partition += self._first
            raise
        return [NumberedMessage(message, self._first) for message in messages] if self._first else messages

    def positions(self) -> dict[int, int]:
        """As of the topic."""
        return self._numbered(self._topic.positions())

    def check_readable(self) -> None:
        """As of the topic."""
        self._topic.check_readable()

    def cleanup_policy(self) -> Collection[str] | None:
        """As of the topic."""
        return self._topic.cleanup_policy()

    def retention(self) -> float | None:
        """As of the topic."""
        return self._topic.retention()

    @contextmanager
    def another(self, *, committed: bool) -> Iterator["NumberedTopic"]:
        """As of the topic."""
        with self._topic.another(committed=committed) as reader:
            yield NumberedTopic(reader, self._first)

    def report_progress(self, offsets: Mapping[int, int]) -> None:
        """As of the topic."""
        self._topic.report_progress(self._plain(offsets))

    def _plain(self, offsets: Mapping[int, int]) -> dict[int, int]:
        return {partition - self._first: offset for partition, offset in offsets.items()}

    def _numbered(self, found: Mapping[int, T]) -> dict[int, T]:
        return {partition + self._first: value for partition, value in found.items()}
