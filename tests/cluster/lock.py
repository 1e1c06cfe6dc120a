"""Make the locks of a YARN and of an older Connect server for the tests, which no user fetches.

Run as `python -m tests.cluster.lock` after the Hadoop version of the local stack has changed.
"""

import sys
from pathlib import Path

import msgspec
from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import Lock
from healthtrends.devstack.make_lockfile import HADOOP, resolve

CONNECT = "4.0.1"
ROOTS = {
    "yarn": (
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
    ),
    "connect": tuple(f"org.apache.spark:{name}_2.13:{CONNECT}" for name in ("spark-connect", "spark-sql")),
}


def main() -> None:
    """Write the lock files beside this module."""
    context = MavenContext()
    for name, coordinates in ROOTS.items():
        lock: Lock = {name: resolve(context, coordinates)}
        target = Path(__file__).with_name(f"{name}.lock.json")
        target.write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n")
        total = sum(artifact.size for artifact in lock[name])
        sys.stderr.write(f"{name}: {len(lock[name])} jars, {total / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
