"""Port of an envelope: what stands around the rows that a format's decoder reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from healthtrends.model.rejection import Rejection, Skip
from healthtrends.model.schemas import SchemaSource

Headers = Sequence[tuple[str, bytes | None]]
"""Names and values of a message's headers, in the order they were sent."""


class Content(NamedTuple):
    """A message, as far as its envelopes are opened."""

    value: bytes | None
    key: bytes | None = None
    headers: Headers = ()
    at_ms: int = -1
    """Time of the change, ms since 1970; first the broker's."""
    is_change: bool = False
    """True: a change of a row, so `at_ms` orders it."""
    before: bytes | None = None
    """The row as it was before the change; None: the message does not say."""
    is_deletion: bool = False
    """True: the row is gone; `value` is None."""
    row_id: str | None = None
    """Id of the row in its table; None: it has none."""


Opened = Content | Rejection | Skip
"""What is inside; else why the message is rejected, or why it is rightly left out."""


@dataclass(frozen=True, slots=True)
class EnvelopeOptions:
    """What envelopes are made with."""

    schemas: SchemaSource | None = None
    """None: no registry is configured."""
    reader_schema: str | None = None
    """Avro schema that messages are brought to; None: each stays in the schema it was written with."""
    date_columns: tuple[str, ...] = ()
    """Columns of a row that are days, in which an integer counts days since 1970."""
    opens_keys: bool = False
    """True: an envelope behind this one reads the key."""


class Envelope(Protocol):
    """Opens messages; never raises for bad data, whatever the bytes are."""

    def open(self, content: Content) -> Opened:
        """Take one envelope off."""
        ...
