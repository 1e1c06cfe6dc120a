"""Any bytes in any envelope give a record, a reject or a skip, and never an error."""

import datetime as dt
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import DecoderOptions
from healthtrends.model.rejection import Rejection, Skip
from healthtrends.model.schemas import WriterSchema
from healthtrends.survey.look import look_at
from healthtrends.testing import MemoryMessage

FIELDS = {
    "patient_id": "string", "age": ["null", "int"], "visit_date": {"type": "int", "logicalType": "date"},
    "codes": {"type": "array", "items": "string"}, "more": {"type": "map", "values": "bytes"},
    "amount": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2},
    "at": {"type": "long", "logicalType": "timestamp-micros"}, "ratio": "double",
}  # fmt: skip
AVRO = json.dumps(
    {"type": "record", "name": "R", "fields": [{"name": n, "type": kind} for n, kind in FIELDS.items()]}
)


class Schemas:
    """Every id is one schema: JSON for odd ones, Avro for even ones and GUIDs."""

    def find_schema(self, schema_id):
        is_json = isinstance(schema_id, int) and schema_id % 2
        return WriterSchema("JSON" if is_json else "AVRO", "{}" if is_json else AVRO)


def decoder(*envelopes):
    """Of records in these envelopes."""
    source = Source(envelope=envelopes)
    return formats.open_decoder(DecoderOptions(dt.date(2025, 12, 24), source=source, schemas=Schemas()))


DECODERS = {
    names: decoder(*names)
    for names in (
        ("debezium",), ("connect-json",), ("confluent",), ("confluent", "debezium"),
        ("connect-json", "debezium"),
    )
}  # fmt: skip
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(
    ["op", "before", "after", "source", "ts_ms", "schema", "payload", "__op", "__deleted", "__ts_ms",
     "fields", "field", "name", "patient_id", "visit_date", "record_id", "id", "resourceType", "entry"]
)  # fmt: skip
JSON = st.recursive(
    LEAVES | st.sampled_from(["c", "u", "d", "io.debezium.time.Date"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
TEXTS = JSON.map(lambda value: json.dumps(value).encode())
FRAMED = st.builds(
    lambda head, body: head + body,
    st.sampled_from([b"\0\0\0\0\0", b"\0\0\0\0\1", b"\1" + b"g" * 16]),
    st.binary() | TEXTS,
)
VALUES = st.none() | st.binary() | TEXTS | FRAMED
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(["__value_schema_id", "__key_schema_id", "x"]), st.none() | FRAMED | st.binary()
    ),
    max_size=2,
)


@pytest.mark.parametrize("names", DECODERS)
@given(value=VALUES, key=VALUES, headers=HEADERS, ms=st.integers(-1, 2**53))
def test_any_bytes_give_an_outcome(names, value, key, headers, ms):
    """Alone and in one call the same."""
    message = MemoryMessage(0, 7, value, ms, own_key=key, own_headers=tuple(headers))
    alone = DECODERS[names].decode_message(message, value)
    assert isinstance(alone, tuple | Rejection | Skip)
    plain, others = DECODERS[names].decode_messages([message])
    together = tuple(plain) or others[0][1]
    assert repr(together) == repr(alone)


@example(value=b'{"__op":[]}', headers=[])
@example(value=b'{"op":{},"source":1}', headers=[])
@example(value=b'{"resourceType":"Bundle","type":[],"entry":[{"resource":{"resourceType":{}}}]}', headers=[])
@given(value=VALUES, headers=HEADERS)
def test_any_bytes_can_be_looked_at(value, headers):
    """For `doctor --topic`."""
    message = MemoryMessage(0, 7, value, 0, own_headers=tuple(headers))
    assert look_at(message, None).format in ("record", "json", "fhir", "hl7v2", "unknown")
    look_at(MemoryMessage(0, 7, b"MSH|^~\\&" + (value or b""), 0), None)
