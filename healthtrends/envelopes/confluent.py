"""Envelope `confluent`: the framing of Confluent's serializers, Avro or JSON Schema.

    00 + 4 bytes     id of the schema in its registry, then the body
    01 + 16 bytes    GUID of the schema, then the body
    header           `__value_schema_id` holds one of these, and the value is the body alone

Bytes that do not fit their schema are a reject. A registry that does not answer is no fault of a message: the
attempt ends with RegistryUnavailable, and is made again. A schema that the registry lacks ends the run.
"""

from typing import Final
from uuid import UUID

from healthtrends.envelopes import KEY_SCHEMA, VALUE_SCHEMA
from healthtrends.envelopes.avro import Read, SchemaMismatch, UnusableSchema, avro_reader
from healthtrends.envelopes.content import Content, EnvelopeOptions, Headers, Opened
from healthtrends.errors import ConfigError
from healthtrends.model.rejection import Reason, Rejection
from healthtrends.model.schemas import SchemaId, SchemaSource

_BY_ID: Final = 0
_BY_GUID: Final = 1
_ID_END: Final = 5
_GUID_END: Final = 17


def open_envelope(options: EnvelopeOptions) -> "ConfluentEnvelope":
    """Make this envelope. Raises ConfigError when no registry is configured."""
    if options.schemas is None:
        raise ConfigError(
            "source.envelope = confluent needs a schema registry",
            "source.registry has no url",
            'set url = "http://HOST:8081" in [source.registry]',
        )
    return ConfluentEnvelope(options.schemas, options.reader_schema, opens_keys=options.opens_keys)


class ConfluentEnvelope:
    """Takes the framing off, and makes JSON of Avro."""

    def __init__(self, schemas: SchemaSource, reader_schema: str | None, *, opens_keys: bool = False) -> None:
        """Ask `schemas` for what is not known yet; values are brought to `reader_schema`."""
        self._schemas = schemas
        self._reader_schema = reader_schema
        self._opens_keys = opens_keys
        self._values: dict[SchemaId, Read | Rejection] = {}
        self._keys: dict[SchemaId, Read | Rejection] = {}

    def open(self, content: Content) -> Opened:
        """Give the body as a JSON text.

        A null value passes when there is another envelope inside, which knows what it means.
        """
        value = content.value
        key = self._key(content) if self._opens_keys else content.key
        if value is None:
            return content._replace(key=key) if self._opens_keys else Rejection(Reason.NULL_VALUE)
        framed = _framing(value, content.headers, VALUE_SCHEMA)
        if framed is None:
            return Rejection(Reason.OTHER_ENVELOPE, "schema id")
        schema_id, start = framed
        read = self._values.get(schema_id)
        if read is None:
            read = self._values[schema_id] = self._reader(schema_id, self._reader_schema)
        if isinstance(read, Rejection):
            return read
        try:
            # Four times as fast as `_replace`.
            return Content(read(value[start:]), key, *content[2:])
        except SchemaMismatch:
            return Rejection(Reason.SCHEMA_MISMATCH)

    def _key(self, content: Content) -> bytes | None:
        """The key as a JSON text, or as it came where it has no framing or does not fit."""
        key = content.key
        framed = _framing(key, content.headers, KEY_SCHEMA) if key else None
        if framed is None or key is None:
            return key
        schema_id, start = framed
        read = self._keys.get(schema_id)
        if read is None:
            read = self._keys[schema_id] = self._reader(schema_id, None)
        try:
            return key if isinstance(read, Rejection) else read(key[start:])
        except SchemaMismatch:
            return key

    def _reader(self, schema_id: SchemaId, reader_schema: str | None) -> Read | Rejection:
        schema = self._schemas.find_schema(schema_id)
        if schema.kind == "JSON":
            return _as_it_is
        if schema.kind != "AVRO":
            return Rejection(Reason.UNUSABLE_SCHEMA)
        try:
            return avro_reader(schema.text, schema.references, reader_schema)
        except UnusableSchema:
            return Rejection(Reason.UNUSABLE_SCHEMA)


def _framing(content: bytes, headers: Headers, header: str) -> tuple[SchemaId, int] | None:
    """Id of the schema, and where the body begins; None: no framing. A header goes before the first bytes."""
    for name, given in headers:
        if name == header and given is not None:
            found = _named(given)
            if found is not None and found[1] == len(given):
                return found[0], 0
    return _named(content)


def _named(content: bytes) -> tuple[SchemaId, int] | None:
    if len(content) >= _ID_END and content[0] == _BY_ID:
        return int.from_bytes(content[1:_ID_END]), _ID_END
    if len(content) >= _GUID_END and content[0] == _BY_GUID:
        return UUID(bytes=content[1:_GUID_END]), _GUID_END
    return None


def _as_it_is(body: bytes) -> bytes:
    """The body of a JSON Schema message is the text itself; the format reads it."""
    return body
