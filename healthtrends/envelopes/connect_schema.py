"""Schemas of Kafka Connect: which columns of a row are days or times.

The names are those of Debezium's temporal types (io.debezium.time) and of Connect's logical types. Debezium's
`Timestamp` types have no zone: they are the local time that the database shows.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from healthtrends.envelopes.columns import Columns, Spell, day, moment

SPELLINGS: Final[Mapping[str, Spell]] = {
    "io.debezium.time.Date": day,
    "org.apache.kafka.connect.data.Date": day,
    "io.debezium.time.Timestamp": moment(1_000, ""),
    "io.debezium.time.MicroTimestamp": moment(1_000_000, ""),
    "io.debezium.time.NanoTimestamp": moment(1_000_000_000, ""),
    "org.apache.kafka.connect.data.Timestamp": moment(1_000, "Z"),
}
_MOST_CACHED: Final = 1_000


class _Field(msgspec.Struct):
    field: str | None = None
    name: str | None = None
    fields: "list[_Field] | None" = None


_SCHEMA: Final = msgspec.json.Decoder(_Field)


class ColumnCache:
    """Columns by the text of a schema, which comes again with every message."""

    def __init__(self, date_columns: tuple[str, ...], nested: tuple[str, ...] = ()) -> None:
        """Take the row's schema from the fields `nested` of the payload's, or from it where it has none."""
        self._without_schema = Columns(dict.fromkeys(date_columns, day))
        self._nested = nested
        self._found: dict[bytes, Columns] = {b"": self._without_schema, b"null": self._without_schema}

    def of(self, schema: bytes) -> Columns:
        """Give the columns of a schema; empty: of rows without one."""
        found = self._found.get(schema)
        if found is None:
            if len(self._found) > _MOST_CACHED:  # hostile input must not grow it
                del self._found[next(each for each in self._found if each not in (b"", b"null"))]
            found = self._found[schema] = self._columns(schema)
        return found

    def _columns(self, schema: bytes) -> Columns:
        try:
            whole = _SCHEMA.decode(schema)
        except (ValueError, RecursionError):
            return self._without_schema
        fields = whole.fields or []
        rows = [each for each in fields if each.field in self._nested] or [whole]
        spell = {
            each.field: SPELLINGS[each.name or ""]
            for row in rows
            for each in row.fields or []
            if each.field is not None and each.name in SPELLINGS
        }
        return Columns(spell)
