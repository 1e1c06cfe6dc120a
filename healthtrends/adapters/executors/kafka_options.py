"""Converts the project's Kafka settings (librdkafka) into options of Spark's Kafka source (Java).

A setting that changes where or as whom the client connects is translated, or refused by its name; what
tunes librdkafka's queues, or only concerns producing, has no meaning there and is passed over.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from healthtrends.adapters.kafka_access import Access
from healthtrends.config import expanded
from healthtrends.config.kafka_keys import own_keys, required
from healthtrends.errors import ConfigError

_SAME = frozenset(
    {
        "client.dns.lookup", "client.id", "client.rack", "connections.max.idle.ms",
        "fetch.max.bytes", "fetch.min.bytes", "max.partition.fetch.bytes",
        "metadata.max.age.ms", "reconnect.backoff.max.ms", "reconnect.backoff.ms", "retry.backoff.max.ms",
        "retry.backoff.ms", "socket.connection.setup.timeout.ms", "ssl.key.password",
    }
)  # fmt: skip
_RENAMED = {
    "fetch.wait.max.ms": "fetch.max.wait.ms",
    "fetch.message.max.bytes": "max.partition.fetch.bytes",
    "topic.metadata.refresh.interval.ms": "metadata.max.age.ms",
    "socket.send.buffer.bytes": "send.buffer.bytes",
    "socket.receive.buffer.bytes": "receive.buffer.bytes",
}
# Queues, log and statistics of librdkafka; the group, which only lag monitors see; what producers do.
_PASSED_OVER = frozenset(
    {
        "batch.num.messages", "batch.size", "broker.address.family",
        "compression.codec", "compression.level", "compression.type", "debug", "delivery.timeout.ms",
        "fetch.error.backoff.ms",
        "fetch.queue.backoff.ms", "group.id", "linger.ms", "log.connection.close", "log_level",
        "max.in.flight", "max.in.flight.requests.per.connection", "message.max.bytes",
        "message.send.max.retries", "message.timeout.ms", "queue.buffering.max.kbytes",
        "queue.buffering.max.messages", "queue.buffering.max.ms", "queued.max.messages.kbytes",
        "queued.min.messages", "receive.message.max.bytes", "request.timeout.ms",
        "retries", "session.timeout.ms", "socket.keepalive.enable", "socket.max.fails",
        "socket.nagle.disable", "socket.timeout.ms", "statistics.interval.ms",
        "sticky.partitioning.linger.ms",
    }
)  # fmt: skip
_LOGIN = {
    "PLAIN": "org.apache.kafka.common.security.plain.PlainLoginModule",
    "SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
    "SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}
_CREDENTIALS = frozenset({"sasl.mechanism", "sasl.mechanisms", "sasl.username", "sasl.password"})
_PEM = {
    "ssl.ca": ("ssl.truststore.certificates", "ssl.truststore.type"),
    "ssl.certificate": ("ssl.keystore.certificate.chain", "ssl.keystore.type"),
    "ssl.key": ("ssl.keystore.key", "ssl.keystore.type"),
}
"""Setting without `.location` or `.pem` -> Java's setting for its text, and the one that says it is text."""
_REQUIRED = ("isolation.level", "check.crcs", "allow.auto.create.topics")
"""What the program sets for its own consumers too, of one name and form in both; Spark refuses the others."""
_CHECKED = ("enable.ssl.certificate.verification", "true")
"""Java always does."""
_KEYS_OF_JAVA = ("-----BEGIN PRIVATE KEY", "-----BEGIN ENCRYPTED PRIVATE KEY")
_INSTEAD = "leave it out, or ingest without --engine spark"


@dataclass(frozen=True, slots=True)
class KafkaSource:
    """Spark's Kafka source: its options, and as whom it is known to the brokers."""

    options: Mapping[str, str] = field(repr=False)
    access: Access


def spark_source(bootstrap_servers: str, client: Mapping[str, str]) -> KafkaSource:
    """Make the source of a cluster; raises ConfigError as `java_options` does."""
    options = java_options(bootstrap_servers, client)
    # Its own options besides: what this project's client was granted says nothing of this one.
    return KafkaSource(options, Access(bootstrap_servers, {**client, **options}))


def client_settings(
    form: Literal["librdkafka", "java", "spark"], bootstrap_servers: str, client: Mapping[str, str]
) -> dict[str, str]:
    """Give the settings of a Kafka client in one of three forms, for other programs; they hold its secrets.

    Raises ConfigError naming a setting that has no meaning there.
    """
    if form == "librdkafka":
        return {"bootstrap.servers": bootstrap_servers, **client}
    options = java_options(bootstrap_servers, client)
    return options if form == "spark" else {k.removeprefix("kafka."): v for k, v in options.items()}


def properties_line(key: str, value: str) -> str:
    """Spell a setting as a line of a Java properties file."""
    escaped = value.replace("\\", "\\\\").replace("\n", "\\n")
    return f"{key}={escaped}"


def java_options(bootstrap_servers: str, client: Mapping[str, str]) -> dict[str, str]:
    """Give the options `kafka.*` of Spark's source; PEM files are read here, executors may lack them.

    Raises ConfigError naming a setting that cannot be translated, never its value.
    """
    found = {"bootstrap.servers": bootstrap_servers, **{key: required("consumer")[key] for key in _REQUIRED}}
    for name, value in own_keys(client).items():
        found |= _translated(name, value)
    if any(name in client for name in _CREDENTIALS):
        found |= _sasl(client)
    return {f"kafka.{name}": value for name, value in found.items()}


def _translated(name: str, value: str) -> dict[str, str]:
    stem, _, kind = name.rpartition(".")
    if stem in _PEM and kind in ("location", "pem"):
        target, form = _PEM[stem]
        return {target: _pem(name, value) if kind == "location" else value, form: "PEM"}
    if name in _SAME or name in _RENAMED:
        return {_RENAMED.get(name, name): value}
    if name == "security.protocol":
        return {name: value.upper()}
    if name == "ssl.endpoint.identification.algorithm":
        return {name: "" if value == "none" else value}
    if name in _PASSED_OVER or name in _CREDENTIALS or (name, value) == _CHECKED:
        return {}
    raise ConfigError(f"{name} of [kafka.client] has no meaning for Spark's Kafka source", "", _INSTEAD)


def _sasl(client: Mapping[str, str]) -> dict[str, str]:
    mechanism = client.get("sasl.mechanism") or client.get("sasl.mechanisms") or "GSSAPI"
    login = _LOGIN.get(mechanism)
    if login is None:
        raise ConfigError(
            f"sasl.mechanism {mechanism} is not translated for Spark's Kafka source",
            f"there are {', '.join(_LOGIN)}",
            _INSTEAD,
        )
    user, word = (_quoted(client.get(f"sasl.{name}", "")) for name in ("username", "password"))
    return {
        "sasl.mechanism": mechanism,
        "sasl.jaas.config": f"{login} required username={user} password={word};",
    }


def _quoted(text: str) -> str:
    """Spell a value as Java's login configuration reads it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _pem(name: str, path: str) -> str:
    remedy = f"name one PEM file, or {_INSTEAD}"
    try:
        text = expanded(path).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise ConfigError(f"{name} of [kafka.client] cannot be read", why or "", remedy) from None
    if name == "ssl.key.location" and not any(begin in text for begin in _KEYS_OF_JAVA):
        raise ConfigError(
            f"{name} of [kafka.client] is a key that Java does not read",
            "it is not in the form PKCS#8",
            "convert it: `openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW`",
        )
    return text
