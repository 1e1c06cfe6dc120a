"""Envelope `confluent` against confluent-kafka's own deserializers, over seeded synthetic records."""

import datetime as dt
import json
import random

import pytest
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from healthtrends import formats
from healthtrends.adapters.schema_registry import SchemaRegistry
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.source import Source
from healthtrends.model.decoder import DecoderOptions
from healthtrends.model.rejection import Rejection
from healthtrends.sources.synthetic import SyntheticPlan, synthetic
from tests.registry_server import RegistryServer

MS = 1_766_400_000_000
PLAN = SyntheticPlan(
    records=400, seed=16, first=dt.date(2025, 12, 20), last=dt.date(2025, 12, 22), bad_share=0.1
)


def rows():
    """Rows of the plan that other formats can hold: objects of plain values."""
    for message in synthetic(PLAN):
        try:
            row = json.loads(message.value)
        except ValueError:
            continue
        if isinstance(row, dict) and not any(isinstance(each, dict | list) for each in row.values()):
            yield row


ROWS = list(rows())
NAMES = sorted({name for row in ROWS for name in row})
CONTEXT = SerializationContext("t", MessageField.VALUE)
DATE = {"type": "int", "logicalType": "date"}
SCHEMA = json.dumps(
    {
        "type": "record", "name": "Visit", "fields": [
            {"name": name, "type": ["null", "string", "long", DATE], "default": None} if name == "visit_date"
            else {"name": name, "type": ["null", "long", "double", "boolean", "string"], "default": None}
            for name in NAMES
        ],
    }
)  # fmt: skip
JSON_SCHEMA = json.dumps({"title": "Visit", "type": "object", "properties": {}})


@pytest.fixture(scope="module")
def registry():
    """A registry that answers."""
    with RegistryServer() as server:
        yield server


@pytest.fixture(scope="module")
def client(registry):
    """Confluent's own."""
    return SchemaRegistryClient({"url": registry.url})


def decoder(registry, envelope):
    """Ours, of records in this envelope."""
    schemas = SchemaRegistry(registry_settings({"url": registry.url})) if envelope else None
    source = Source(envelope=envelope) if envelope else Source()
    return formats.open_decoder(DecoderOptions(dt.date(2025, 12, 24), None, 10**6, source, schemas, None))


def outcome(opened, value):
    """What one message gives."""
    return opened.decode(value, MS)


def as_json(row):
    """What the other side read, as a message without an envelope; days as the contract writes them."""
    return json.dumps(row, default=str).encode()


def test_the_corpus_has_records_and_rejects(registry):
    """Else the agreement would say little."""
    found = [outcome(decoder(registry, None), json.dumps(row).encode()) for row in ROWS]
    assert 20 < sum(isinstance(each, Rejection) for each in found) < 200


def test_avro_is_read_as_confluents_deserializer_reads_it(registry, client):
    """Records and rejections, with days of the logical type among them."""
    serialize, deserialize = AvroSerializer(client, SCHEMA), AvroDeserializer(client)
    ours, plain = decoder(registry, "confluent"), decoder(registry, None)
    for number, row in enumerate(ROWS):
        given = {name: row.get(name) for name in NAMES}
        if number % 2 and isinstance(given["visit_date"], str) and given["visit_date"][:3] == "202":
            given["visit_date"] = _day(given["visit_date"])
        value = serialize(given, CONTEXT)
        expected = outcome(plain, as_json(deserialize(value, CONTEXT)))
        assert repr(outcome(ours, value)) == repr(expected)


def test_what_confluents_deserializer_cannot_read_is_a_reject(registry, client):
    """Cut short, changed, of an unknown schema: an outcome each, and a reject where the other side fails."""
    serialize, deserialize = AvroSerializer(client, SCHEMA), AvroDeserializer(client)
    ours, draw = decoder(registry, "confluent"), random.Random(16)
    failed = 0
    for row in ROWS[:200]:
        value = bytearray(serialize({name: row.get(name) for name in NAMES}, CONTEXT))
        if draw.random() < 0.5:
            del value[draw.randrange(5, len(value)) :]
        else:
            value[draw.randrange(5, len(value))] = draw.randrange(256)
        found = outcome(ours, bytes(value))
        try:
            deserialize(bytes(value), CONTEXT)
        except Exception:  # noqa: BLE001  whatever the other side raises for bytes that are no Avro
            failed += 1
            assert isinstance(found, Rejection)
    assert failed > 50


def test_json_is_read_as_confluents_deserializer_reads_it(registry, client):
    """Behind the frame of JSON Schema."""
    serialize, deserialize = (
        JSONSerializer(JSON_SCHEMA, client),
        JSONDeserializer(JSON_SCHEMA, schema_registry_client=client),
    )
    ours, plain = decoder(registry, "confluent"), decoder(registry, None)
    for row in ROWS:
        value = serialize(row, CONTEXT)
        expected = outcome(plain, json.dumps(deserialize(value, CONTEXT)).encode())
        assert repr(outcome(ours, value)) == repr(expected)


def _day(text):
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return text
