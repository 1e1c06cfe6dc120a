"""One byte of a stored batch changes on the disk: the client reports it, and would read on behind it."""

import json
from pathlib import Path

import pytest
from confluent_kafka import Producer

from healthtrends.devstack.stack import LocalStack
from tests.faults.worlds import DAY, World

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

BATCH = 5


@pytest.fixture
def world(own_stack, make_world):
    """Partition 1 has three batches of five records, partition 0 has one."""
    found = make_world(own_stack.up(print))
    for number, partition in enumerate((1, 1, 1, 0)):
        send(found, number, partition)
    return found


def send(world: World, number: int, partition: int) -> None:
    """One batch on the wire: five records of their own."""
    producer = Producer(
        {
            "bootstrap.servers": world.servers.bootstrap_servers,
            **world.servers.kafka_client,
            "linger.ms": 60_000,
        }
    )
    for n in range(number * BATCH, (number + 1) * BATCH):
        record = {
            "patient_id": f"synthetic-{n}", "age": 40, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DAY, "treatment_code": f"T{n}", "outcome": "ongoing",
        }  # fmt: skip
        producer.produce(world.topic, json.dumps(record).encode(), partition=partition)
    assert producer.flush(30) == 0


def damage(stack: LocalStack, world: World, word: bytes) -> None:
    """Change one letter of it in the segment of partition 1; a broker that ended in order does not look."""
    stack.servers()[0].server.stop()
    (folder,) = stack.home.rglob(f"{world.topic}-1")
    (segment,) = Path(folder).glob("*.log")
    held = bytearray(segment.read_bytes())
    held[held.index(word)] ^= 1
    segment.write_bytes(held)
    stack.up(print)


@pytest.mark.parametrize(
    ("word", "offset"), [(b"synthetic-7", 5), (b"synthetic-12", 10)], ids=["middle", "last"]
)
def test_a_damaged_batch_is_named_the_rest_is_stored_and_skip_records_it(own_stack, world, word, offset):
    """Exit 4 however often it is tried, and what lies before it is stored; then five offsets are lost."""
    damage(own_stack, world, word)
    for _ in range(2):
        refused = world.start("ingest")
        refused.end(4)
        assert f"batch at offset {offset} of partition 1" in refused.err
        assert world.committed() == BATCH + offset
    world.start("ingest", "--on-data-loss", "skip").end()
    assert world.committed() == 3 * BATCH
    proof = world.start("verify")
    proof.end()
    assert "20 offsets covered = 15 stored + 0 rejected + 5 accepted as lost (5 in unreadable" in proof.out
