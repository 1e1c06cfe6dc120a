"""Brokers of a test on loopback, without containers: one or three, with passwords, certificates and rights.

Each is broker and controller (KRaft). They run as the servers of the local stack do, from the same jars.
"""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from confluent_kafka.cimpl import NewTopic

from healthtrends import clock
from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import LOOPBACK, free_ports, is_listening
from healthtrends.devstack.java import find_java
from healthtrends.devstack.kafka import JVM, LOGGING, QUIET, new_cluster_id, write_properties
from healthtrends.devstack.process import Server, environment, wait_ready
from tests.secured.kafka_settings import ALL, OPEN, PASSWORDS, PROTOCOLS, Identity, login_settings

START_SECONDS = 90.0
_ANSWER = 10.0
_KINDS = {"topic": ResourceType.TOPIC, "group": ResourceType.GROUP, "cluster": ResourceType.BROKER}
_CLUSTER = "kafka-cluster"


class Brokers:
    """A cluster below `folder`; `start` it, and `stop` it at the end."""

    _has_tokens = True

    def __init__(self, folder: Path, *, count: int = 1, has_rights: bool = True, listeners=ALL) -> None:
        self._folder = folder
        self._count, self._has_rights, self._listeners = count, has_rights, listeners
        self.identity = Identity(folder / "tls")
        self._ports = {name: free_ports(count) for name in (*listeners, "CONTROLLER")}
        self._servers = [Server(f"broker{n}", folder) for n in self.numbers]
        self._admin: AdminClient | None = None

    @property
    def numbers(self) -> Sequence[int]:
        """Of the brokers, from 1."""
        return range(1, self._count + 1)

    def addresses(self, listener: str) -> str:
        """Addresses of all brokers by one way in."""
        return ",".join(f"localhost:{port}" for port in self._ports[listener])

    @property
    def admin(self) -> AdminClient:
        """A client that may do everything."""
        if self._admin is None:
            self._admin = AdminClient({"bootstrap.servers": self.addresses(OPEN), **QUIET})
        return self._admin

    def start(self) -> None:
        """Format the data folders, start all and wait until they are one cluster with its users."""
        jars = self._jars()
        jar_download.fetch(cache(), {"kafka": jars})
        self._path = artifacts.class_path(cache(), jars)
        for number in self.numbers:
            write_properties(self._properties(number), self._settings(number))
        self._prepare()
        for number in self.numbers:
            self._spawn(number)
        self._wait(self._count)
        if self._has_rights:
            users = [_user(name, word) for name, word in PASSWORDS.items()]
            for future in self.admin.alter_user_scram_credentials(users).values():
                future.result(_ANSWER)

    def stop(self) -> None:
        """End all that still run."""
        for server in self._servers:
            server.stop()

    def kill(self, number: int) -> None:
        """End one broker as a power cut would; it is gone on return."""
        process = self._servers[number - 1].process()
        assert process is not None
        process.kill()
        process.wait(30)

    def restart(self, number: int) -> None:
        """Start one again, and wait until all brokers that run are one cluster."""
        self._spawn(number)
        self._wait(sum(server.process() is not None for server in self._servers))

    def restart_missing(self) -> None:
        """Start all that do not run, and wait until they are one cluster."""
        for number, server in zip(self.numbers, self._servers, strict=True):
            if server.process() is None:
                self._spawn(number)
        self._wait(self._count)

    def leader(self, topic: str, partition: int) -> int:
        """Number of the broker that leads a partition; waits until a new topic is known."""
        deadline = clock.Deadline(START_SECONDS)
        while not deadline.passed():
            found = self.admin.list_topics(topic, _ANSWER).topics[topic].partitions
            if partition in found and found[partition].leader > 0:
                return int(found[partition].leader)
            clock.sleep(0.1)
        raise AssertionError(topic)

    def controller(self) -> int:
        """Number of the active controller, as the brokers note it for themselves."""
        places = [self._folder / f"broker{n}" / "data" / "__cluster_metadata-0" for n in self.numbers]
        states = [json.loads((place / "quorum-state").read_text("utf-8")) for place in places]
        newest = max(states, key=lambda state: (state["leaderEpoch"], state["leaderId"] >= 0))
        return int(newest["leaderId"])

    def create_topic(self, name: str, partitions: int = 3) -> None:
        """With as many copies as there are brokers."""
        self.admin.create_topics([NewTopic(name, partitions, self._count)])[name].result(_ANSWER)

    def allow(self, user: str, operation: str, kind: str, name: str = _CLUSTER) -> None:
        """Give a right, such as `read` on `topic`, `group` or `cluster`."""
        right = AclBinding(
            _KINDS[kind], name, ResourcePatternType.LITERAL, f"User:{user}", "*",
            AclOperation[operation.upper()], AclPermissionType.ALLOW,
        )  # fmt: skip
        for future in self.admin.create_acls([right]).values():
            future.result(_ANSWER)

    def revoke_all(self, user: str) -> None:
        """Take every right back."""
        anything = AclBindingFilter(
            ResourceType.ANY, None, ResourcePatternType.ANY, f"User:{user}", None, AclOperation.ANY,
            AclPermissionType.ANY,
        )  # fmt: skip
        for future in self.admin.delete_acls([anything]).values():
            future.result(_ANSWER)

    def group_offsets(self, group: str, topic: str) -> dict[int, int]:
        """Offsets of a group, by partition."""
        asked = self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        places = asked[group].result(_ANSWER).topic_partitions
        return {place.partition: place.offset for place in places if place.topic == topic}

    def _jars(self) -> tuple[artifacts.Artifact, ...]:
        return artifacts.load_lock()["kafka"]

    def _prepare(self) -> None:
        """Format the data folders."""
        cluster = new_cluster_id()
        for number in self.numbers:
            tool = ("kafka.tools.StorageTool", "format", "--ignore-formatted", "-t", cluster)
            _done([*self._java(number), *tool, "-c", str(self._properties(number))])

    def _spawn(self, number: int) -> None:
        java = find_java()
        self._servers[number - 1].start(
            java, [*self._java(number)[1:], "kafka.Kafka", str(self._properties(number))]
        )

    def _wait(self, count: int) -> None:
        """Return when each broker that runs knows `count`: a client drops one that another does not know."""

        def missing() -> str:
            ports = [port for n, port in enumerate(self._ports[OPEN]) if self._servers[n].process()]
            if not all(map(is_listening, ports)):
                return "no listener"
            known = {port: _known_by(port) for port in ports}
            return "" if set(known.values()) == {str(count)} else f"known by each: {known}"

        wait_ready([each for each in self._servers if each.process()], missing, START_SECONDS)

    def _properties(self, number: int) -> Path:
        return self._folder / f"broker{number}" / "server.properties"

    def _java(self, number: int) -> list[str]:
        return self._java_for(self._servers[number - 1])

    def _java_for(self, server: Server) -> list[str]:
        java = find_java()
        allowed = f"-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={self.identity.tokens.file.as_uri()}"
        path = ":".join(map(str, self._path))
        return [str(java.java), *java.options, *JVM, *LOGGING, *server.temp_options, allowed, "-cp", path]

    def _settings(self, number: int) -> dict[str, str | int]:
        return self._of_a_broker(number) | self._of_the_quorum(number)

    def _of_the_quorum(self, number: int) -> dict[str, str | int]:
        """What makes the processes one cluster, and who decides on rights there."""
        voters = [f"{n + 1}@{LOOPBACK}:{port}" for n, port in enumerate(self._ports["CONTROLLER"])]
        found: dict[str, str | int] = {
            "process.roles": "broker,controller",
            "node.id": number,
            "controller.quorum.voters": ",".join(voters),
            "controller.listener.names": "CONTROLLER",
            "listeners": self._listening(number, (*self._listeners, "CONTROLLER")),
            "broker.session.timeout.ms": 5000,
            "broker.heartbeat.interval.ms": 1000,
        }
        if self._has_rights:
            found["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
        return found

    def _listening(self, number: int, names: Sequence[str]) -> str:
        return ",".join(f"{name}://{LOOPBACK}:{self._ports[name][number - 1]}" for name in names)

    def _of_a_broker(self, number: int) -> dict[str, str | int]:
        copies = min(3, self._count)
        shown = [f"{name}://localhost:{self._ports[name][number - 1]}" for name in self._listeners]
        protocols = {name: PROTOCOLS[name] for name in self._listeners} | {"CONTROLLER": "PLAINTEXT"}
        found: dict[str, str | int] = {
            "advertised.listeners": ",".join(shown),
            "inter.broker.listener.name": OPEN,
            "listener.security.protocol.map": ",".join(f"{n}:{p}" for n, p in protocols.items()),
            "log.dirs": str(self._folder / f"broker{number}" / "data"),
            "auto.create.topics.enable": "false",
            "min.insync.replicas": max(1, copies - 1),
            "offsets.topic.replication.factor": copies,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": copies,
            "transaction.state.log.min.isr": max(1, copies - 1),
            "group.initial.rebalance.delay.ms": 0,
            "log.retention.ms": -1,
            "log.cleaner.dedupe.buffer.size": 8 << 20,
            **login_settings(self.identity, self._listeners, has_tokens=self._has_tokens),
        }
        return found | ({"super.users": "User:ANONYMOUS"} if self._has_rights else {})


def _known_by(port: int) -> str:
    """How many brokers the one on this port knows, or why it does not say."""
    admin = AdminClient({"bootstrap.servers": f"localhost:{port}", **QUIET})
    try:
        return str(len(admin.describe_cluster(request_timeout=5).result(6).nodes))
    except (KafkaException, TimeoutError):
        return "no answer"


def _user(name: str, word: str) -> UserScramCredentialUpsertion:
    mechanism = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    return UserScramCredentialUpsertion(name, mechanism, word.encode())


def _done(command: list[str]) -> None:
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, check=False, umask=0o077
    )
    assert done.returncode == 0, done.stderr[-2000:]
