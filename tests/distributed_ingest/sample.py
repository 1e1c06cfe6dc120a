"""What a topic may hold besides plain records, and what is stored of it."""

import json
from collections.abc import Iterator

from confluent_kafka import Producer

from healthtrends.adapters.hdfs import HdfsStore
from tests.faults.sandbox import RECORDS, Sandbox

PIECE = 60
"""Offsets of a piece."""
PATIENCE = "200"
"""Seconds for the setting `retry.deadline`: the machine may be busy with other tests."""
HERE = ("ingest", "--engine", "spark", "--master", "local[2]")


def send_all_kinds(sandbox: Sandbox) -> None:
    """Records, broken ones, a tombstone, a moved and a cancelled record, and transactions of both ends."""
    sandbox.send()
    servers = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    plain = Producer({**servers, "acks": "all"})
    plain.produce(sandbox.topic, None, key=b"tombstone")
    for more in ({"previous_visit_date": "2025-12-02"}, {"status": "cancelled"}, {"unknown": 1}):
        plain.produce(sandbox.topic, json.dumps(_known(1) | more).encode())
    assert plain.flush(30) == 0
    writer = Producer({**servers, "transactional.id": f"writer of {sandbox.topic}"})
    writer.init_transactions(30)
    for number in range(40):
        writer.begin_transaction()
        writer.produce(sandbox.topic, json.dumps(_known(RECORDS + number)).encode(), partition=number % 2)
        assert writer.flush(30) == 0  # an abort would take a message back that is not sent yet
        (writer.abort_transaction if number % 4 else writer.commit_transaction)(30)


def stored(store: HdfsStore, folder: str) -> list[bytes]:
    """All lines below a folder, each with its folder's name before it, sorted."""
    return sorted(_stored(store, folder, ""))


def _stored(store: HdfsStore, folder: str, name: str) -> Iterator[bytes]:
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        if entry.is_folder:
            yield from _stored(store, path, entry.name)
        else:
            yield from (f"{name} ".encode() + line for line in store.read(path).splitlines())


def _known(number: int) -> dict[str, object]:
    return {
        "patient_id": f"synthetic-{number}", "age": 40, "gender": "O", "diagnosis_code": "e119",
        "visit_date": "2025-12-01", "treatment_code": f"T{number}", "outcome": "deceased",
        "record_id": f"R{number}", "recorded_at": "2025-12-01T10:30:00+01:00",
    }  # fmt: skip
