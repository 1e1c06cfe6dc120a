"""Envelope `connect-json`: Kafka Connect's JsonConverter with schemas, `{"schema": ..., "payload": ...}`.

A column whose schema says that it is a day or a time is written out as one: Connect sends days since 1970.
"""

from typing import Any, Final

import msgspec

from healthtrends.envelopes.connect_schema import ColumnCache
from healthtrends.envelopes.content import Content, EnvelopeOptions, Opened
from healthtrends.envelopes.json_text import parse_failure
from healthtrends.model.rejection import Reason, Rejection


class _Framed(msgspec.Struct, gc=False):
    schema: msgspec.Raw
    payload: msgspec.Raw


_FRAMED: Final = msgspec.json.Decoder(_Framed)
_NULL: Final = b"null"


def open_envelope(options: EnvelopeOptions) -> "ConnectJsonEnvelope":
    """Make this envelope."""
    return ConnectJsonEnvelope(options.date_columns)


class ConnectJsonEnvelope:
    """Takes the payload out."""

    def __init__(self, date_columns: tuple[str, ...] = ()) -> None:
        self._columns = ColumnCache(date_columns)

    def open(self, content: Content) -> Opened:
        """Give the payload as the value."""
        if content.value is None:
            return Rejection(Reason.NULL_VALUE)
        try:
            framed = _FRAMED.decode(content.value)
        except (ValueError, RecursionError) as error:
            return parse_failure(error, "payload")
        payload = bytes(framed.payload)
        if payload == _NULL:
            return Rejection(Reason.NULL_VALUE, "payload")
        try:
            value = self._columns.of(bytes(framed.schema)).write_out(payload)
        except (ValueError, RecursionError) as error:
            return parse_failure(error, "payload")
        return content._replace(value=value)


def unframed(text: bytes) -> bytes:
    """Take the payload out of a framed text; a text without a frame stays as it is. Raises ValueError."""
    found: Any = msgspec.json.decode(text)
    if isinstance(found, dict) and found.keys() == {"schema", "payload"}:
        return msgspec.json.encode(found["payload"])
    return text
