"""Avro messages as JSON texts: the writer's schema from the registry, the reader's from a setting.

A codec in C reads them. It has no bound on depth, so a schema that contains itself is refused: some kilobytes
would end the process. Types that Debezium marks by a name alone become days and times as others do.
"""

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from healthtrends.errors import ConfigError

Read = Callable[[bytes], bytes]
"""Gives the JSON text of an Avro body. Raises SchemaMismatch."""

_ENCODE: Final = msgspec.json.Encoder(enc_hook=str).encode
_LOGICAL: Final[Mapping[str, str]] = {
    "io.debezium.time.Date": "date",
    "io.debezium.time.Timestamp": "local-timestamp-millis",
    "io.debezium.time.MicroTimestamp": "local-timestamp-micros",
    "org.apache.kafka.connect.data.Date": "date",
    "org.apache.kafka.connect.data.Timestamp": "timestamp-millis",
}
"""Logical types of Avro by the names of Debezium and Connect; the former's have no zone."""
_NAMED: Final = ("record", "error", "enum", "fixed")


class SchemaMismatch(Exception):
    """The bytes do not fit the schema."""


class UnusableSchema(Exception):
    """The schema cannot be used to read messages."""


def avro_reader(text: str, references: Iterable[str], reader_schema: str | None) -> Read:
    """Make the function that reads bodies written with a schema.

    Raises UnusableSchema, and ConfigError when the extra `registry` is missing or `reader_schema` is none.
    """
    fastavro = _fastavro()
    writer = _parsed(fastavro, text, references)
    wanted = None
    if reader_schema is not None:
        try:
            wanted = _parsed(fastavro, reader_schema, ())
        except UnusableSchema as error:
            raise ConfigError(
                "source.reader_schema is no usable Avro schema", str(error), "correct the file"
            ) from None
    read = fastavro.schemaless_reader

    def read_body(body: bytes) -> bytes:
        stream = io.BytesIO(body)
        try:
            found = read(stream, writer, wanted)
            text = _ENCODE(found)
        except Exception as error:  # noqa: BLE001  the codec raises anything; the text of it may hold a value
            raise SchemaMismatch(type(error).__name__) from None
        if stream.tell() != len(body):
            raise SchemaMismatch("bytes are left")
        return text

    return read_body


def _fastavro() -> Any:  # noqa: ANN401  a module without types
    try:
        import fastavro  # noqa: PLC0415  an extra, needed for Avro alone
    except ImportError:
        raise ConfigError(
            "Avro messages cannot be read here",
            "the package fastavro is not installed",
            'install the extra: `pip install "healthtrends[registry]"`',
        ) from None
    return fastavro


def _parsed(fastavro: Any, text: str, references: Iterable[str]) -> Any:  # noqa: ANN401  schemas have no types
    named: dict[str, Any] = {}
    try:
        for reference in references:
            fastavro.parse_schema(_prepared(json.loads(reference)), named_schemas=named)
        parsed = fastavro.parse_schema(_prepared(json.loads(text)), named_schemas=named)
    except Exception as error:  # noqa: BLE001  the codec raises several kinds, and JSON its own
        raise UnusableSchema(f"{type(error).__name__} when it was parsed") from None
    _check_depth(parsed, named, ())
    return parsed


def _prepared(schema: Any) -> Any:  # noqa: ANN401  schemas are any JSON
    """Copy a schema, with Avro's logical type wherever Debezium or Connect gives only its own name."""
    if isinstance(schema, list):
        return [_prepared(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    copied = {name: _prepared(value) if name != "default" else value for name, value in schema.items()}
    logical = _LOGICAL.get(str(schema.get("connect.name")))
    if logical is not None and schema.get("type") in ("int", "long"):
        copied.setdefault("logicalType", logical)
    return copied


def _check_depth(schema: Any, named: Mapping[str, Any], inside: tuple[str, ...]) -> None:  # noqa: ANN401
    """Raise UnusableSchema where a type contains itself, or an array has items without bytes."""
    if isinstance(schema, str) and schema in inside:
        raise UnusableSchema("a type contains itself")
    if isinstance(schema, dict) and "items" in schema and _is_empty(schema["items"], named):
        raise UnusableSchema("an array has items without bytes")
    own = (schema["name"],) if isinstance(schema, dict) and schema.get("type") in _NAMED else ()
    for part in _parts(schema, named):
        _check_depth(part, named, inside + own)


def _parts(schema: Any, named: Mapping[str, Any]) -> Iterator[Any]:  # noqa: ANN401
    """Types that a type is made of."""
    if isinstance(schema, str):
        if schema in named:
            yield from _parts(named[schema], named)
    elif isinstance(schema, list):
        yield from schema
    else:
        yield from (field["type"] for field in schema.get("fields", ()))
        yield from (schema[name] for name in ("items", "values") if name in schema)
        if not isinstance(schema["type"], str):
            yield schema["type"]


def _is_empty(schema: Any, named: Mapping[str, Any]) -> bool:  # noqa: ANN401
    """Whether values of a type take no bytes: a few would stand for billions of items."""
    if isinstance(schema, str):
        return schema == "null" or (schema in named and _is_empty(named[schema], named))
    if isinstance(schema, list):
        return False
    kind = schema.get("type")
    if kind == "record":
        return all(_is_empty(field["type"], named) for field in schema["fields"])
    return bool(kind == "null" or (kind == "fixed" and schema["size"] == 0))
