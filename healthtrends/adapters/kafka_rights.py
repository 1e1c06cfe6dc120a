"""What the brokers say that this client may do with a topic and with a group.

Brokers of before 2.3 do not say it; then nothing is missing, as far as is known.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Protocol

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation  # type: ignore[attr-defined]  # public, not listed

from healthtrends.adapters.kafka_access import Access, ClientConf, Right, missing_right
from healthtrends.adapters.kafka_admin import ANSWER_SECONDS, Admin
from healthtrends.errors import ConfigError


class _Described(Protocol):
    """A description of a topic or a group."""

    authorized_operations: list[AclOperation] | None


class KafkaRights:
    """Asks an admin client; raises ConfigError when not even asking is allowed."""

    def __init__(self, admin: Admin, seconds: float = ANSWER_SECONDS) -> None:
        self._admin = admin
        self._seconds = seconds

    def missing_on_topic(self, name: str, *operations: str) -> dict[str, ConfigError]:
        """Return what this client may not do with a topic that is there, and how each right is given."""
        asked = self._admin.client.describe_topics(
            TopicCollection([name]), include_authorized_operations=True, request_timeout=self._seconds
        )
        return self._missing(asked, Right("DESCRIBE", "topic", name), operations)

    def missing_on_group(self, name: str, operation: str) -> dict[str, ConfigError]:
        """The same of a group, for one operation, which includes DESCRIBE."""
        asked = self._admin.client.describe_consumer_groups(
            [name], include_authorized_operations=True, request_timeout=self._seconds
        )
        return self._missing(asked, Right(operation, "group", name), [operation])

    def _missing(
        self, asked: "Mapping[str, Future[_Described]]", needed: Right, operations: Sequence[str]
    ) -> dict[str, ConfigError]:
        """`needed` is what the broker wants to see before it answers."""
        name, kind = needed.name, needed.resource
        try:
            found = self._admin.answer(asked[name], self._seconds).authorized_operations
        except (KafkaException, TimeoutError) as fault:
            raise self._admin.translated(
                fault, f"asked for the rights to {name}", kind, name, needed.operation
            ) from fault
        allowed = {each.name for each in found or ()} or set(operations)
        return {
            operation: missing_right(
                self._admin.access, Right(operation, kind, name), "its answer to what is allowed"
            )
            for operation in operations
            if operation not in allowed
        }


def check_right(bootstrap_servers: str, topic: str, client_conf: ClientConf, operation: str) -> None:
    """Raise ConfigError when the broker says that this client may not, such as WRITE."""
    rights = KafkaRights(Admin(Access(bootstrap_servers, client_conf)))
    for missing in rights.missing_on_topic(topic, operation).values():
        raise missing
