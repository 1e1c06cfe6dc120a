"""A YARN of one ResourceManager and one NodeManager, from locked jars that only these tests fetch."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.free_ports import LOOPBACK, free_ports
from healthtrends.devstack.hdfs import LOG4J, write_settings
from healthtrends.devstack.java import find_java
from healthtrends.devstack.process import Server, wait_ready
from tests.cluster.web import told

START = 240.0
"""Seconds until a container could run; about 10 on quiet cores."""
JVM = ("-Xmx384m", "-XX:+UseSerialGC", "-Djava.awt.headless=true", "-Djava.net.preferIPv4Stack=true")
CLASSES = {
    "resourcemanager": "org.apache.hadoop.yarn.server.resourcemanager.ResourceManager",
    "nodemanager": "org.apache.hadoop.yarn.server.nodemanager.NodeManager",
}
_LOCK = Path(__file__).with_name("yarn.lock.json")


@dataclass(frozen=True, slots=True)
class YarnSecurity:
    """Settings of a YARN that asks for Kerberos; by default of one that does not."""

    core: Mapping[str, str] = field(default_factory=dict)
    """Of servers and clients, with those of the HDFS."""
    yarn: Mapping[str, str] = field(default_factory=dict)
    java_options: tuple[str, ...] = ()
    """For every Java, those in containers too."""


class Yarn:
    """Both servers; `conf` is the folder that users name by HADOOP_CONF_DIR."""

    def __init__(
        self, folder: Path, hdfs_url: str, java_home: Path, security: YarnSecurity | None = None
    ) -> None:
        """Files lie in `folder`; applications keep theirs on `hdfs_url` and run on `java_home`."""
        self.conf = folder / "conf"
        self._folder = folder
        self._hdfs_url = hdfs_url
        self._java_home = java_home
        self._security = security or YarnSecurity()
        self._ports = free_ports(5)
        self._servers = {name: Server(name, folder) for name in CLASSES}

    def start(self, nodes: int = 1) -> None:
        """Fetch what is missing, and return when the ResourceManager knows its one node, or none."""
        lock = msgspec.json.decode(_LOCK.read_bytes(), type=artifacts.Lock)
        jar_download.fetch(cache(), lock)
        self._configure()
        path = os.pathsep.join(map(str, [self.conf, *artifacts.class_path(cache(), lock["yarn"])]))
        servers = list(self._servers.values())[: 1 + nodes]
        for server in servers:
            server.start(find_java(), [*JVM, *self._security.java_options, "-cp", path, CLASSES[server.name]])
        wait_ready(servers, lambda: self._not_ready(nodes), START)

    def stop(self) -> None:
        """End both, and with the NodeManager what runs in its containers."""
        for server in reversed(self._servers.values()):
            server.stop()

    def _not_ready(self, nodes: int) -> str:
        metrics = told(self._ports[0], "/ws/v1/cluster/metrics")
        active = metrics["clusterMetrics"]["activeNodes"] if metrics else "no answer"
        return "" if active == nodes else f"active nodes: {active}"

    def _configure(self) -> None:
        self.conf.mkdir(parents=True)
        (self.conf / "log4j.properties").write_text(LOG4J, encoding="utf-8")
        core = {"fs.defaultFS": self._hdfs_url, **self._security.core}
        write_settings(self.conf / "core-site.xml", core)
        yarn = {**self._manager(), **self._node(), **self._security.yarn}
        write_settings(self.conf / "yarn-site.xml", yarn)

    def _manager(self) -> dict[str, str | int]:
        doors = (
            "webapp.address",
            "address",
            "scheduler.address",
            "resource-tracker.address",
            "admin.address",
        )
        return {
            **{
                f"yarn.resourcemanager.{door}": f"{LOOPBACK}:{port}"
                for door, port in zip(doors, self._ports, strict=True)
            },
            # The default one wants a file of queues.
            "yarn.resourcemanager.scheduler.class": (
                "org.apache.hadoop.yarn.server.resourcemanager.scheduler.fifo.FifoScheduler"
            ),
            "yarn.scheduler.minimum-allocation-mb": 128,
            "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": 200,
        }

    def _node(self) -> dict[str, str | int]:
        return {
            "yarn.nodemanager.address": f"{LOOPBACK}:0",
            "yarn.nodemanager.localizer.address": f"{LOOPBACK}:0",
            "yarn.nodemanager.webapp.address": f"{LOOPBACK}:0",
            "yarn.nodemanager.local-dirs": str(self._folder / "local"),
            "yarn.nodemanager.log-dirs": str(self._folder / "containers"),
            "yarn.nodemanager.resource.memory-mb": 4096,
            "yarn.nodemanager.resource.cpu-vcores": 4,
            "yarn.nodemanager.vmem-check-enabled": "false",
            # A node whose disk is 90% full would take no work.
            "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": 100,
            "yarn.nodemanager.admin-env": ",".join(self._environment()),
        }

    def _environment(self) -> list[str]:
        """What containers find on every node: Java, and how Java finds the realm."""
        options = " ".join(self._security.java_options)
        return [f"JAVA_HOME={self._java_home}", *([f"JAVA_TOOL_OPTIONS={options}"] if options else ())]
