"""Protocols of a topic: what ingest needs; the Kafka client implements them."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from healthtrends.storage.topic_identity import Identity


class Message(Protocol):
    """One message as the client hands it out; asked field by field, because copying costs throughput."""

    def value(self) -> bytes | None:
        """Raw bytes; None for a tombstone."""
        ...

    def key(self) -> bytes | None:
        """Bytes of the key; None: it has none."""
        ...

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Names and values of the headers; None: it has none."""
        ...

    def timestamp(self) -> tuple[int, int]:
        """Kind of timestamp and milliseconds since 1970 (UTC)."""
        ...

    def partition(self) -> int:
        """Partition number."""
        ...

    def offset(self) -> int:
        """Offset in the partition."""
        ...

    def leader_epoch(self) -> int | None:
        """Leader epoch of the partition when it was written; None: not known."""
        ...


class Bounds(NamedTuple):
    """Bounds of a partition at one moment."""

    first: int
    """Oldest offset still there."""
    end: int
    """Offset after the newest committed message."""
    leader_epoch: int | None = None
    """Counts the partition's leaders: another number, another leader; None: the broker does not say."""
    hidden: int = 0
    """Offsets behind that, which an open transaction hides."""


class Reader(Protocol):
    """Reads one topic by position. All calls may raise KafkaUnavailable."""

    @property
    def name(self) -> str:
        """Name of the topic."""
        ...

    def assign(self, starts: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on, and no others."""
        ...

    def pause(self, partitions: Collection[int]) -> None:
        """Hand out nothing more of these, until the next `assign`; their positions stay."""
        ...

    def read(self, most: int, timeout: float) -> Sequence[Message]:
        """Up to `most` messages; fewer when `timeout` seconds have passed."""
        ...

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out, or after the marker behind it."""
        ...


class Topic(Reader, Protocol):
    """One topic that can also be asked about; every answer is the broker's own, of this moment."""

    def identity(self) -> Identity | None:
        """Cluster, name and id of the topic; None: there is no topic of this name."""
        ...

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition the topic has now."""
        ...

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions; None: the broker does not say."""
        ...

    def partition_numbers(self) -> Collection[int]:
        """Partitions that the topic has now; cheap, so that a follower may ask again and again."""
        ...

    def messages_at(self, offsets: Mapping[int, int]) -> Mapping[int, Message]:
        """Read one message of each partition; one whose offset holds none is left out. Ends `assign`."""
        ...

    def check_readable(self) -> None:
        """Raise ConfigError when the broker says that this client may not read it; it is there."""
        ...

    def cleanup_policy(self) -> Collection[str] | None:
        """`delete`, `compact` or both, as the topic has it now; None: this client may not know."""
        ...

    def retention(self) -> float | None:
        """Seconds after which the broker may delete a message; infinity: never; None: not known."""
        ...

    def another(self, *, committed: bool) -> AbstractContextManager["Topic"]:
        """Open another reader of the same topic, for another thread too.

        Unless `committed`, it hands out messages of aborted transactions as well.
        """
        ...

    def report_progress(self, offsets: Mapping[int, int]) -> None:
        """Report offsets to the broker, for lag monitors only; best effort, errors are ignored."""
        ...
