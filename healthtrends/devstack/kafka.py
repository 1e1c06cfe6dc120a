"""Kafka of the local stack: one process that is broker and controller (KRaft).

Both listeners ask for a password, which only the owner of the home can read: on loopback every local user
could connect otherwise. In a secured stack both speak TLS, so that a client does not tell the password to
whoever has the port while Kafka is down.
"""

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from healthtrends.devstack.atomic_files import write_whole
from healthtrends.devstack.certificates import Certificate
from healthtrends.devstack.free_ports import LOOPBACK, is_listening
from healthtrends.devstack.process import Server

if TYPE_CHECKING:
    from confluent_kafka.admin import AdminClient

JVM = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-Djava.awt.headless=true")
LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
    "-Dlog4j2.level=OFF",  # brought along, not used; would complain that it is not configured
)
ANSWER = 5.0  # seconds to wait for one answer of a broker that accepts connections
USER = "healthtrends"
LOGIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
QUIET = {"log_level": "0", "reconnect.backoff.max.ms": "200"}


class Kafka:
    """Configuration, arguments and checks of one broker; its files lie in `folder`/kafka."""

    def __init__(
        self,
        folder: Path,
        broker_port: int,
        controller_port: int,
        password: str,
        certificate: Certificate | None = None,
    ) -> None:
        """With a `certificate` both listeners speak TLS."""
        self.server = Server("kafka", folder)
        self.bootstrap_servers = f"{LOOPBACK}:{broker_port}"
        self.client = _client(password, certificate) if password else {}
        """The librdkafka keys that a client needs beside the address; none: a broker of an older version."""
        self._password = password
        self._protocol = _protocol(certificate)
        self._certificate = certificate
        self._home = folder / "kafka"
        self._broker_port = broker_port
        self._controller_port = controller_port

    @property
    def properties(self) -> Path:
        """The broker's configuration file."""
        return self._home / "server.properties"

    def configure(self) -> None:
        """Write the configuration; it depends on the ports, the password, the certificate and the folder."""
        write_properties(self.properties, self._settings())

    def format_arguments(self, class_path: Sequence[Path], cluster_id: str) -> list[str]:
        """Arguments for java to prepare an empty data folder, once."""
        tool = ("kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted")
        return [*self._jvm(class_path), *tool, "-t", cluster_id, "-c", str(self.properties)]

    def arguments(self, class_path: Sequence[Path]) -> list[str]:
        """Arguments for java to run the broker."""
        return [*self._jvm(class_path), "kafka.Kafka", str(self.properties)]

    def not_ready(self) -> str:
        """The reason why the broker cannot be used yet, "" when it can."""
        if not is_listening(self._broker_port):
            return f"nothing listens on {self.bootstrap_servers}"
        from confluent_kafka import KafkaException  # noqa: PLC0415  slow to import, not needed to configure

        try:
            admin = self._admin()
            cluster = admin.describe_cluster(request_timeout=ANSWER).result(ANSWER)
        except KafkaException as error:
            return str(error.args[0])
        except TimeoutError:
            return f"no answer within {ANSWER:.0f} s"
        return "" if cluster.nodes else "the broker has not joined its cluster"

    def _admin(self) -> "AdminClient":
        from confluent_kafka.admin import AdminClient  # noqa: PLC0415  slow to import

        return AdminClient({"bootstrap.servers": self.bootstrap_servers, **self.client, **QUIET})

    def _jvm(self, class_path: Sequence[Path]) -> list[str]:
        return [*JVM, *LOGGING, *self.server.temp_options, "-cp", ":".join(map(str, class_path))]

    def _login(self) -> str:
        """Java's spelling of the one user, whom the broker knows and as whom it speaks to the controller."""
        word = self._password
        return f'{LOGIN} required username="{USER}" password="{word}" user_{USER}="{word}";'

    def _settings(self) -> dict[str, str | int]:
        broker = f"CLIENTS://{self.bootstrap_servers}"
        controller = f"{LOOPBACK}:{self._controller_port}"
        return {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.bootstrap.servers": controller,
            "listeners": f"{broker},CONTROLLER://{controller}",
            "advertised.listeners": broker,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "CLIENTS",
            "listener.security.protocol.map": f"CONTROLLER:{self._protocol},CLIENTS:{self._protocol}",
            "sasl.enabled.mechanisms": "PLAIN",
            "sasl.mechanism.inter.broker.protocol": "PLAIN",
            "sasl.mechanism.controller.protocol": "PLAIN",
            "listener.name.clients.plain.sasl.jaas.config": self._login(),
            "listener.name.controller.plain.sasl.jaas.config": self._login(),
            **(_tls(self._certificate) if self._certificate else {}),
            "log.dirs": _java_path(self._home / "data"),
            "auto.create.topics.enable": "false",
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "transaction.state.log.num.partitions": 4,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
            # Killed and started again, the broker waits until the controller has given up its former self.
            "broker.session.timeout.ms": 5000,
            "broker.heartbeat.interval.ms": 1000,
            # Records of past days carry past times: with a retention they would vanish at once.
            "log.retention.ms": -1,
            # 128 MB by default, for far larger topics than the offsets of one machine.
            "log.cleaner.dedupe.buffer.size": 8 << 20,
        }


def _client(password: str, certificate: Certificate | None) -> dict[str, str]:
    return {
        "security.protocol": _protocol(certificate),
        "sasl.mechanism": "PLAIN",
        "sasl.username": USER,
        "sasl.password": password,
        **({"ssl.ca.location": str(certificate.authority)} if certificate else {}),
    }


def _protocol(certificate: Certificate | None) -> str:
    return "SASL_SSL" if certificate else "SASL_PLAINTEXT"


def _tls(certificate: Certificate) -> dict[str, str | int]:
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": _java_path(certificate.identity),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": _java_path(certificate.authority),
    }


def _java_path(path: Path) -> str:
    """As properties files spell it: other than ASCII by numbers."""
    return json.dumps(str(path)).strip('"')


def write_properties(path: Path, settings: Mapping[str, str | int]) -> None:
    """Write lines `key=value`, for the owner's eyes only."""
    write_whole(path, "".join(f"{key}={value}\n" for key, value in settings.items()).encode())


def new_cluster_id() -> str:
    """A random id in Kafka's spelling: 16 bytes, URL-safe base64 without padding.

    Never with a leading dash: Kafka's own tools would take such an id for an option, one time in 64.
    """
    spelled = "-"
    while spelled.startswith("-"):
        spelled = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    return spelled
