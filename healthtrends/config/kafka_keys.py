"""Keys of `[kafka.client]` that exactly-once delivery needs, and that a configuration cannot change.

Common keys, which many properties files carry along, are ignored with a log line. Keys that would lead the
clients elsewhere, or change what a confirmation means, are refused. All other keys are the user's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from healthtrends.errors import ConfigError

Client = Literal["consumer", "producer"]


@dataclass(frozen=True, slots=True)
class ReservedKey:
    """One key that is not the user's."""

    key: str
    why: str
    value: str | None = None
    """What the program sets; None: it sets nothing."""
    client: Client | None = None
    """Which client the value is for."""
    is_refused: bool = False
    """True: ConfigError, exit 2. False: ignored, with a log line when the value would change something."""


def _consumer(key: str, value: str, why: str) -> ReservedKey:
    return ReservedKey(key, why, value, "consumer")


def _producer(key: str, value: str, why: str) -> ReservedKey:
    return ReservedKey(key, why, value, "producer")


def _refused(key: str, why: str) -> ReservedKey:
    return ReservedKey(key, why, is_refused=True)


_LOG = "the commit log holds the offsets; Kafka's own are written for lag monitors only"
_ADDRESS = "kafka.bootstrap_servers says which brokers are asked"
_CODE = "it takes a function, which a configuration cannot hold"
RESERVED: tuple[ReservedKey, ...] = (
    _consumer(
        "auto.offset.reset",
        "error",
        "an offset that Kafka no longer holds stops the ingest; it never goes on elsewhere",
    ),
    _consumer("enable.auto.commit", "false", _LOG),
    _consumer("enable.auto.offset.store", "false", _LOG),
    ReservedKey("auto.commit.enable", _LOG, "false"),
    _consumer("enable.partition.eof", "false", "the end to read to is planned before"),
    _consumer("isolation.level", "read_committed", "messages of aborted transactions are not stored"),
    _consumer("check.crcs", "true", "a damaged message must not be taken for a good one"),
    _consumer("allow.auto.create.topics", "false", "a topic that was deleted must not come back empty"),
    ReservedKey(
        "api.version.request", "without it the broker serves messages of aborted transactions too", "true"
    ),
    _producer("enable.idempotence", "true", "a message sent again must not lie in the topic twice"),
    _producer("acks", "all", "a record counts as sent when all in-sync replicas have it"),
    ReservedKey(
        "request.required.acks", "a record counts as sent when all in-sync replicas have it", "all"
    ),
    ReservedKey("delivery.report.only.error", "each record sent is confirmed and counted", "false"),
    _refused("bootstrap.servers", _ADDRESS),
    _refused("metadata.broker.list", _ADDRESS),
    _refused("test.mock.num.brokers", "records would go to brokers that do not exist"),
    _refused("transactional.id", "`produce` sends without transactions"),
    _refused("default.topic.config", "its keys are written in [kafka.client] itself"),
    *(
        _refused(key, _CODE)
        for key in (
            "error_cb", "throttle_cb", "stats_cb", "oauth_cb", "on_commit", "on_delivery", "logger",
        )
    ),
)  # fmt: skip
_BY_KEY = {each.key: each for each in RESERVED}
_SAME_VALUE = {"-1": "all", "1": "true", "0": "false"}


def required(client: Client) -> dict[str, str]:
    """Return what the program sets for one kind of client, whatever the configuration says."""
    return {each.key: each.value for each in RESERVED if each.client == client and each.value is not None}


def check_refused(client_conf: Mapping[str, str]) -> None:
    """Raise ConfigError for the first key that is refused; its value is not shown."""
    for key in client_conf:
        reserved = _BY_KEY.get(key)
        if reserved is not None and reserved.is_refused:
            raise ConfigError(
                f"kafka.client may not set {key}", reserved.why, f"Remove {key} from [kafka.client]."
            )


def own_keys(client_conf: Mapping[str, str]) -> dict[str, str]:
    """Return the keys that are the user's."""
    return {key: value for key, value in client_conf.items() if key not in _BY_KEY}


def overruled(client_conf: Mapping[str, str]) -> Iterator[ReservedKey]:
    """Yield the ignored keys whose value is another than the program's."""
    for key, value in client_conf.items():
        reserved = _BY_KEY.get(key)
        if reserved is None or reserved.is_refused:
            continue
        given = value.strip().lower()
        if reserved.value not in (given, _SAME_VALUE.get(given)):
            yield reserved
