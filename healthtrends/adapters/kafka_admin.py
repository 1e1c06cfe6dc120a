"""Kafka admin client: describe a cluster and its topics, create a topic; each call is bounded in time."""

import dataclasses
from collections.abc import Mapping

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # public, not listed
    AdminClient,
    ConfigResource,
    OffsetSpec,
)
from confluent_kafka.cimpl import NewTopic

from healthtrends import clock
from healthtrends.adapters.kafka_client import UNREACHABLE, ClientConf, merged, translate_error
from healthtrends.errors import ConfigError, KafkaUnavailable

ANSWER_SECONDS = 10.0
_LOOK_AGAIN_SECONDS = 0.05


@dataclasses.dataclass(frozen=True, slots=True)
class TopicInfo:
    """One topic as the broker knows it.

    `topic_id`: Kafka's own 22 letters; no other topic ever has them, a later one of the same name included.
    `partitions`: their numbers, ascending. `is_new`: this very call created it.
    """

    topic_id: str
    partitions: tuple[int, ...]
    is_new: bool = False


def cluster_id(bootstrap_servers: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS) -> str:
    """Return the cluster's id; raises KafkaUnavailable when no broker answers in time."""
    return named(admin_client(bootstrap_servers, client_conf), bootstrap_servers, seconds)


def topic_info(
    bootstrap_servers: str, topic: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS
) -> TopicInfo | None:
    """Return the topic, None when there is none; raises KafkaUnavailable when no broker answers in time."""
    return described(admin_client(bootstrap_servers, client_conf), bootstrap_servers, topic, seconds)


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
    admin = admin_client(bootstrap_servers, client_conf)
    found = described(admin, bootstrap_servers, topic, ANSWER_SECONDS)
    is_new = False
    if found is None:
        wanted = NewTopic(topic, partitions, replication, config=dict(topic_conf or {}))
        is_new = _create(admin, bootstrap_servers, wanted, max(1.0, deadline.remaining()))
    while found is None or not _is_served(admin, topic, found):
        if deadline.passed():
            raise KafkaUnavailable(
                f"topic {topic} is known at {bootstrap_servers}, but not all of its partitions are served",
                "the brokers that lead them do not answer, or the topic was only just made",
                "try again in a moment",
            )
        admin.poll(_LOOK_AGAIN_SECONDS)  # brokers learn of a new topic one after the other
        found = described(admin, bootstrap_servers, topic, max(1.0, deadline.remaining()))
    return dataclasses.replace(found, is_new=is_new)


def _is_served(admin: AdminClient, topic: str, found: TopicInfo) -> bool:
    """Whether each partition has a leader that answers: those of a new topic take a moment."""
    newest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # the client's own gap
    asked = {TopicPartition(topic, partition): newest for partition in found.partitions}
    if not asked:
        return False
    answers = admin.list_offsets(asked, request_timeout=ANSWER_SECONDS)
    try:
        return all(answer.result(ANSWER_SECONDS + 1).offset >= 0 for answer in answers.values())
    except (KafkaException, TimeoutError):
        return False


def cleanup_policy(
    bootstrap_servers: str, topic: str, client_conf: ClientConf, seconds: float = ANSWER_SECONDS
) -> frozenset[str] | None:
    """Return the topic's policies, `delete` or `compact` or both; None when this client may not know them.

    Raises KafkaUnavailable when no broker answers in time.
    """
    admin = admin_client(bootstrap_servers, client_conf)
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    try:
        found = admin.describe_configs([resource], request_timeout=seconds)[resource].result(seconds + 1)
    except TimeoutError as fault:
        raise translate_error(fault, bootstrap_servers, f"asked for the settings of {topic}") from fault
    except KafkaException as fault:
        if fault.args[0].code() in UNREACHABLE:
            raise translate_error(fault, bootstrap_servers, f"asked for the settings of {topic}") from fault
        return None
    return frozenset(name.strip() for name in str(found["cleanup.policy"].value).split(","))


def admin_client(bootstrap_servers: str, client_conf: ClientConf) -> AdminClient:
    """Return a client for questions. Raises ConfigError when it refuses its settings."""
    try:
        return AdminClient(merged({}, bootstrap_servers, client_conf))
    except (KafkaException, TimeoutError) as fault:
        raise translate_error(fault, bootstrap_servers, "being set up") from fault


def _create(admin: AdminClient, bootstrap_servers: str, topic: NewTopic, seconds: float) -> bool:
    """Create a topic; False: somebody else was faster."""
    try:
        admin.create_topics([topic], request_timeout=seconds)[topic.topic].result(seconds + 1)
    except TimeoutError as fault:
        raise translate_error(fault, bootstrap_servers, f"making topic {topic.topic}") from fault
    except KafkaException as fault:
        error: KafkaError = fault.args[0]
        if error.code() == KafkaError.TOPIC_ALREADY_EXISTS:
            return False
        if error.code() in (KafkaError.INVALID_REPLICATION_FACTOR, KafkaError.INVALID_PARTITIONS):
            raise ConfigError(
                f"topic {topic.topic} cannot be made",
                error.str(),
                "set kafka.replication to at most the number of brokers, or make the topic yourself",
            ) from fault
        raise translate_error(fault, bootstrap_servers, f"making topic {topic.topic}") from fault
    return True


def named(admin: AdminClient, bootstrap_servers: str, seconds: float) -> str:
    """Return the cluster's id; raises KafkaUnavailable when no broker answers in time."""
    try:
        found = admin.describe_cluster(request_timeout=seconds).result(seconds + 1)
    except (KafkaException, TimeoutError) as fault:
        raise translate_error(fault, bootstrap_servers, "asked for its id") from fault
    return str(found.cluster_id)


def described(admin: AdminClient, bootstrap_servers: str, topic: str, seconds: float) -> TopicInfo | None:
    """Return the topic as the broker knows it now; None: there is none."""
    try:
        asked = admin.describe_topics(TopicCollection([topic]), request_timeout=seconds)
        found = asked[topic].result(seconds + 1)
    except (KafkaException, TimeoutError) as fault:
        if isinstance(fault, KafkaException) and fault.args[0].code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
            return None
        raise translate_error(fault, bootstrap_servers, f"asked for topic {topic}") from fault
    return TopicInfo(str(found.topic_id), tuple(sorted(part.id for part in found.partitions)))
