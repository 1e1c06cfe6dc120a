"""Port of a message decoder: bytes of messages in; records, facts or rejections out.

Each topic format implements it in one module or package of `healthtrends/formats/`. A decoder never raises:
whatever the bytes are, the outcome is a value. The unit is the Kafka message: it is stored with all its lines
and facts, rejected as a whole, or skipped as one that says nothing about a visit.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from healthtrends.config.source import Source
from healthtrends.model.facts import Fact
from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import Cancellation, Line, PatientRecord
from healthtrends.model.rejection import Rejection, Skip
from healthtrends.model.schemas import SchemaSource

LARGEST_MESSAGE: Final = 1024 * 1024
"""Bytes of a message; as many as a broker by default takes in an uncompressed one."""

Part = Line | Fact | Rejection | Skip
"""What one part of a stored message gives; a skip stands for a line or fact that was left out."""
Outcome = tuple[Part, ...] | Rejection | Skip
"""Lines and facts that one message gives, in any number, with the rejections of parts of it; else why the
whole message is rejected, or why it is rightly left out. A tuple has at least one line or fact."""


def record_lines(outcome: Outcome) -> tuple[Line, ...]:
    """Records and cancellations of an outcome."""
    if not isinstance(outcome, tuple):
        return ()
    return tuple(each for each in outcome if isinstance(each, PatientRecord | Cancellation))


def facts(outcome: Outcome, partition: int, offset: int) -> tuple[Fact, ...]:
    """Facts of an outcome, with the place of their message filled in."""
    found: list[Fact] = []
    for part, each in enumerate(outcome if isinstance(outcome, tuple) else ()):
        if not isinstance(each, PatientRecord | Cancellation | Rejection | Skip):
            each.partition, each.offset, each.part = partition, offset, part
            found.append(each)
    return tuple(found)


def rejections(outcome: Outcome) -> tuple[Rejection, ...]:
    """The rejection of the whole message, or those of its parts."""
    if isinstance(outcome, Rejection):
        return (outcome,)
    if not isinstance(outcome, tuple):
        return ()
    return tuple(each for each in outcome if isinstance(each, Rejection))


class WholeMessage(Protocol):
    """A message with all that envelopes read."""

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

    def offset(self) -> int:
        """Offset in the partition."""
        ...


@dataclass(frozen=True, slots=True)
class DecoderOptions:
    """What a decoder is made with."""

    latest_visit: dt.date
    """Last visit date that is accepted."""
    pseudonymise: Pseudonymise | None = None
    """None: ids are stored as they came."""
    largest_message: int = LARGEST_MESSAGE
    """Bytes; a longer message is rejected unread."""
    source: Source = field(default_factory=Source)
    """The format, and what `[source]` says about it."""
    schemas: SchemaSource | None = None
    """Schema registry of the messages; None: none is configured."""
    reader_schema: str | None = None
    """Avro schema that messages are brought to; None: each stays in the schema it was written with."""
    opted_out: frozenset[str] = frozenset()
    """Patients of whom nothing is stored, as records name them."""


class Decoder(Protocol):
    """Decodes the messages of one topic under one clock date; used by one thread, for a batch or longer."""

    @property
    def longest(self) -> int:
        """Bytes of the longest message of the last call."""
        ...

    def decode(self, value: bytes | None, broker_ms: int) -> Outcome:
        """Decode one message; `broker_ms` is its time where the message gives none."""
        ...

    def decode_all(
        self, values: Sequence[bytes | None], broker_ms: Sequence[int]
    ) -> tuple[list[PatientRecord], list[tuple[int, Outcome]]]:
        """Decode messages: the records of those that give just one, and the position and outcome of the rest.

        The first list saves a container for each message: in the usual topic nearly all give one record.
        """
        ...

    def patients(self, value: bytes | None) -> frozenset[str]:
        """Ids, as records store them, of the patients that a message names, as far as they can be read.

        Asked of rejected messages, to find those of patients who opted out: so it reads as much as it can of
        bytes that break a rule. It may name one too many, such as an id in another place of the message.
        """
        ...

    def take_unknown_fields(self) -> int:
        """Return the number of fields dropped since the last call because no rule knows them."""
        ...
