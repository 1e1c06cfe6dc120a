"""Kafka admin client: describe a cluster and its topics, create a topic; each call is bounded in time."""

import dataclasses
import math
from collections.abc import Collection, Mapping
from concurrent.futures import Future, wait
from typing import TypeVar

from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, not listed
    AdminClient,
    ConfigResource,
    ListOffsetsResultInfo,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewTopic

from healthtrends import clock
from healthtrends.adapters.kafka_access import Access, ClientConf, Right
from healthtrends.adapters.kafka_client import UNREACHABLE, merged, open_client, translate_error
from healthtrends.adapters.kafka_refusal import Refusals
from healthtrends.errors import ConfigError, HealthTrendsError, KafkaUnavailable

ANSWER_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.05
_NEVER_SECONDS = 3600.0
"""The longest that librdkafka takes."""
OLDEST = OffsetSpec.earliest()  # type: ignore[no-untyped-call]  # the client's own gap
NEWEST = OffsetSpec.latest()  # type: ignore[no-untyped-call]

Answer = TypeVar("Answer")


@dataclasses.dataclass(frozen=True, slots=True)
class TopicInfo:
    """One topic as the broker knows it.

    `topic_id`: Kafka's own 22 letters; no other topic ever has them, a later one of the same name included.
    `partitions`: their numbers, ascending. `is_new`: this very call created it.
    """

    topic_id: str
    partitions: tuple[int, ...]
    is_new: bool = False


class Admin:
    """A client for questions; one that the cluster refuses ends its first question at once.

    May be used by several threads. All questions raise KafkaUnavailable when no broker answers in time, and
    ConfigError when the settings, credentials or rights of this client are refused.
    """

    def __init__(self, access: Access) -> None:
        self.access = access
        self._refusals = Refusals(access)
        settings = merged({}, access.servers, access.conf, {"error_cb": self._refusals.note})
        self.client = open_client(AdminClient, settings, access)

    def cluster_id(self, seconds: float) -> str:
        """Return the cluster's id."""
        try:
            found = self.answer(self.client.describe_cluster(request_timeout=seconds), seconds)
        except (KafkaException, TimeoutError) as fault:
            raise self.translated(fault, "asked for its id", "cluster", "kafka-cluster") from fault
        return str(found.cluster_id)

    def topic(self, name: str, seconds: float) -> TopicInfo | None:
        """Return the topic as the broker knows it now; None: there is none."""
        try:
            asked = self.client.describe_topics(TopicCollection([name]), request_timeout=seconds)
            found = self.answer(asked[name], seconds)
        except (KafkaException, TimeoutError) as fault:
            if isinstance(fault, KafkaException) and fault.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                return None
            raise self.translated(fault, f"asked for topic {name}", "topic", name) from fault
        return TopicInfo(str(found.topic_id), tuple(sorted(part.id for part in found.partitions)))

    def offsets(
        self,
        name: str,
        partitions: Collection[int],
        which: OffsetSpec = NEWEST,
        isolation: IsolationLevel = IsolationLevel.READ_COMMITTED,
    ) -> dict[int, ListOffsetsResultInfo]:
        """Return an offset of each partition; a negative one: no broker said it in time."""
        asked = {TopicPartition(name, partition): which for partition in partitions}
        try:
            answers = self.client.list_offsets(
                asked, isolation_level=isolation, request_timeout=ANSWER_SECONDS
            )
            return {place.partition: self.answer(each, ANSWER_SECONDS) for place, each in answers.items()}
        except (KafkaException, TimeoutError) as fault:
            raise self.translated(fault, f"asked for the offsets of {name}", "topic", name) from fault

    def policy(self, name: str, seconds: float) -> frozenset[str] | None:
        """Return the topic's cleanup policies; None when this client may not know them."""
        found = self._config(name, seconds)
        if found is None:
            return None
        return frozenset(each.strip() for each in found["cleanup.policy"].split(","))

    def retention(self, name: str, seconds: float) -> float | None:
        """Return the seconds after which a message may be deleted; None when this client may not know."""
        found = self._config(name, seconds)
        if found is None:
            return None
        milliseconds = int(found["retention.ms"])
        is_limited = "delete" in found["cleanup.policy"] and milliseconds >= 0
        return milliseconds / 1000 if is_limited else math.inf

    def _config(self, name: str, seconds: float) -> dict[str, str] | None:
        """Return the topic's settings; None when this client may not know them."""
        resource = ConfigResource(ConfigResource.Type.TOPIC, name)
        try:
            asked = self.client.describe_configs([resource], request_timeout=seconds)
            found = self.answer(asked[resource], seconds)
        except (KafkaException, TimeoutError) as fault:
            if isinstance(fault, TimeoutError) or fault.args[0].code() in UNREACHABLE:
                raise self.translated(fault, f"asked for the settings of {name}", "topic", name) from fault
            return None
        return {key: str(entry.value) for key, entry in found.items()}

    def create(self, topic: NewTopic, seconds: float) -> bool:
        """Create a topic; False: somebody else was faster."""
        try:
            asked = self.client.create_topics([topic], request_timeout=seconds)
            self.answer(asked[topic.topic], seconds)
        except (KafkaException, TimeoutError) as fault:
            code = None if isinstance(fault, TimeoutError) else fault.args[0].code()
            if code == KafkaError.TOPIC_ALREADY_EXISTS:
                return False
            if code in (KafkaError.INVALID_REPLICATION_FACTOR, KafkaError.INVALID_PARTITIONS):
                raise ConfigError(
                    f"topic {topic.topic} cannot be made",
                    fault.args[0].str(),
                    "set kafka.replication to at most the number of brokers, or make the topic yourself",
                ) from fault
            doing = f"making topic {topic.topic}"
            raise self.translated(fault, doing, "topic", topic.topic, "CREATE") from fault
        return True

    def report(
        self, group: str, topic: str, offsets: Mapping[int, int]
    ) -> "Future[ConsumerGroupTopicPartitions]":
        """Begin to write a group's offsets; the future has an error of each partition, or raises one.

        The request has no end of its own: one to a group's coordinator that times out while the process
        stands still (a machine that sleeps) can abort the process (librdkafka issue 4605).
        """
        places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
        asked = self.client.alter_consumer_group_offsets(
            [ConsumerGroupTopicPartitions(group, places)], request_timeout=_NEVER_SECONDS
        )
        return next(iter(asked.values()))

    def is_served(self, name: str, found: TopicInfo) -> bool:
        """Whether each partition has a leader that answers: those of a new topic take a moment."""
        try:
            answers = self.offsets(name, found.partitions)
        except HealthTrendsError:
            return False
        return bool(answers) and all(answer.offset >= 0 for answer in answers.values())

    def answer(self, asked: "Future[Answer]", seconds: float) -> Answer:
        """Wait for an answer, at most a second longer than the request itself may take.

        Raises what the future holds, TimeoutError, or what speaks against this client.
        """
        deadline = clock.Deadline(seconds + 1)
        while not asked.done():
            wait([asked], _LOOK_AGAIN_SECONDS)
            self.client.poll(0)  # what the client has heard meanwhile
            if not asked.done():
                self._refusals.raise_refusal()
                if deadline.passed():
                    raise TimeoutError
        try:
            found = asked.result()
        except KafkaException as fault:
            if fault.args[0].code() > 0:  # a broker's answer, and not an error of the client's own
                self.access.accept()
            raise
        self.access.accept()
        return found

    def translated(
        self,
        fault: KafkaException | TimeoutError,
        doing: str,
        resource: str,
        name: str,
        operation: str = "DESCRIBE",
    ) -> HealthTrendsError:
        """Return the fault of a question that needs this right, as an error of this project."""
        right = Right(operation, resource, name)
        return translate_error(fault, self.access, doing, right, self._refusals.last_words())


def cluster_id(bootstrap_servers: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS) -> str:
    """Return the cluster's id; raises KafkaUnavailable when no broker answers in time."""
    return Admin(Access(bootstrap_servers, client_conf)).cluster_id(seconds)


def topic_info(
    bootstrap_servers: str, topic: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS
) -> TopicInfo | None:
    """Return the topic, None when there is none; raises KafkaUnavailable when no broker answers in time."""
    return Admin(Access(bootstrap_servers, client_conf)).topic(topic, seconds)


def ensure_topic(
    bootstrap_servers: str,
    topic: str,
    partitions: int,
    replication: int,
    client_conf: ClientConf,
    topic_conf: Mapping[str, str] | None = None,
) -> TopicInfo:
    """Make the topic when it is missing and return it; one that is there stays as it is.

    `topic_conf`: topic settings for a new topic, such as retention.ms. Raises KafkaUnavailable when no broker
    answers in time, ConfigError when the broker refuses the numbers.
    """
    deadline = clock.Deadline(ANSWER_SECONDS)
    admin = Admin(Access(bootstrap_servers, client_conf))
    found = admin.topic(topic, ANSWER_SECONDS)
    is_new = False
    if found is None:
        wanted = NewTopic(topic, partitions, replication, config=dict(topic_conf or {}))
        is_new = admin.create(wanted, max(1.0, deadline.remaining()))
    while found is None or not admin.is_served(topic, found):
        if deadline.passed():
            raise KafkaUnavailable(
                f"topic {topic} is known at {bootstrap_servers}, but not all of its partitions are served",
                "the brokers that lead them do not answer, or the topic was only just made",
                "try again in a moment",
            )
        clock.sleep(_LOOK_AGAIN_SECONDS)  # brokers learn of a new topic one after the other
        found = admin.topic(topic, max(1.0, deadline.remaining()))
    return dataclasses.replace(found, is_new=is_new)


def cleanup_policy(
    bootstrap_servers: str, topic: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS
) -> frozenset[str] | None:
    """Return the topic's policies, `delete` or `compact` or both; None when this client may not know them.

    Raises KafkaUnavailable when no broker answers in time.
    """
    return Admin(Access(bootstrap_servers, client_conf)).policy(topic, seconds)
