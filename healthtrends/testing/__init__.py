"""Public fakes for tests of code that uses HealthTrends: a topic in memory, a store on disk.

They keep the ports' promises, so what passes on them differs on servers only by the servers' own faults.
Those faults are simulated by the modules beside this one: `memory_store` and `scheduled_topic` are servers in
memory whose calls may be lost, late or unanswered; `scheduler` and `simulated_runtime` say who goes on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal

from healthtrends.adapters.localfs import LocalStore
from healthtrends.errors import UnreadableBatch
from healthtrends.ingest.ports import Bounds
from healthtrends.storage.staged_file import Range
from healthtrends.storage.topic_identity import Identity

__all__ = ["LocalStore", "MemoryMessage", "MemoryTopic"]


@dataclass(frozen=True, slots=True)
class MemoryMessage:
    """A message at its place."""

    at_partition: int
    at_offset: int
    content: bytes | None
    broker_ms: int
    kind: Literal["message", "aborted", "nothing"] = "message"
    epoch: int | None = 0
    own_key: bytes | None = None
    own_headers: tuple[tuple[str, bytes | None], ...] = ()

    def value(self) -> bytes | None:
        """Raw bytes; None for a tombstone."""
        return self.content

    def key(self) -> bytes | None:
        """Bytes of the key."""
        return self.own_key

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Headers; None where there are none, as the client gives it."""
        return self.own_headers or None

    def timestamp(self) -> tuple[int, int]:
        """Creation time in ms, as a producer sets it."""
        return 1, self.broker_ms

    def partition(self) -> int:
        """Partition number."""
        return self.at_partition

    def offset(self) -> int:
        """Offset in the partition."""
        return self.at_offset

    def leader_epoch(self) -> int | None:
        """Leader epoch, as it was sent."""
        return self.epoch


@dataclass(slots=True)
class MemoryTopic:
    """A `Topic` of lists; several readers may share one by `reader`."""

    partitions: dict[int, list[MemoryMessage]] = field(default_factory=dict)
    firsts: dict[int, int] = field(default_factory=dict)
    """Log start of each partition; 0 where not given."""
    topic_id: str | None = "00000000000000000000000000000001"
    """None: there is no such topic."""
    epochs: dict[int, int] = field(default_factory=dict)
    """Leader epoch of each partition; 0 where not given."""
    reported: dict[int, int] = field(default_factory=dict)
    """Offsets that readers reported."""
    unreadable: list[Range] = field(default_factory=list)
    """Batches that no client can unpack."""
    open_at: dict[int, int] = field(default_factory=dict)
    """First offset of an open transaction, by partition."""
    policy: Collection[str] | None = ("delete",)
    """The topic's cleanup.policy; None: nobody may know it."""
    retention_seconds: float | None = 604_800.0
    """The topic's retention in time; None: nobody may know it."""
    committed: bool = True
    """Hand out no messages of aborted transactions."""
    _positions: dict[int, int] = field(default_factory=dict)
    _paused: set[int] = field(default_factory=set)

    def send(
        self,
        partition: int,
        content: bytes | None,
        broker_ms: int = 1_766_400_000_000,
        *,
        key: bytes | None = None,
        headers: tuple[tuple[str, bytes | None], ...] = (),
    ) -> None:
        """Append a message."""
        messages = self.partitions.setdefault(partition, [])
        epoch = self.epochs.get(partition, 0)
        messages.append(
            MemoryMessage(partition, len(messages), content, broker_ms, "message", epoch, key, headers)
        )

    def skip(self, partition: int, offsets: int = 1, *, aborted: bool = False) -> None:
        """Use up offsets: as messages of an aborted transaction, or with nothing there."""
        messages = self.partitions.setdefault(partition, [])
        for _ in range(offsets):
            messages.append(
                MemoryMessage(partition, len(messages), None, 0, "aborted" if aborted else "nothing")
            )

    def reader(self) -> "MemoryTopic":
        """Return another reader of the same messages, with positions of its own."""
        return replace(self, _positions={}, _paused=set())

    @contextmanager
    def another(self, *, committed: bool) -> Iterator["MemoryTopic"]:
        """Open another reader; unless `committed`, of aborted transactions too."""
        reader = self.reader()
        reader.committed = committed
        yield reader

    def check_readable(self) -> None:
        """Everybody may read it."""

    def cleanup_policy(self) -> Collection[str] | None:
        """As it was set."""
        return self.policy

    def retention(self) -> float | None:
        """As it was set."""
        return self.retention_seconds

    @property
    def name(self) -> str:
        """Name of the topic."""
        return "patient-records"

    def identity(self) -> Identity | None:
        """Cluster, name and id; None: there is no such topic."""
        if self.topic_id is None:
            return None
        return Identity(cluster_id="memory", topic=self.name, topic_id=self.topic_id)

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition."""
        return {p: self._bounds(p, len(found)) for p, found in self.partitions.items()}

    def _bounds(self, partition: int, high: int) -> Bounds:
        end = self.open_at.get(partition, high)
        return Bounds(self.firsts.get(partition, 0), end, self.epochs.get(partition, 0), high - end)

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions."""
        return {partition: self.epochs.get(partition, 0) for partition in partitions}

    def partition_numbers(self) -> Collection[int]:
        """Partitions that were sent to, or given; none of a topic that is gone."""
        return set() if self.topic_id is None else set(self.partitions)

    def messages_at(self, offsets: Mapping[int, int]) -> Mapping[int, MemoryMessage]:
        """One message of each partition; one whose offset holds none is left out."""
        return {
            partition: self.partitions[partition][offset]
            for partition, offset in offsets.items()
            if self.firsts.get(partition, 0) <= offset < len(self.partitions[partition])
            and self.partitions[partition][offset].kind == "message"
        }

    def assign(self, starts: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on."""
        self._positions = dict(starts)
        self._paused = set()

    def pause(self, partitions: Collection[int]) -> None:
        """Hand out nothing more of these."""
        self._paused.update(partitions)

    def read(self, most: int, timeout: float) -> Sequence[MemoryMessage]:
        """Up to `most` messages, partition after partition; never waits. Raises UnreadableBatch."""
        del timeout
        found: list[MemoryMessage] = []
        for partition, position in self._positions.items():
            if partition in self._paused:
                continue
            first, end = self._batch(partition, position)
            if first <= position < end and not found:
                raise UnreadableBatch(
                    f"the batch at offset {first} of partition {partition}", partition=partition, offset=first
                )
            stop = min(position + most - len(found), max(first, position))
            if self.committed:
                stop = min(stop, max(position, self.open_at.get(partition, stop)))
            taken = self.partitions[partition][position:stop]
            self._positions[partition] = position + len(taken)
            shown = ("message",) if self.committed else ("message", "aborted")
            found += [message for message in taken if message.kind in shown]
        return found

    def _batch(self, partition: int, position: int) -> tuple[int, int]:
        """Bounds of the first unreadable batch that ends behind a position, or of none."""
        nowhere = len(self.partitions[partition]) + 1
        return min(
            ((first, end) for p, first, end in self.unreadable if p == partition and end > position),
            default=(nowhere, nowhere),
        )

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out."""
        return dict(self._positions)

    def report_progress(self, offsets: Mapping[int, int]) -> None:
        """Keep what was told."""
        self.reported.update(offsets)
