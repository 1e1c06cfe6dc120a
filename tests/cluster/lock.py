"""Make `yarn.lock.json`: the jars of a YARN for the tests, which no user fetches.

Run as `python -m tests.cluster.lock` after the Hadoop version of the local stack has changed.
"""

import sys
from pathlib import Path

import msgspec
from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import Lock
from healthtrends.devstack.make_lockfile import HADOOP, resolve

TARGET = Path(__file__).with_name("yarn.lock.json")
ROOTS = (
    *(
        f"org.apache.hadoop:{name}:{HADOOP}"
        for name in (
            "hadoop-yarn-server-resourcemanager",
            "hadoop-yarn-server-nodemanager",
            "hadoop-yarn-server-timelineservice",  # not used, but both load its classes
            "hadoop-common",
            "hadoop-hdfs-client",
        )
    ),
    "org.slf4j:slf4j-reload4j:1.7.36",
)


def main() -> None:
    """Write the lock file beside this module."""
    lock: Lock = {"yarn": resolve(MavenContext(), ROOTS)}
    TARGET.write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n")
    total = sum(artifact.size for artifact in lock["yarn"])
    sys.stderr.write(f"yarn: {len(lock['yarn'])} jars, {total / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
