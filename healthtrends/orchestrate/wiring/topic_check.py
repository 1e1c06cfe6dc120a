"""What `doctor` says of the topic: that it is there, that it keeps all, and that this client may use it."""

from collections.abc import Iterator
from contextlib import closing

from healthtrends.adapters.kafka_admin import TopicInfo, cleanup_policy, cluster_id, topic_info
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.errors import HealthTrendsError
from healthtrends.ingest.open_transactions import open_transactions
from healthtrends.observe import counted
from healthtrends.orchestrate.wiring.kafka_rights_check import kafka_rights_findings
from healthtrends.orchestrate.wiring.log_check import key_finding, log_finding

ANSWER_SECONDS = 5.0


def topic_findings(settings: Settings) -> Iterator[Finding]:
    """The topic by itself, the rights to it, and then as what the log goes on from."""
    kafka = settings.kafka
    try:
        servers, topic, conf = kafka.bootstrap_servers or "", kafka.topic, kafka.client
        cluster = cluster_id(servers, conf, ANSWER_SECONDS)
        info = topic_info(servers, topic, conf, ANSWER_SECONDS)
        found = _of_topic(settings, cluster, info) if info else _no_topic(settings)
    except HealthTrendsError as error:
        yield Finding("topic", "error", str(error), error.next_step)
        return
    yield found
    if found.level == "error":
        return
    if info is not None:
        yield from kafka_rights_findings(settings, ANSWER_SECONDS)
    yield log_finding(settings)
    if (keys := key_finding(settings)) is not None:
        yield keys


def _no_topic(settings: Settings) -> Finding:
    text = f"{settings.kafka.bootstrap_servers}: no topic {settings.kafka.topic}"
    return Finding("topic", "warning", text, "`healthtrends produce` makes it")


def _of_topic(settings: Settings, cluster: str, info: TopicInfo) -> Finding:
    kafka = settings.kafka
    servers, topic = kafka.bootstrap_servers or "", kafka.topic
    policy = cleanup_policy(servers, topic, kafka.client, ANSWER_SECONDS)
    hanging = _open_transactions(servers, settings)
    if policy is not None and "compact" in policy:
        return Finding(
            "topic",
            "warning" if kafka.accept_compacted else "error",
            f"{topic} has cleanup.policy={','.join(sorted(policy))}: of each patient only the newest stays",
            "set cleanup.policy=delete for the topic",
        )
    if hanging:
        return Finding(
            "topic",
            "warning",
            f"{topic}: open transaction in {'; '.join(hanging)}",
            "end its producer, or abort it with `kafka-transactions.sh abort`; what it hides is read then",
        )
    text = f"{topic} at {servers}, cluster {cluster}, {counted(len(info.partitions), 'partition')}"
    return Finding("topic", "ok", text)


def _open_transactions(servers: str, settings: Settings) -> list[str]:
    with closing(KafkaTopic(servers, settings.kafka.topic, settings.kafka.client)) as reader:
        return [str(each) for each in open_transactions(reader)]
