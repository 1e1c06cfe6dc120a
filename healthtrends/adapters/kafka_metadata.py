"""Metadata of one topic, asked repeatedly: its identity, and the bounds of its partitions.

The answers come from the brokers, never from a client's cache.
"""

from collections.abc import Callable, Collection
from typing import TypeVar

from confluent_kafka import IsolationLevel
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, not listed
    ListOffsetsResultInfo,
    OffsetSpec,
)

from healthtrends.adapters.kafka_access import Access, ClientConf
from healthtrends.adapters.kafka_admin import ANSWER_SECONDS, NEWEST, OLDEST, Admin
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.ports import Bounds
from healthtrends.storage.topic_identity import Identity

Answer = TypeVar("Answer")


class TopicMetadata:
    """Asks over one connection for as long as it works; may be used by several threads."""

    def __init__(self, bootstrap_servers: str, topic: str, client_conf: ClientConf) -> None:
        self._access = Access(bootstrap_servers, client_conf)
        self._topic = topic
        self._admin: Admin | None = None

    def identity(self) -> Identity | None:
        """Cluster, name and id of the topic; None: there is none."""

        def ask(admin: Admin) -> Identity | None:
            found = admin.topic(self._topic, ANSWER_SECONDS)
            if found is None:
                return None
            cluster = admin.cluster_id(ANSWER_SECONDS)
            return Identity(cluster_id=cluster, topic=self._topic, topic_id=found.topic_id)

        return self.asked(ask)

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition; the end is that of committed transactions."""

        def ask(admin: Admin) -> dict[int, Bounds]:
            found = admin.topic(self._topic, ANSWER_SECONDS)
            if found is None:
                raise KafkaUnavailable(f"topic {self._topic} went away while it was looked at")
            firsts = self._offsets(admin, found.partitions, OLDEST)
            # In this order: what is sent meanwhile must not look hidden.
            highs = self._offsets(admin, found.partitions, NEWEST, IsolationLevel.READ_UNCOMMITTED)
            ends = self._offsets(admin, found.partitions, NEWEST)
            return {
                p: Bounds(
                    firsts[p].offset, end.offset, end.leader_epoch, max(0, highs[p].offset - end.offset)
                )
                for p, end in ends.items()
            }

        return self.asked(ask)

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions; None before Kafka 2.1."""
        found = self.asked(lambda admin: self._offsets(admin, partitions, NEWEST))
        return {partition: info.leader_epoch for partition, info in found.items()}

    def asked(self, question: Callable[[Admin], Answer]) -> Answer:
        """Ask; after a failure over a new client, as the old one goes on with the leaders that it knew."""
        admin, self._admin = self._admin or Admin(self._access), None
        answer = question(admin)
        self._admin = admin
        return answer

    def _offsets(
        self,
        admin: Admin,
        partitions: Collection[int],
        which: OffsetSpec,
        isolation: IsolationLevel = IsolationLevel.READ_COMMITTED,
    ) -> dict[int, ListOffsetsResultInfo]:
        found = admin.offsets(self._topic, partitions, which, isolation)
        check_answered(self._topic, {partition: info.offset for partition, info in found.items()})
        return found


def check_answered(topic: str, offsets: dict[int, int]) -> None:
    """Raise KafkaUnavailable for a negative offset: so the client spells that nobody answered in time."""
    unanswered = sorted(partition for partition, offset in offsets.items() if offset < 0)
    if unanswered:
        raise KafkaUnavailable(
            f"no broker gives the offsets of partition {', '.join(map(str, unanswered))} of topic {topic}",
            "its leader did not answer in time",
            "start the brokers that hold it",
        )
