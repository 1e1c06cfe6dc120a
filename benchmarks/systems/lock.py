"""Make `jars.lock.json`: the jars of the systems that `benchmarks/peers.py` compares with.

Run as `python benchmarks/systems/lock.py` after changing a version below; it needs the network. Spark's Kafka
source is locked by the package itself (devstack/make_lockfile.py).
"""

from collections.abc import Iterator
from pathlib import Path

from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import LOCK_NAME, Artifact
from healthtrends.devstack.make_lockfile import resolve, write

FLINK = "2.2.0"
FLINK_KAFKA = "5.0.0-2.2"  # of the connector, then of the Flink it is made for

# All by name: of what is not named, the resolver takes the connector's older release.
FLINK_MODULES = (
    "clients", "core", "core-api", "annotations", "runtime", "streaming-java", "datastream", "datastream-api",
    "metrics-core", "rpc-core", "rpc-akka-loader", "queryable-state-client-java", "hadoop-fs",
    "connector-base", "connector-files", "connector-datagen", "file-sink-common", "json",
    "table-common", "table-api-java", "table-api-java-bridge", "table-api-bridge-base",
    "table-planner-loader", "table-runtime", "cep",
)  # fmt: skip


def main() -> None:
    """Write the lock file beside this script."""
    write(Path(__file__).with_name(LOCK_NAME), {"flink": tuple(flink(MavenContext()))})


def flink(context: MavenContext) -> Iterator[Artifact]:
    """Flink with SQL, files, JSON and Kafka; the client of HDFS is the local stack's."""
    modules = [f"org.apache.flink:flink-{name}:{FLINK}" for name in FLINK_MODULES]
    for each in resolve(context, [*modules, f"org.apache.flink:flink-sql-connector-kafka:{FLINK_KAFKA}"]):
        is_module = each.group == "org.apache.flink" and "-shaded-" not in each.name
        if is_module and each.version not in (FLINK, FLINK_KAFKA):
            raise SystemExit(f"{each} is another release: add it to FLINK_MODULES")
        yield each


if __name__ == "__main__":
    main()
