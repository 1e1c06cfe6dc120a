"""A `Reader` over messages that were fetched before, such as by Spark, for staging one piece."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from healthtrends.errors import StagingFailed
from healthtrends.ingest.worker_protocol import Task


class Chunk(NamedTuple):
    """Some messages of one partition, in the order of their offsets; lists of one length."""

    partitions: Sequence[int]
    offsets: Sequence[int]
    times: Sequence[int]
    """Broker timestamps, milliseconds since 1970 (UTC)."""
    values: Sequence[bytes | None]
    keys: Sequence[bytes | None] | None = None
    """None: the format reads no keys and headers."""
    headers: Sequence[Sequence[tuple[str, bytes | None]] | None] | None = None


class FetchedMessage:
    """A `Message`; slots, because there is one for each record."""

    __slots__ = ("_headers", "_key", "_ms", "_offset", "_partition", "_value")

    def __init__(
        self,
        partition: int,
        offset: int,
        ms: int,
        value: bytes | None,
        key: bytes | None = None,
        headers: Sequence[tuple[str, bytes | None]] | None = None,
    ) -> None:
        self._partition = partition
        self._offset = offset
        self._ms = ms
        self._value = value
        self._key = key
        self._headers = headers

    def value(self) -> bytes | None:
        """Raw bytes; None for a tombstone."""
        return self._value

    def key(self) -> bytes | None:
        """Bytes of the key; None: it has none, or it was not fetched."""
        return self._key

    def headers(self) -> Sequence[tuple[str, bytes | None]] | None:
        """Headers; None: it has none, or they were not fetched."""
        return self._headers

    def timestamp(self) -> tuple[int, int]:
        """Kind of timestamp, which was not kept, and milliseconds since 1970 (UTC)."""
        return 1, self._ms

    def partition(self) -> int:
        """Partition number."""
        return self._partition

    def offset(self) -> int:
        """Offset in the partition."""
        return self._offset

    def leader_epoch(self) -> None:
        """Not known: Spark does not give it."""


class PrefetchedTopic:
    """A `Reader` that holds one range of one partition, read once from its start to its end.

    Offsets without a message are holes, which the committer explains before it commits.
    """

    def __init__(self, name: str, piece: Task, chunks: Iterator[Chunk]) -> None:
        """Take the `chunks` of a `piece` of the topic `name`."""
        self._name = name
        ((self._partition, self._position),) = piece.starts.items()
        self._end = piece.ends[self._partition]
        self._chunks = chunks
        self._waiting: list[FetchedMessage] = []
        self._at = 0

    @property
    def name(self) -> str:
        """Name of the topic."""
        return self._name

    def assign(self, starts: Mapping[int, int]) -> None:
        """Begin at the present position. Raises StagingFailed for another: messages are read once."""
        if dict(starts) != self.positions():
            raise StagingFailed("a piece can be read once", f"it is at {self._position}")

    def pause(self, partitions: Collection[int]) -> None:
        """Nothing: the piece ends by itself."""

    def read(self, most: int, timeout: float) -> Sequence[FetchedMessage]:
        """Up to `most` messages; none, and the position at the end, when there are no more."""
        del timeout
        if self._at == len(self._waiting):
            chunk = next(self._chunks, None)
            if chunk is None:
                self._position = self._end
                return []
            self._check(chunk)
            self._waiting, self._at = list(map(FetchedMessage, *(c for c in chunk if c is not None))), 0
        messages = self._waiting[self._at : self._at + most]
        self._at += len(messages)
        if messages:
            self._position = messages[-1].offset() + 1
        return messages

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out; the end, once there are no more."""
        return {self._partition: self._position}

    def _check(self, chunk: Chunk) -> None:
        """Raise StagingFailed unless the chunk goes on where the last one ended, inside the piece."""
        offsets = chunk.offsets
        in_order = all(a < b for a, b in pairwise((self._position - 1, *offsets, self._end)))
        if set(chunk.partitions) - {self._partition} or not in_order:
            raise StagingFailed(
                f"messages arrived that are not of partition {self._partition}, "
                f"{self._position} to {self._end - 1}, in order",
                f"{offsets[0]} to {offsets[-1]} of {sorted(set(chunk.partitions))}",
            )
