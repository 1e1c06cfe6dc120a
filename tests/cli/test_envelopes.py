"""Change events of a database behind a schema registry, from a real topic to the report."""

import datetime as dt
import json
import uuid

import pytest
from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from healthtrends.sources.synthetic import SyntheticPlan, synthetic
from tests.registry_server import RegistryServer

DAY, BEFORE = dt.date(2025, 12, 22), dt.date(2025, 12, 21)
EPOCH = dt.date(1970, 1, 1)
KEY = {"type": "record", "name": "Key", "fields": [{"name": "id", "type": "long"}]}
COLUMNS = {
    "id": "long", "patient_id": "string", "age": "int", "gender": "string", "diagnosis_code": "string",
    "visit_date": {"type": "int", "connect.version": 1, "connect.name": "io.debezium.time.Date"},
    "treatment_code": "string", "outcome": "string",
}  # fmt: skip
ROW = {
    "type": "record", "name": "Value",
    "fields": [{"name": name, "type": kind} for name, kind in COLUMNS.items()],
}  # fmt: skip
ENVELOPE = {
    "type": "record", "name": "Envelope", "namespace": "clinic.visits", "fields": [
        {"name": "before", "type": ["null", ROW], "default": None},
        {"name": "after", "type": ["null", "Value"], "default": None},
        {"name": "source", "type": {"type": "record", "name": "Source", "fields": [
            {"name": "ts_ms", "type": "long"}, {"name": "table", "type": "string"},
        ]}},
        {"name": "op", "type": "string"},
        {"name": "ts_ms", "type": ["null", "long"], "default": None},
    ],
}  # fmt: skip


def history(records):
    """Change events after which the table holds just these rows, and tombstones behind deletes."""
    ms = 1_766_400_000_000
    for number, record in enumerate(records):
        days = (dt.date.fromisoformat(record["visit_date"]) - EPOCH).days
        row = {**record, "id": number, "visit_date": days}
        wrong = {**row, "diagnosis_code": "A09", "age": 1, "visit_date": days - number % 2}
        steps = [("c", None, row)] if number % 3 else [("c", None, wrong), ("u", wrong, row)]
        if number % 5 == 0:
            gone = {**row, "id": 10_000 + number, "diagnosis_code": "B99"}
            steps += [("r", None, gone), ("d", gone, None), (None, None, None)]
        for op, before, after in steps:
            ms += number % 4 == 0
            own = (after or before or gone)["id"]
            event = {"op": op, "before": before, "after": after, "source": {"ts_ms": ms, "table": "visits"}}
            yield {"id": own}, event if op else None


def send(stack, topic, registry, events):
    """Send as a connector does, with Confluent's serializers."""
    client = SchemaRegistryClient({"url": registry.url, "basic.auth.user.info": "reader:secret"})
    keys, values = (AvroSerializer(client, json.dumps(schema)) for schema in (KEY, ENVELOPE))
    producer = Producer({"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client})
    for key, value in events:
        producer.produce(
            topic,
            key=keys(key, SerializationContext(topic, MessageField.KEY)),
            value=values(value, SerializationContext(topic, MessageField.VALUE)) if value else None,
        )
    assert producer.flush(30) == 0


@pytest.fixture
def registry():
    """A registry that asks for a user."""
    with RegistryServer() as server:
        server.authorization = "Basic cmVhZGVyOnNlY3JldA=="
        yield server


def test_change_events_behind_a_registry_give_the_report_of_plain_records(
    cli_on_stack, stack, topic, registry
):
    """Also after the registry was down; a schema that it does not have ends the ingest with its id."""
    plan = SyntheticPlan(records=300, seed=7, first=BEFORE, last=DAY, plain=True)
    values = [each.value for each in synthetic(plan)]
    plain = {
        "HEALTHTRENDS_KAFKA__TOPIC": f"plain-{uuid.uuid4().hex[:8]}",
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
    }
    assert cli_on_stack("produce", "-", stdin=b"\n".join(values), **plain).code == 0
    assert cli_on_stack("run", str(DAY), **plain).code == 0
    cli_on_stack.environ |= {
        "HEALTHTRENDS_SOURCE__ENVELOPE": '["confluent", "debezium"]',
        "HEALTHTRENDS_SOURCE__REGISTRY__URL": registry.url,
        "HEALTHTRENDS_SOURCE__REGISTRY__BASIC_AUTH_USER_INFO": "reader:secret",
    }
    events = list(history(json.loads(value) for value in values))
    send(stack, topic, registry, events)
    registry.status = 503
    down = cli_on_stack("ingest", HEALTHTRENDS_RETRY__DEADLINE="0.5")
    assert (down.code, "cannot serve now" in down.err, "secret" in down.err) == (5, True, False)
    registry.status = None
    seen = cli_on_stack("doctor", "--topic", "--json", HEALTHTRENDS_SOURCE__ENVELOPE="none").document()
    assert 'envelope = ["confluent","debezium"]' in seen["survey"]["toml"]
    assert (seen["survey"]["looked_at"], seen["trial"]["rejected"]) == (50, {})
    done = cli_on_stack("run", str(DAY), "--json")
    assert done.code == 0, done.err
    for name in ("trend_summary", "diagnosis_detail", "age_distribution", "treatment_outcomes"):
        shown = [cli_on_stack("report", str(DAY), "--name", name, **one).out for one in ({}, plain)]
        assert shown[0] == shown[1]
        assert len(shown[0].splitlines()) > 10
    commits = cli_on_stack("status", "--json").document()["commits"]
    tombstones = sum(event is None for _, event in events)
    assert (commits["records"], commits["rejects"]) == (len(events) - tombstones, 0)
    assert cli_on_stack("verify").code == 0
    producer = Producer({"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client})
    producer.produce(topic, value=b"\0\0\0\1\2...")
    assert producer.flush(30) == 0
    unknown = cli_on_stack("ingest")
    assert (unknown.code, "has no schema 258" in unknown.err) == (2, True)
