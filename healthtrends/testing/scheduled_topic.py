"""A topic in memory whose calls are made when a schedule says so, and may go wrong."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.ports import Bounds, Message
from healthtrends.storage.topic_identity import Identity
from healthtrends.testing import MemoryTopic
from healthtrends.testing.scheduler import Call, Fate, Scheduler

T = TypeVar("T")


class ScheduledTopic:
    """A `Topic`: one process's client of another topic, which answers at once."""

    def __init__(self, topic: MemoryTopic, scheduler: Scheduler) -> None:
        self._topic = topic
        self._scheduler = scheduler

    @property
    def name(self) -> str:
        """Name of the topic."""
        return self._topic.name

    @property
    def reported(self) -> Mapping[int, int]:
        """Offsets that readers reported."""
        return self._topic.reported

    def identity(self) -> Identity | None:
        """Cluster, name and id of the topic."""
        return self._asked("identity", self._topic.identity)

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition."""
        return self._asked("bounds", self._topic.bounds)

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions."""
        return self._asked("leader_epochs", lambda: self._topic.leader_epochs(partitions))

    def partition_numbers(self) -> Collection[int]:
        """Partitions that the topic has now."""
        return self._asked("partition_numbers", self._topic.partition_numbers)

    def messages_at(self, offsets: Mapping[int, int]) -> Mapping[int, Message]:
        """One message of each partition."""
        return self._asked("messages_at", lambda: self._topic.messages_at(offsets))

    def check_readable(self) -> None:
        """As the topic itself says."""
        self._asked("check_readable", self._topic.check_readable)

    def cleanup_policy(self) -> Collection[str] | None:
        """How the topic is cleaned up."""
        return self._asked("cleanup_policy", self._topic.cleanup_policy)

    def retention(self) -> float | None:
        """How long the topic keeps messages."""
        return self._asked("retention", self._topic.retention)

    @contextmanager
    def another(self, *, committed: bool) -> Iterator["ScheduledTopic"]:
        """Open another reader."""
        with self._topic.another(committed=committed) as reader:
            yield ScheduledTopic(reader, self._scheduler)

    def assign(self, starts: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._topic.assign(starts)

    def pause(self, partitions: Collection[int]) -> None:
        """Hand out nothing more of these."""
        self._topic.pause(partitions)

    def read(self, most: int, timeout: float) -> Sequence[Message]:
        """Up to `most` messages; when there is none, `timeout` seconds pass and others have the turn."""
        found = self._asked("consume", lambda: self._topic.read(most, timeout))
        if not found:
            self._scheduler.advance_clock(timeout)
        return found

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out."""
        return self._topic.positions()

    def report_progress(self, offsets: Mapping[int, int]) -> None:
        """Tell the broker; best effort."""
        if self._scheduler.point(Call("report_progress", self.name, is_effect=False)) is Fate.OK:
            self._topic.report_progress(offsets)

    def _asked(self, name: str, ask: Callable[[], T]) -> T:
        if self._scheduler.point(Call(name, self.name, is_effect=False)) is not Fate.OK:
            raise KafkaUnavailable(f"{name} {self.name}", "simulated")
        return ask()
