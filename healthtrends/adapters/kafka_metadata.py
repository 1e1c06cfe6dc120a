"""Metadata of one topic, asked repeatedly: its identity, and the bounds of its partitions.

The answers come from the brokers, never from a client's cache.
"""

from collections.abc import Callable, Collection
from concurrent.futures import Future
from typing import TypeVar

from confluent_kafka import IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, not listed
    AdminClient,
    ListOffsetsResultInfo,
    OffsetSpec,
)

from healthtrends.adapters.kafka_admin import ANSWER_SECONDS, admin_client, described, named
from healthtrends.adapters.kafka_client import ClientConf, translate_error
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.ports import Bounds
from healthtrends.storage.manifest import Identity

_OLDEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # the client's own gap
_NEWEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]

Answer = TypeVar("Answer")


class TopicMetadata:
    """Asks over one connection for as long as it works; may be used by several threads."""

    def __init__(self, bootstrap_servers: str, topic: str, client_conf: ClientConf) -> None:
        self._servers = bootstrap_servers
        self._topic = topic
        self._conf = client_conf
        self._admin: AdminClient | None = None

    def identity(self) -> Identity | None:
        """Cluster, name and id of the topic; None: there is none."""

        def ask(admin: AdminClient) -> Identity | None:
            found = described(admin, self._servers, self._topic, ANSWER_SECONDS)
            if found is None:
                return None
            cluster = named(admin, self._servers, ANSWER_SECONDS)
            return Identity(cluster_id=cluster, topic=self._topic, topic_id=found.topic_id)

        return self._asked(ask)

    def bounds(self) -> dict[int, Bounds]:
        """Bounds of every partition; the end is that of committed transactions."""

        def ask(admin: AdminClient) -> dict[int, Bounds]:
            found = described(admin, self._servers, self._topic, ANSWER_SECONDS)
            if found is None:
                raise KafkaUnavailable(f"topic {self._topic} went away while it was looked at")
            firsts = self._offsets(admin, found.partitions, _OLDEST)
            # In this order: what is sent meanwhile must not look hidden.
            highs = self._offsets(admin, found.partitions, _NEWEST, IsolationLevel.READ_UNCOMMITTED)
            ends = self._offsets(admin, found.partitions, _NEWEST)
            return {
                p: Bounds(
                    firsts[p].offset, end.offset, end.leader_epoch, max(0, highs[p].offset - end.offset)
                )
                for p, end in ends.items()
            }

        return self._asked(ask)

    def leader_epochs(self, partitions: Collection[int]) -> dict[int, int | None]:
        """Leader epochs of these partitions; None before Kafka 2.1."""
        found = self._asked(lambda admin: self._offsets(admin, partitions, _NEWEST))
        return {partition: info.leader_epoch for partition, info in found.items()}

    def _asked(self, question: Callable[[AdminClient], Answer]) -> Answer:
        """Ask; after a failure over a new client, as the old one goes on with the leaders that it knew."""
        admin, self._admin = self._admin or admin_client(self._servers, self._conf), None
        answer = question(admin)
        self._admin = admin
        return answer

    def _offsets(
        self,
        admin: AdminClient,
        partitions: Collection[int],
        which: OffsetSpec,
        isolation: IsolationLevel = IsolationLevel.READ_COMMITTED,
    ) -> dict[int, ListOffsetsResultInfo]:
        asked = {TopicPartition(self._topic, partition): which for partition in partitions}
        try:
            answers = admin.list_offsets(asked, isolation_level=isolation, request_timeout=ANSWER_SECONDS)
            found = {place.partition: _waited(future) for place, future in answers.items()}
        except (KafkaException, TimeoutError) as fault:
            raise translate_error(fault, self._servers, f"asked for the offsets of {self._topic}") from fault
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


def _waited(future: "Future[ListOffsetsResultInfo]") -> ListOffsetsResultInfo:
    return future.result(ANSWER_SECONDS + 1)
