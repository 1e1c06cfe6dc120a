"""Make the locks of a YARN and of an older Connect server for the tests, which no user fetches.

Run as `python -m tests.cluster.lock` after the Hadoop version of the local stack has changed.
"""

from pathlib import Path

from jgo.maven import MavenContext

from healthtrends.devstack.make_lockfile import HADOOP, resolve, write

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
        write(Path(__file__).with_name(f"{name}.lock.json"), {name: resolve(context, coordinates)})


if __name__ == "__main__":
    main()
