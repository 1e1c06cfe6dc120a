"""Brokers of older versions, whose jars have a lock of their own; before 3.3 with ZooKeeper."""

from collections.abc import Sequence
from pathlib import Path

import msgspec

from healthtrends.devstack.artifacts import Artifact, Lock
from healthtrends.devstack.free_ports import LOOPBACK, is_listening
from healthtrends.devstack.java import find_java
from healthtrends.devstack.kafka import write_properties
from healthtrends.devstack.process import Server, wait_ready
from tests.secured.kafka_servers import START_SECONDS, Brokers
from tests.secured.kafka_settings import EXPIRED, MTLS, OPEN, SASL

_LOCK = Path(__file__).with_name("kafka_versions.lock.json")
VERSIONS = ("2.4.1", "2.7.2", "2.8.2", "3.3.2", "3.9.1")
SECURED = ("2.8.2", "3.9.1")
"""Those that are tried with passwords, certificates and rights too: 2.4 reads no PEM, with 2.7 an idempotent
producer needs a right on the cluster, and 3.3 without ZooKeeper keeps no SCRAM users."""


class OldBrokers(Brokers):
    """A broker that runs without ZooKeeper, as of 3.9."""

    _has_tokens = False

    def __init__(self, folder: Path, version: str, *, is_open: bool) -> None:
        listeners = (OPEN,) if is_open else (OPEN, SASL, MTLS, EXPIRED)
        super().__init__(folder, has_rights=not is_open, listeners=listeners)
        self._version = version

    def _jars(self) -> tuple[Artifact, ...]:
        return msgspec.json.decode(_LOCK.read_bytes(), type=Lock)[self._version]


class ZooKeeperBrokers(OldBrokers):
    """A broker that keeps its metadata in ZooKeeper, which listens where a controller would."""

    def __init__(self, folder: Path, version: str, *, is_open: bool) -> None:
        super().__init__(folder, version, is_open=is_open)
        self._keeper = Server("zookeeper", folder)
        (self._port,) = self._ports["CONTROLLER"]

    def stop(self) -> None:
        """End the broker, then ZooKeeper."""
        super().stop()
        self._keeper.stop()

    def _prepare(self) -> None:
        """Start ZooKeeper; a broker formats its folder by itself."""
        properties = self._folder / "zookeeper" / "zookeeper.properties"
        write_properties(
            properties,
            {
                "dataDir": str(self._folder / "zookeeper" / "data"),
                "clientPort": self._port,
                "clientPortAddress": LOOPBACK,
                "admin.enableServer": "false",
            },
        )
        main = ("org.apache.zookeeper.server.quorum.QuorumPeerMain", str(properties))
        self._keeper.start(find_java(), [*self._java_for(self._keeper)[1:], *main])
        wait_ready([self._keeper], lambda: "" if is_listening(self._port) else "no listener", START_SECONDS)

    def _of_the_quorum(self, number: int) -> dict[str, str | int]:
        found: dict[str, str | int] = {
            "broker.id": number,
            "zookeeper.connect": f"{LOOPBACK}:{self._port}",
            "listeners": self._listening(number, self._listeners),
        }
        authorizer = {"authorizer.class.name": "kafka.security.authorizer.AclAuthorizer"}
        return found | (authorizer if self._has_rights else {})


def old_brokers(folder: Path, version: str, *, is_open: bool = False) -> Brokers:
    """Brokers of one of the `VERSIONS`; `is_open`: without passwords, certificates and rights."""
    kind = ZooKeeperBrokers if _numbers(version) < [3, 3] else OldBrokers
    return kind(folder, version, is_open=is_open)


def _numbers(version: str) -> Sequence[int]:
    return [int(part) for part in version.split(".")[:2]]
