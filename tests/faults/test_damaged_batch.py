"""One byte of a stored batch changes on the disk: the client reports it, and would read on behind it."""

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer

from healthtrends.devstack.stack import LocalStack
from tests.faults.sandbox import DAY, Sandbox

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

BATCH = 5


@pytest.fixture
def sandbox(own_stack, make_sandbox):
    """Partition 1 has three batches of five records, partition 0 has one."""
    found = make_sandbox(own_stack.up(print))
    for number, partition in enumerate((1, 1, 1, 0)):
        send(found, number, partition)
    return found


def send(sandbox: Sandbox, number: int, partition: int) -> None:
    """One batch on the wire: five records of their own."""
    producer = Producer(
        {
            "bootstrap.servers": sandbox.servers.bootstrap_servers,
            **sandbox.servers.kafka_client,
            "linger.ms": 60_000,
        }
    )
    for n in range(number * BATCH, (number + 1) * BATCH):
        record = {
            "patient_id": f"synthetic-{n}", "age": 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DAY, "treatment_code": f"T{n}", "outcome": "ongoing",
        }  # fmt: skip
        producer.produce(sandbox.topic, json.dumps(record).encode(), partition=partition)
    assert producer.flush(30) == 0


def damage(stack: LocalStack, sandbox: Sandbox, word: bytes) -> None:
    """Change one letter of it in the segment of partition 1; a broker that ended in order does not look."""
    stack.servers().kafka.server.stop()
    (folder,) = stack.home.rglob(f"{sandbox.topic}-1")
    (segment,) = Path(folder).glob("*.log")
    held = bytearray(segment.read_bytes())
    held[held.index(word)] ^= 1
    segment.write_bytes(held)
    stack.up(print)


@pytest.mark.parametrize(
    ("word", "offset"), [(b"synthetic-7", 5), (b"synthetic-12", 10)], ids=["middle", "last"]
)
def test_a_damaged_batch_is_named_the_rest_is_stored_and_skip_records_it(own_stack, sandbox, word, offset):
    """Exit 4 however often it is tried, and what lies before it is stored; then five offsets are lost."""
    damage(own_stack, sandbox, word)
    for _ in range(2):
        refused = sandbox.start("ingest")
        refused.end(4)
        assert f"batch at offset {offset} of partition 1" in refused.err
        assert sandbox.committed() == BATCH + offset
    sandbox.start("ingest", "--on-data-loss", "skip").end()
    assert sandbox.committed() == 3 * BATCH
    proof = sandbox.start("verify")
    proof.end()
    assert "20 offsets covered = 15 stored + 0 rejected + 5 accepted as lost (5 in unreadable" in proof.out
