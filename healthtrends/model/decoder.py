"""Port of a message decoder: bytes of messages in; records, cancellations or rejections out.

Each topic format implements it in one module of `healthtrends/formats/`. A decoder never raises: whatever the
bytes are, the outcome is a value. The unit is the Kafka message: it is stored with all its lines, or it is
rejected as a whole.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from healthtrends.model.pseudonym import Pseudonymise
from healthtrends.model.record import Line, PatientRecord
from healthtrends.model.rejection import Rejection

LARGEST_MESSAGE: Final = 1024 * 1024
"""Bytes of a message; as many as a broker by default takes in an uncompressed one."""

Outcome = tuple[Line, ...] | Rejection
"""Lines that one message gives, in any number; else why the message is rejected."""


@dataclass(frozen=True, slots=True)
class DecoderOptions:
    """Rules that do not depend on the format."""

    latest_visit: dt.date
    """Last visit date that is accepted."""
    pseudonymise: Pseudonymise | None = None
    """None: ids are stored as they came."""
    largest_message: int = LARGEST_MESSAGE
    """Bytes; a longer message is rejected unread."""


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

    def take_unknown_fields(self) -> int:
        """Return the number of fields dropped since the last call because no rule knows them."""
        ...
