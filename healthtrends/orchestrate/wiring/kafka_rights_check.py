"""What `doctor` says of the rights on Kafka: each one that is missing, and who needs it."""

from collections.abc import Iterator, Mapping

from healthtrends.adapters.kafka_access import Access
from healthtrends.adapters.kafka_admin import Admin
from healthtrends.adapters.kafka_rights import KafkaRights
from healthtrends.adapters.kafka_topic import GROUP
from healthtrends.config import Settings
from healthtrends.config.mllp import Mllp
from healthtrends.devstack.doctor import Finding, Level
from healthtrends.errors import ConfigError, HealthTrendsError

_NAME = "kafka rights"
_ON_TOPIC = {
    "READ": "`ingest` and `run` need it",
    "WRITE": "`produce` and `mllp` need it",
    "DESCRIBE_CONFIGS": "without it a compacted topic is not noticed at once",
}
_ON_GROUP = "without it lag monitors see no offsets; nothing else needs it"


def kafka_rights_findings(settings: Settings, seconds: float) -> Iterator[Finding]:
    """One for each right that is missing; the topic is there and may be seen."""
    kafka = settings.kafka
    needed = {"READ"} if settings.mllp == Mllp() else {"READ", "WRITE"}
    rights = KafkaRights(Admin(Access(kafka.bootstrap_servers or "", kafka.client)), seconds)
    try:
        on_topic = rights.missing_on_topic(kafka.topic, *_ON_TOPIC)
        on_group = _on_group(rights, kafka.client.get("group.id", GROUP))
    except HealthTrendsError as error:
        yield Finding(_NAME, "error", str(error), error.next_step)
        return
    for operation, missing in on_topic.items():
        level: Level = "error" if operation in needed else "warning"
        yield _finding(level, missing, _ON_TOPIC[operation])
    for missing in on_group.values():
        yield _finding("warning", missing, _ON_GROUP)
    if not (on_topic or on_group):
        yield Finding(_NAME, "ok", f"all that commands need, on topic {kafka.topic} and on the group")


def _on_group(rights: KafkaRights, group: str) -> Mapping[str, ConfigError]:
    """A broker that refuses to describe the group says by that that it may not be used."""
    try:
        return rights.missing_on_group(group, "READ")
    except ConfigError as error:
        return {"READ": error}


def _finding(level: Level, missing: ConfigError, why: str) -> Finding:
    return Finding(_NAME, level, f"{missing.what}: {why}", missing.next_step)
