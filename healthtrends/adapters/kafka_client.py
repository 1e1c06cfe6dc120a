"""Shared parts of all Kafka clients: settings, log, and translation of errors.

SASL and TLS come by configuration alone: `[kafka.client]` holds librdkafka keys, which win over the
defaults, but not over what exactly-once delivery needs (`config.kafka_keys`).
"""

import logging
import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from confluent_kafka import KafkaError, KafkaException, Message

from healthtrends.adapters.kafka_access import Access, ClientConf, Right, missing_right
from healthtrends.adapters.kafka_refusal import as_of_now, refusal
from healthtrends.config.kafka_keys import own_keys
from healthtrends.errors import ConfigError, HealthTrendsError, KafkaUnavailable, UnreadableBatch
from healthtrends.observe import debug_event

# Errors of the client itself; their names begin with an underscore although they are public.
PARTITION_EOF = KafkaError._PARTITION_EOF  # noqa: SLF001
OFFSET_GONE = frozenset(
    {
        KafkaError.OFFSET_OUT_OF_RANGE,
        KafkaError._AUTO_OFFSET_RESET,  # noqa: SLF001
        KafkaError._LOG_TRUNCATION,  # noqa: SLF001
    }
)
QUEUE_FULL = KafkaError._QUEUE_FULL  # noqa: SLF001
UNREACHABLE = frozenset(
    {
        KafkaError._MSG_TIMED_OUT,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        # The client drops a broker that started a moment ago, when another does not know it yet.
        KafkaError._DESTROY_BROKER,  # noqa: SLF001
    }
)
_SETTINGS_ERRORS = frozenset(
    {
        KafkaError._INVALID_ARG,  # noqa: SLF001
        KafkaError._CONFLICT,  # noqa: SLF001
    }
)
_NO_GROUP = KafkaError.GROUP_AUTHORIZATION_FAILED
RIGHTS_ERRORS = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        _NO_GROUP,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)
_BAD_COMPRESSION = KafkaError._BAD_COMPRESSION  # noqa: SLF001
_OF_A_BATCH = {
    _BAD_COMPRESSION: "raise `receive.message.max.bytes` of [kafka.client] to three times its unpacked size",
    KafkaError._BAD_MSG: "see whether the broker's disk is damaged",  # noqa: SLF001
    KafkaError._NOT_IMPLEMENTED: "see what the sender packs its batches with",  # noqa: SLF001
}
"""Errors of one batch, which come again with every try, and what to do about each."""
_SET_UP = re.compile(r"^Failed to create [\w ]+: ")
_KEY = re.compile(r"\b(ssl|sasl|https)(\.[a-z]+)+\b")
_LOCKED = {"ssl.key.location": "ssl.key.password", "ssl.keystore.location": "ssl.keystore.password"}
"""Keys of files that a password opens, and the key of that."""
_NO_KERBEROS = "No provider for SASL mechanism GSSAPI"
_BUILD = (
    "set another sasl.mechanism of [kafka.client], or build a client with Cyrus SASL: "
    "docs/how-to/secured-kafka.md"
)
_TIMED_OUT = KafkaError(KafkaError._TIMED_OUT)  # noqa: SLF001  a constant of the client

Client = TypeVar("Client")


class _DebugEvents(logging.Handler):
    """The client's own log, shown with -v only: it names brokers, never messages."""

    def emit(self, record: logging.LogRecord) -> None:
        debug_event("kafka.client", level=record.levelname.lower(), text=record.getMessage())


def client_logger() -> logging.Logger:
    """Return the logger to give to a client; without one it writes to stderr, across the progress bar."""
    logger = logging.getLogger("healthtrends.kafka")
    if not logger.handlers:
        logger.addHandler(_DebugEvents())
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return logger


def merged(
    defaults: Mapping[str, Any],
    bootstrap_servers: str,
    client_conf: ClientConf,
    required: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Return defaults, the configuration over them, and over both what is `required`, addresses and log."""
    shared = {"client.id": "healthtrends", **defaults, **own_keys(client_conf)}
    return {**shared, **required, "bootstrap.servers": bootstrap_servers, "logger": client_logger()}


def open_client(
    kind: Callable[[dict[str, Any]], Client], settings: Mapping[str, Any], access: Access
) -> Client:
    """Make a client, which connects later. Raises ConfigError when it refuses its settings."""
    try:
        return kind(dict(settings))
    except (KafkaException, TimeoutError) as fault:
        raise translate_error(fault, access, "being set up") from fault


def without_group(messages: Iterable[Message]) -> list[Message]:
    """Leave out that the group may not be used: the client asks about it, and reading needs none."""
    errors = ((message, message.error()) for message in messages)
    return [message for message, error in errors if error is None or error.code() != _NO_GROUP]


def unreadable_batch(message: Message, error: KafkaError) -> UnreadableBatch | None:
    """Return the fault of a batch that the client cannot unpack; None for any other error."""
    remedy = _OF_A_BATCH.get(error.code())
    partition, offset = message.partition(), message.offset()
    if remedy is None or partition is None or offset is None or offset < 0:
        return None
    return UnreadableBatch(
        f"the batch at offset {offset} of partition {partition} of {message.topic()} cannot be unpacked",
        error.str(),
        f"{remedy}; or `healthtrends ingest --on-data-loss skip` records the batch as lost and goes on",
        partition=partition,
        offset=offset,
    )


def translate_error(
    fault: KafkaException | TimeoutError,
    access: Access,
    doing: str,
    right: Right | None = None,
    heard: str = "",
) -> HealthTrendsError:
    """Return the fault as an error of this project: settings, credentials or rights, or no broker serves.

    TimeoutError: the client's own waiting ended before the request's. `right` is what `doing` it needs,
    `heard` why no connection stands, which says more than that the time is up.
    """
    error: KafkaError = _TIMED_OUT if isinstance(fault, TimeoutError) else fault.args[0]
    if error.code() in _SETTINGS_ERRORS:
        return _refused_settings(error)
    if error.code() in RIGHTS_ERRORS:
        if right is None:
            raise AssertionError(error.name())
        return missing_right(access, right, error.str())
    if found := refusal(access, error):
        return as_of_now(access, found)
    return KafkaUnavailable(
        f"Kafka at {access.servers} did not answer when {doing}",
        heard or error.str(),
        "check kafka.bootstrap_servers and that the broker runs; for the local stack `healthtrends up`",
    )


def _refused_settings(error: KafkaError) -> ConfigError:
    """A client that is not even made; files of keys are told by OpenSSL, which names no password."""
    why = _SET_UP.sub("", error.str())
    if why.startswith(_NO_KERBEROS):
        return ConfigError("the Kafka client here has no Kerberos", why, _BUILD)
    key = _KEY.search(why)
    names = key[0] if key else ""
    if names in _LOCKED:
        names = f"{names} and {_LOCKED[names]}"
    return ConfigError(
        "the Kafka client refuses its settings", why, f"check {names or 'the keys'} of [kafka.client]"
    )
