"""Envelope `confluent`, against messages that Confluent's own serializers made with a registry of our own."""

import datetime as dt
import json

import pytest
from confluent_kafka.schema_registry import (
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
)
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from healthtrends import formats
from healthtrends.adapters.schema_registry import SchemaRegistry
from healthtrends.config.registry_keys import registry_settings
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError, RegistryUnavailable
from healthtrends.model.decoder import DecoderOptions
from healthtrends.model.record import PatientRecord
from healthtrends.model.rejection import Reason, Rejection
from healthtrends.testing import MemoryMessage
from tests.registry_server import RegistryServer

MS = 1_766_400_000_000
ROW = {
    "patient_id": "P-1", "age": 44, "gender": "F", "diagnosis_code": "E11.9", "visit_date": "2025-12-20",
    "treatment_code": "T1", "outcome": "ongoing", "record_id": "R-1",
}  # fmt: skip
AVRO = {
    "type": "record", "name": "Visit", "namespace": "clinic", "fields": [
        {"name": name, "type": "int" if name == "age" else "string"} for name in ROW
    ],
}  # fmt: skip
DATED = {
    **AVRO,
    "fields": [
        {**field, "type": {"type": "int", "logicalType": "date"}} if field["name"] == "visit_date" else field
        for field in AVRO["fields"]
    ],
}
RECORD = PatientRecord(
    patient_id="P-1", age=44, gender="F", diagnosis_code="E11.9", visit_date="2025-12-20",
    treatment_code="T1", outcome="ongoing", record_id="R-1", recorded_at="2025-12-22T10:40:00Z",
)  # fmt: skip


@pytest.fixture
def registry():
    """A registry that answers."""
    with RegistryServer() as server:
        yield server


def source(**changes):
    """Settings of a topic whose messages are framed."""
    return Source(envelope="confluent", **changes)


def opened(registry, *, reader_schema=None, largest=10**6, **changes):
    """A decoder of framed records."""
    schemas = SchemaRegistry(registry_settings({"url": registry.url}))
    options = DecoderOptions(dt.date(2025, 12, 24), None, largest, source(**changes), schemas, reader_schema)
    return formats.open_decoder(options)


def context(headers=None):
    """Where a value is going to."""
    return SerializationContext("t", MessageField.VALUE, headers)


def avro(registry, schema, row, **conf):
    """A value and its headers, made by Confluent's serializer."""
    headers = []
    client = SchemaRegistryClient({"url": registry.url})
    serialize = AvroSerializer(client, json.dumps(schema), conf=conf)
    return serialize(row, context(headers)), tuple(headers)


def decoded(decoder, value, headers=()):
    """What one message gives."""
    return decoder.decode_message(MemoryMessage(0, 7, value, MS, own_headers=headers), value)


def test_avro_with_a_schema_id_gives_the_record(registry):
    """Framing 00, as most serializers write it."""
    value, _ = avro(registry, AVRO, ROW)
    assert value[:5] == b"\0\0\0\0\1"
    assert decoded(opened(registry), value) == (RECORD,)


def test_avro_with_a_guid_in_the_header_gives_the_record(registry):
    """The value is the body alone then."""
    value, headers = avro(registry, AVRO, ROW, **{"schema.id.serializer": header_schema_id_serializer})
    assert [name for name, _ in headers] == ["__value_schema_id"]
    assert decoded(opened(registry), value, headers) == (RECORD,)


def test_avro_with_a_guid_before_the_body_gives_the_record(registry):
    """Framing 01 and 16 bytes."""
    value, _ = avro(registry, AVRO, ROW)
    assert decoded(opened(registry), b"\1" + registry.guid(1).bytes + value[5:]) == (RECORD,)


def test_json_schema_is_a_frame_around_the_record(registry):
    """The registry is asked only for its kind."""
    schema = {"title": "Visit", "type": "object", "properties": {}}
    client = SchemaRegistryClient({"url": registry.url})
    value = JSONSerializer(json.dumps(schema), client)(ROW, context())
    assert decoded(opened(registry), value) == (RECORD,)


def test_logical_types_become_text(registry):
    """A day is written out as the record's rule wants it."""
    value, _ = avro(registry, DATED, {**ROW, "visit_date": dt.date(2025, 12, 20)})
    assert decoded(opened(registry), value) == (RECORD,)


def test_messages_are_brought_to_the_readers_schema(registry):
    """A field gets another name by its alias, and a new one its default."""
    older = {**AVRO, "fields": [
        {**field, "name": "patient"} if field["name"] == "patient_id" else field
        for field in AVRO["fields"] if field["name"] != "outcome"
    ]}  # fmt: skip
    wanted = {**AVRO, "fields": [
        {**field, "aliases": ["patient"]} if field["name"] == "patient_id"
        else {**field, "default": "ongoing"} if field["name"] == "outcome" else field
        for field in AVRO["fields"]
    ]}  # fmt: skip
    row = {name: value for name, value in ROW.items() if name not in ("patient_id", "outcome")}
    value, _ = avro(registry, older, {"patient": "P-1", **row})
    assert decoded(opened(registry, reader_schema=json.dumps(wanted)), value) == (RECORD,)
    assert decoded(opened(registry), value) == Rejection(Reason.MISSING_FIELD, "patient_id")


def test_schema_references_are_resolved(registry):
    """Also those of a schema that is referred to."""
    code = {"type": "enum", "name": "Sex", "namespace": "clinic", "symbols": ["F", "M"]}
    patient = {"type": "record", "name": "Code", "namespace": "clinic", "fields": [
        {"name": "sex", "type": "clinic.Sex"}
    ]}  # fmt: skip
    registry.add(code, subject="sex")
    registry.add(patient, references=[{"name": "clinic.Sex", "subject": "sex", "version": 1}], subject="code")
    schema = {**AVRO, "fields": [
        {**field, "type": "clinic.Sex"} if field["name"] == "gender" else field for field in AVRO["fields"]
    ] + [{"name": "more", "type": ["null", "clinic.Code"], "default": None}]}  # fmt: skip
    references = [
        SchemaReference("clinic.Sex", "sex", 1), SchemaReference("clinic.Code", "code", 1)
    ]  # fmt: skip
    client = SchemaRegistryClient({"url": registry.url})
    serialize = AvroSerializer(client, Schema(json.dumps(schema), "AVRO", references))
    value = serialize({**ROW, "more": {"sex": "F"}}, context())
    decoder = opened(registry)
    assert decoded(decoder, value) == (RECORD,)
    assert decoder.take_unknown_fields() == 1


def test_a_schema_is_asked_for_once(registry):
    """However many messages name it."""
    value, _ = avro(registry, AVRO, ROW)
    decoder = opened(registry)
    registry.asked.clear()
    plain, others = decoder.decode_messages([MemoryMessage(0, n, value, MS) for n in range(100)])
    assert (plain, others, registry.asked) == ([RECORD] * 100, [], ["/schemas/ids/1"])


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda value: value[:-3], Reason.SCHEMA_MISMATCH),
        (lambda value: value + b"\0", Reason.SCHEMA_MISMATCH),
        (lambda value: value[:5], Reason.SCHEMA_MISMATCH),
        (lambda value: value[:4], Reason.OTHER_ENVELOPE),
        (lambda value: b"\2" + value[1:], Reason.OTHER_ENVELOPE),
        (lambda _: json.dumps(ROW).encode(), Reason.OTHER_ENVELOPE),
        (lambda _: b"", Reason.OTHER_ENVELOPE),
        (lambda _: None, Reason.NULL_VALUE),
        (lambda _: b"\0" * 10**6 + b"\0", Reason.TOO_LARGE),
    ],
)
def test_bytes_that_do_not_fit_are_rejects(registry, change, reason):
    """With the reason that says how."""
    value, _ = avro(registry, AVRO, ROW)
    found = decoded(opened(registry), change(value))
    assert isinstance(found, Rejection)
    assert found.reason is reason


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ('syntax = "proto3"; message M {}', "PROTOBUF"),
        ({"type": "record", "name": "L", "fields": [{"name": "next", "type": ["null", "L"]}]}, "AVRO"),
        ({"type": "record", "name": "L", "fields": [{"name": "a",
            "type": {"type": "map", "values": "L"}}]}, "AVRO"),
        ({"type": "array", "items": "null"}, "AVRO"),
        ({"type": "array", "items": {"type": "record", "name": "E", "fields": []}}, "AVRO"),
        ({"type": "nonsense"}, "AVRO"),
    ],
)  # fmt: skip
def test_a_schema_that_cannot_be_used_makes_rejects(registry, schema, kind):
    """One that contains itself would end the process, one with items of no bytes fill the memory."""
    number = registry.add(schema, kind)
    value = b"\0" + number.to_bytes(4) + b"\2" * 100_000
    assert decoded(opened(registry), value) == Rejection(Reason.UNUSABLE_SCHEMA)


def test_a_registry_that_is_down_is_no_fault_of_a_message(registry):
    """The attempt ends with an error that is worth another try."""
    value, _ = avro(registry, AVRO, ROW)
    decoder = opened(registry)
    registry.status = 503
    with pytest.raises(RegistryUnavailable, match="cannot serve now"):
        decoded(decoder, value)
    registry.status = None
    assert decoded(decoder, value) == (RECORD,)


def test_a_schema_that_the_registry_does_not_have_is_named(registry):
    """It ends the run, as the registry may be that of somebody else."""
    with pytest.raises(ConfigError, match="has no schema 12"):
        decoded(opened(registry), b"\0\0\0\0\x0c....")


def test_without_a_registry_nothing_is_read():
    """The setting that is missing is named."""
    options = DecoderOptions(dt.date(2025, 12, 24), source=source())
    with pytest.raises(ConfigError, match=r"needs a schema registry \(source.registry has no url\)"):
        formats.open_decoder(options)


def test_a_readers_schema_that_is_none_is_refused(registry):
    """At the first message, by the setting's name."""
    value, _ = avro(registry, AVRO, ROW)
    with pytest.raises(ConfigError, match=r"source.reader_schema is no usable Avro schema"):
        decoded(opened(registry, reader_schema='{"type": "nonsense"}'), value)
