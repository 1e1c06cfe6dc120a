"""A batch that the Kafka client cannot unpack, on a real broker: small on the wire, large unpacked."""

import json

import pytest
from confluent_kafka import Producer

GOOD = {
    "patient_id": "synthetic-patient-1", "age": 40, "gender": "F", "diagnosis_code": "E11.9",
    "visit_date": "2025-12-22", "treatment_code": "T1", "outcome": "ongoing",
}  # fmt: skip
CLIENT = """
[kafka.client]
"fetch.max.bytes" = "1000000"
"receive.message.max.bytes" = "{}"
"""


@pytest.fixture
def bomb(cli_on_stack, stack, topic):
    """Ten records in partition 0, a batch of forty that unpacks to 4 MB, ten more; ten in partition 1."""
    client = {"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client}
    whole = {
        **client, "linger.ms": 60_000, "compression.type": "zstd", "message.max.bytes": 10_000_000,
        "batch.size": 10_000_000,
    }  # fmt: skip
    small, large = Producer(client), Producer(whole)
    for producer, partition, number, note in (
        (small, 1, 9, ""),
        (
            large,
            1,
            1,
            "",
        ),  # it learns the partitions first; messages sent before that may leave in two batches
        (small, 0, 10, ""),
        (large, 0, 40, "x" * 100_000),
        (small, 0, 10, ""),
    ):
        for _ in range(number):
            producer.produce(topic, json.dumps({**GOOD, "note": note}).encode(), partition=partition)
        assert producer.flush(30) == 0
    cli_on_stack.limit = lambda most: (cli_on_stack.folder / "healthtrends.toml").write_text(
        CLIENT.format(most)
    )
    cli_on_stack.limit(1_100_000)
    return cli_on_stack


def test_an_unreadable_batch_is_named_the_rest_is_stored_and_skip_records_it(bomb):
    """Exit 4 at once; then exactly its forty offsets are lost, and `verify` says so."""
    refused = bomb("ingest")
    assert refused.code == 4
    assert "batch at offset 10 of partition 0" in refused.err
    assert "receive.message.max.bytes" in refused.err
    assert bomb("ingest", "--on-data-loss", "skip", "--json").document()["stored"] == 10
    proof = bomb("verify")
    assert proof.code == 0, proof.out
    assert "70 offsets covered = 30 stored + 0 rejected + 40 accepted as lost (40 in unreadable" in proof.out


def test_with_worker_processes_the_rest_is_stored_all_the_same(bomb):
    """A worker cannot say how far the others got, so this process reads alone."""
    bomb.environ |= {"HEALTHTRENDS_INGEST__WORKERS": "2", "HEALTHTRENDS_INGEST__WORKER_RECORDS": "10"}
    refused = bomb("ingest")
    assert (refused.code, "batch at offset 10 of partition 0" in refused.err) == (4, True), refused.err
    assert "20 stored" in bomb("verify").out


def test_a_larger_limit_of_the_client_reads_the_batch(bomb):
    """As the error said."""
    bomb.limit(20_000_000)
    done = bomb("ingest", "--json")
    assert done.code == 0, done.err
    assert done.document()["stored"] == 70
