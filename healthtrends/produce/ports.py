"""Protocols of sending: messages, and a sender."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Protocol

from healthtrends.errors import HealthTrendsError


class Message(Protocol):
    """One record on its way to the topic; see `sources.source_record.SourceRecord`."""

    @property
    def value(self) -> bytes:
        """The message as it will lie in the topic."""

    @property
    def key(self) -> bytes | None:
        """The patient_id in UTF-8, or None for any partition."""

    @property
    def timestamp_ms(self) -> int | None:
        """Message time since 1970 in UTC, or None for the moment of sending."""


@dataclasses.dataclass(frozen=True, slots=True)
class Tally:
    """Counts of the queued messages.

    `confirmed`: acknowledged by all in-sync replicas, one by one. `failed`: given up for good.
    `cause`: why the first of these failed, without a word of its content; None when none did.
    `unreachable`: a message ran out of time, so the broker is at fault and not the message.
    `hopeless`: the next message would fail as well, so there is no use in reading on.
    `refused`: the right that this client lacks; None: none that is known.
    """

    confirmed: int
    failed: int
    cause: str | None
    unreachable: bool
    hopeless: bool
    refused: HealthTrendsError | None = None


class Sender(Protocol):
    """A connection to one topic."""

    def send(self, messages: Sequence[Message], stop: Callable[[], bool]) -> int:
        """Queue messages in order, waiting while the queue is full; return how many were taken.

        Fewer than given are taken only when `stop` turned true or nothing more can be sent.
        A message that is refused at once is taken and counts as failed.
        """

    def tally(self) -> Tally:
        """Return the counts so far."""

    def flush(self, seconds: float) -> int:
        """Wait until every message is confirmed or failed, at most this long; return how many are neither."""

    def close(self) -> None:
        """Drop what is still queued and end the connection."""
