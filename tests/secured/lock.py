"""Make the locks of servers that the tests alone start: older Kafka and Hadoop, and a key server.

Run as `python -m tests.secured.lock`; resolving needs the network. There is no key server of
Hadoop 3.5.0 as a jar; the protocol is the same.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import Lock
from healthtrends.devstack.make_lockfile import resolve, write
from tests.secured.old_kafka import VERSIONS as KAFKA

HADOOP = ("2.10.2", "3.1.4", "3.3.6")
KMS = "3.4.1"
_LOGGING = "org.slf4j:slf4j-reload4j:1.7.36"
_POM = "org/apache/hadoop/hadoop-project/3.1.4/hadoop-project-3.1.4.pom"
_NO_XML = "<Xlint:-unchecked/>"
"""An element of that file, which Python's parser refuses; it is an option of the Java compiler."""


def roots() -> Mapping[str, Mapping[str, Sequence[str]]]:
    """Coordinates by lock file and name."""
    return {
        "kafka_versions": {
            version: (f"org.apache.kafka:kafka_2.13:{version}", "org.slf4j:slf4j-simple:1.7.36")
            for version in KAFKA
        },
        "hadoop_versions": {
            version: _hadoop(version, "hadoop-common", "hadoop-hdfs", "hadoop-hdfs-client")
            for version in HADOOP
        },
        "kms": {"kms": _hadoop(KMS, "hadoop-kms", "hadoop-common")},
    }


def main() -> None:
    """Write the lock files beside this module."""
    context = MavenContext()
    pom = context.repo_cache / _POM
    if pom.is_file():  # else the first run fetches it, and fails
        pom.write_text(pom.read_text("utf-8").replace(_NO_XML, ""), "utf-8")
    for name, servers in roots().items():
        lock: Lock = {server: resolve(context, coordinates) for server, coordinates in servers.items()}
        write(Path(__file__).with_name(f"{name}.lock.json"), lock)


def _hadoop(version: str, *names: str) -> Sequence[str]:
    return (*(f"org.apache.hadoop:{name}:{version}" for name in names), _LOGGING)


if __name__ == "__main__":
    main()
