"""One topic and one log, seen by those who work on them side by side."""

import json
from collections.abc import Iterable, Sequence

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewPartitions

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from tests.faults.sandbox import Run, Sandbox, wait_until

DAY = "2025-12-22"
CODES = ("E11", "I10", "J45")


def record(number: int, day: str = DAY) -> dict[str, object]:
    """Synthetic; a patient of its own, and a treatment code that tells it from all others."""
    return {
        "patient_id": f"synthetic-{number}", "age": number % 100, "gender": "MFO"[number % 3],
        "diagnosis_code": CODES[number % 7 % 3], "visit_date": day, "treatment_code": f"T{number}",
        "outcome": "ongoing",
    }  # fmt: skip


class SharedLog:
    """A sandbox with its log."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._pool = StorePool(HdfsStore(sandbox.servers.hdfs_url, {}))
        self.log = CommitLog(self._pool, Layout(sandbox.root), 1000)
        self._servers = {
            "bootstrap.servers": sandbox.servers.bootstrap_servers,
            **sandbox.servers.kafka_client,
        }

    def close(self) -> None:
        """End the threads."""
        self._pool.close()

    def send(self, numbers: Iterable[int], *, partitions: Sequence[int] = (0, 1, 2), day: str = DAY) -> None:
        """Produce records of these numbers, in turn to each of the partitions; returns when all are there."""
        producer = Producer({**self._servers, "acks": "all"})  # a new one knows of added partitions
        for number in numbers:
            partition = partitions[number % len(partitions)]
            producer.produce(
                self.sandbox.topic, json.dumps(record(number, day)).encode(), partition=partition
            )
        assert producer.flush(30) == 0

    def add_partitions(self, total: int) -> None:
        """Make the topic larger while others read it."""
        admin = AdminClient(self._servers)
        admin.create_partitions([NewPartitions(self.sandbox.topic, total)])[self.sandbox.topic].result(30)

    def follow(self, shard: str = "1/1", **environ: str) -> Run:
        """Start a follower."""
        return self.sandbox.start("ingest", "--follow", "--shard", shard, **environ)

    def state(self) -> State:
        """The log as it is now."""
        return self.log.read_state()

    def owners(self) -> dict[int, int]:
        """Number of the fence that owns each partition."""
        return {partition: position.owner for partition, position in self.state().parts.items()}

    def wait_until_followed(self, partitions: Iterable[int] = (0, 1, 2), *, after: int = 0) -> None:
        """Return when followers whose fence is later than number `after` own all of these partitions."""

        def followed() -> bool:
            parts = self.state().parts
            found = [parts.get(partition) for partition in partitions]
            return all(each and each.mode == "follow" and each.owner > after for each in found)

        wait_until(followed)

    def wait_until_stored(self, messages: int) -> None:
        """Return when the log holds so many."""
        wait_until(lambda: self.state().messages_stored >= messages)


def stop(*runs: Run) -> None:
    """Ask followers to end, as a service manager does; they end with 0."""
    for run in runs:
        run.terminate()
    for run in runs:
        run.end()
