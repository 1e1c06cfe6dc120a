"""Envelope `debezium`: change events of a table, whole or flattened, with a schema or without.

    c, r    a row came, or was there already        the row `after`
    u       a row changed                           the row `after`, and `before` where the event has it
    d       a row was deleted                       a deletion of the row `before`
    t, m    the table was emptied; a message        skipped
    null    the tombstone behind a delete           skipped

A flattened event (the transform ExtractNewRecordState) is the row itself, with `__deleted` or `__op` in it.
One without either is rejected: its deletes would be lost. Days are written out as text.
"""

from typing import Any, Final

import msgspec

from healthtrends.envelopes.columns import Columns
from healthtrends.envelopes.connect_json import unframed
from healthtrends.envelopes.connect_schema import ColumnCache
from healthtrends.envelopes.content import Content, EnvelopeOptions, Opened
from healthtrends.envelopes.json_text import parse_failure
from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason

Unset = msgspec.UnsetType


class _Origin(msgspec.Struct, gc=False):
    ts_ms: int | None = None


class _Event(msgspec.Struct, gc=False):
    """What an event has, or the outer of two: `payload` is the event then."""

    payload: msgspec.Raw | Unset = msgspec.UNSET
    schema: msgspec.Raw | Unset = msgspec.UNSET
    op: str | None = None
    before: msgspec.Raw | Unset = msgspec.UNSET
    after: msgspec.Raw | Unset = msgspec.UNSET
    source: _Origin | None = None
    ts_ms: int | None = None
    flat_op: str | Unset | None = msgspec.field(default=msgspec.UNSET, name="__op")
    flat_deleted: str | bool | Unset | None = msgspec.field(default=msgspec.UNSET, name="__deleted")
    flat_source_ms: int | str | None = msgspec.field(default=None, name="__source_ts_ms")
    flat_ms: int | str | None = msgspec.field(default=None, name="__ts_ms")


_EVENT: Final = msgspec.json.Decoder(_Event)
_NULL: Final = b"null"
_SKIPPED: Final = ("t", "m")
_NO_CHANGE: Final = Skip(SkipReason.NO_CHANGE)


def open_envelope(options: EnvelopeOptions) -> "DebeziumEnvelope":
    """Make this envelope."""
    return DebeziumEnvelope(options.date_columns)


class DebeziumEnvelope:
    """Takes rows out of change events."""

    def __init__(self, date_columns: tuple[str, ...] = ()) -> None:
        self._columns = ColumnCache(date_columns, nested=("before", "after"))

    def open(self, content: Content) -> Opened:
        """Give the row as the value, and what the event says about it."""
        value, schema = content.value, b""
        if value is None:
            return Skip(SkipReason.TOMBSTONE)
        try:
            event = _EVENT.decode(value)
            if not isinstance(event.payload, Unset):
                if not isinstance(event.schema, Unset):
                    schema = bytes(event.schema)
                value = bytes(event.payload)
                if value == _NULL:
                    return Skip(SkipReason.TOMBSTONE)
                event = _EVENT.decode(value)
            columns = self._columns.of(schema)
            if event.op is None:
                return self._flattened(content, value, event, columns)
            return self._change(content, event, columns)
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            return parse_failure(error, "op")

    def _change(self, content: Content, event: _Event, columns: Columns) -> Opened:
        op, before, after = event.op, _row(event.before, columns), _row(event.after, columns)
        at_ms = event.source.ts_ms if event.source is not None else None
        if at_ms is None:
            at_ms = content.at_ms if event.ts_ms is None else event.ts_ms
        if op in _SKIPPED:
            return _NO_CHANGE
        if op == "d":
            return _changed(content, at_ms, None, before)
        if op not in ("c", "r", "u"):
            return Rejection(Reason.OTHER_ENVELOPE, "op")
        if after is None:
            return Rejection(Reason.OTHER_ENVELOPE, "after")
        return _changed(content, at_ms, after, before if op == "u" else None)

    def _flattened(self, content: Content, row: bytes, event: _Event, columns: Columns) -> Opened:
        op, deleted = event.flat_op, event.flat_deleted
        if isinstance(op, Unset) and isinstance(deleted, Unset):
            return Rejection(Reason.OTHER_ENVELOPE, "op")
        if op in _SKIPPED:
            return _NO_CHANGE
        at_ms = _number(event.flat_source_ms)
        if at_ms is None:
            at_ms = _number(event.flat_ms)
        if at_ms is None:
            at_ms = content.at_ms
        values = msgspec.json.decode(row)
        own = {name: value for name, value in values.items() if not name.startswith("__")}
        text = columns.write_out(msgspec.json.encode(own))
        if op == "d" or deleted in (True, "true"):
            return _changed(content, at_ms, None, text)
        return _changed(content, at_ms, text)


def _changed(content: Content, at_ms: int, value: bytes | None, before: bytes | None = None) -> Content:
    """The change of a row; without `value` it is gone."""
    key = _key(content.key)
    return Content(value, key, content.headers, at_ms, True, before, value is None, row_id(key))


def _key(key: bytes | None) -> bytes | None:
    """The key without a frame of its own."""
    try:
        return unframed(key) if key and b'"payload"' in key else key
    except (ValueError, RecursionError):
        return key  # a plain text


def _row(given: msgspec.Raw | Unset, columns: Columns) -> bytes | None:
    """The text of a row; None where the event has none."""
    if isinstance(given, Unset):
        return None
    text = bytes(given)
    return None if text == _NULL else columns.write_out(text)


def _number(given: int | str | None) -> int | None:
    """Metadata of a flattened event may be text."""
    if isinstance(given, str):
        return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else None
    return given


def row_id(key: bytes | None) -> str | None:
    """Id of a row from the message's key: its one value, else all of them in the order of their names."""
    if not key:
        return None
    try:
        found: Any = msgspec.json.decode(key)
    except (ValueError, RecursionError):
        try:
            return key.decode() or None
        except UnicodeDecodeError:
            return None
    if isinstance(found, dict):
        if len(found) != 1:
            return msgspec.json.encode(dict(sorted(found.items()))).decode() if found else None
        (found,) = found.values()
    if found is None:
        return None
    return found if isinstance(found, str) else msgspec.json.encode(found).decode()
