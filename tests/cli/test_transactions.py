"""Topics that hold more than plain messages: transactions of both ends, and what compaction left."""

import collections
import json
import time
from collections.abc import Iterable

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from healthtrends.adapters.kafka_admin import topic_info
from healthtrends.config.servers import Kafka
from healthtrends.errors import KafkaUnavailable
from healthtrends.orchestrate.wiring.producer import held

LONGEST = 120.0


def client(stack):
    return {"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client}


def record(number: int) -> bytes:
    fields = {
        "patient_id": f"synthetic-{number}", "age": 40, "gender": "F", "diagnosis_code": "E11",
        "visit_date": "2025-12-20", "treatment_code": f"T{number}", "outcome": "ongoing",
    }  # fmt: skip
    return json.dumps(fields).encode()


def send(stack, topic, numbers: Iterable[int], *, key: bytes | None = None, partition: int = 0) -> None:
    producer = Producer(client(stack))
    for number in numbers:
        producer.produce(topic, record(number), key=key, partition=partition)
    assert producer.flush(30) == 0


@pytest.fixture
def transactions(stack, topic) -> Producer:
    """A producer of transactions."""
    patience = {"transaction.timeout.ms": 800_000, "message.timeout.ms": 300_000}  # on a busy machine
    producer = Producer({**client(stack), **patience, "transactional.id": f"test of {topic}"})
    producer.init_transactions(60)
    return producer


def totals(cli_on_stack) -> str:
    """What `verify` says of the sums; everything must be well."""
    done = cli_on_stack("verify", "--against-topic", "--json")
    assert done.code == 0, done.out
    return next(each["detail"] for each in done.document()["checks"] if each["check"] == "totals")


def set_policy(stack, topic, **entries: str) -> None:
    admin = AdminClient(client(stack))
    changes = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in entries.items()
    ]
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, incremental_configs=changes)
    admin.incremental_alter_configs([resource])[resource].result(30)


@pytest.mark.parametrize("workers", [pytest.param("1", marks=pytest.mark.long), "2"])
def test_every_offset_without_a_message_has_its_reason(cli_on_stack, stack, topic, transactions, workers):
    """Markers and aborted messages, alone and in a row, in one process and cut into pieces for two."""
    send(stack, topic, range(100))
    for round_ in range(20):
        transactions.begin_transaction()
        for number in range(30):
            transactions.produce(topic, record(1000 * round_ + number), partition=round_ % 2)
        transactions.flush(30)
        (transactions.abort_transaction if round_ % 3 else transactions.commit_transaction)(60)
    send(stack, topic, range(100, 110))
    done = cli_on_stack(
        "ingest", HEALTHTRENDS_INGEST__WORKERS=workers, HEALTHTRENDS_INGEST__WORKER_RECORDS="50"
    )
    assert done.code == 0, done.err
    committed = 110 + 7 * 30
    assert f"{committed} stored + 0 rejected + 0 accepted as lost" in totals(cli_on_stack)
    assert "(390 of aborted transactions, 20 transaction markers)" in totals(cli_on_stack)


def test_what_an_open_transaction_hides_is_seen_everywhere(cli_on_stack, stack, topic, transactions):
    """Lag, doctor, the quality report and the state of the reports; and `--once` sends nothing."""
    send(stack, topic, range(5), partition=1)
    send(stack, topic, range(5, 10))
    transactions.begin_transaction()
    transactions.produce(topic, record(10), partition=0)
    transactions.flush(30)
    send(stack, topic, range(11, 21))
    done = cli_on_stack("run", "2025-12-20", "--json")
    assert done.code == 0, done.err
    assert [each["state"] for each in done.document()["dates"]] == ["provisional"]
    report = cli_on_stack("report", "2025-12-20", "--name", "quality").out.splitlines()
    assert report[-1] == "offsets_hidden,11,offsets,0,warn"
    status = cli_on_stack("status", "--json").document()
    assert (status["kafka"]["lag"], status["kafka"]["hidden"]) == (11, 11)
    assert [each["report"] for each in status["dates"]] == ["provisional"]
    warned = cli_on_stack("doctor").out
    assert "warning topic:" in warned
    assert "partition 0 at offset 5, 11 offsets hidden, since 20" in warned
    once = cli_on_stack("produce", "-", "--once", stdin=record(15))
    assert (once.code, "has an open transaction" in once.err) == (5, True)
    transactions.abort_transaction(60)
    while cli_on_stack("status", "--json").document()["kafka"]["hidden"]:  # markers come a moment later
        time.sleep(0.1)
    once = cli_on_stack("produce", "-", "--once", "--json", stdin=record(15))
    assert once.document().get("sent") == 0, once.err
    assert cli_on_stack("run", "2025-12-20", "--json").document()["dates"][0]["state"] == "final"
    report = cli_on_stack("report", "2025-12-20", "--name", "quality").out
    assert "offsets_hidden" not in report


def test_a_transaction_that_begins_while_once_reads_the_topic_is_noticed(stack, topic, transactions):
    """What it hides is not among the messages read, and would be sent again."""
    send(stack, topic, range(5))
    found = topic_info(stack.bootstrap_servers, topic, stack.kafka_client)
    assert found is not None
    values = held(
        Kafka(bootstrap_servers=stack.bootstrap_servers, topic=topic, client=stack.kafka_client), found
    )
    next(values)
    transactions.begin_transaction()
    transactions.produce(topic, record(5), partition=0)
    transactions.flush(30)
    with pytest.raises(KafkaUnavailable, match="has an open transaction"):
        collections.deque(values, maxlen=0)
    transactions.abort_transaction(60)


@pytest.mark.parametrize("policy", [pytest.param("compact", marks=pytest.mark.long), "compact,delete"])
def test_a_compacted_topic_is_refused_and_shown(cli_on_stack, stack, topic, policy):
    """Before anything is done; the setting accepts it."""
    send(stack, topic, range(5), key=b"patient")
    set_policy(stack, topic, cleanup_policy=policy)
    for command in (("ingest",), ("run", "2025-12-20")):
        done = cli_on_stack(*command)
        assert (done.code, "has cleanup.policy=compact" in done.err) == (2, True)
    done = cli_on_stack("doctor")
    assert (done.code, "ERROR   topic:" in done.out) == (1, True)
    assert cli_on_stack("ingest", HEALTHTRENDS_KAFKA__ACCEPT_COMPACTED="true").code == 0


@pytest.mark.long
def test_what_compaction_left_is_read_when_it_is_accepted(cli_on_stack, stack, topic):
    """The holes are recorded as compacted away."""
    set_policy(
        stack, topic, cleanup_policy="compact", segment_ms="100", min_cleanable_dirty_ratio="0.001",
        max_compaction_lag_ms="200", delete_retention_ms="100",
    )  # fmt: skip
    for number in range(20):
        send(stack, topic, range(10 * number, 10 * number + 10), key=b"patient %d" % (number % 2))
        time.sleep(0.2)
    end = time.monotonic() + LONGEST
    accept = {"HEALTHTRENDS_KAFKA__ACCEPT_COMPACTED": "true"}
    while True:  # until the cleaner has been there
        cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"] += "-"
        assert cli_on_stack("ingest", **accept).code == 0
        said = totals(cli_on_stack)
        if "compacted away" in said:
            break
        assert time.monotonic() < end, said
        time.sleep(3)
        send(stack, topic, [999], key=b"another")
