"""A YARN of one ResourceManager and one NodeManager, from locked jars that only these tests fetch."""

import os
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


class Yarn:
    """Both servers; `conf` is the folder that users name by HADOOP_CONF_DIR."""

    def __init__(self, folder: Path, hdfs_url: str, java_home: Path) -> None:
        """Files lie in `folder`; applications keep theirs on `hdfs_url` and run on `java_home`."""
        self.conf = folder / "conf"
        self._folder = folder
        self._hdfs_url = hdfs_url
        self._java_home = java_home
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
            server.start(find_java(), [*JVM, "-cp", path, CLASSES[server.name]])
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
        write_settings(self.conf / "core-site.xml", {"fs.defaultFS": self._hdfs_url})
        write_settings(self.conf / "yarn-site.xml", {**self._manager(), **self._node()})

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
            "yarn.nodemanager.admin-env": f"JAVA_HOME={self._java_home}",
        }
