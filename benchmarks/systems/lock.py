"""Make `jars.lock.json`: the jars of the systems that `benchmarks/peers.py` compares with.

Run as `python benchmarks/systems/lock.py` after changing a version below; it needs the network. The Kafka
source of Spark may be a patch release older than the Spark of the wheel, never of another minor version.
"""

import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import msgspec
from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import LOCK_NAME, Artifact, Lock
from healthtrends.devstack.lock import resolve

SPARK = "4.2.0"
FLINK = "2.2.0"
FLINK_KAFKA = "5.0.0-2.2"  # of the connector, then of the Flink it is made for

# What the wheel of Spark brings itself.
OF_THE_WHEEL = {"org.apache.hadoop", "org.scala-lang", "org.slf4j", "org.xerial.snappy", "at.yawk.lz4"}
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
    wheel = version("pyspark")
    if wheel.rpartition(".")[0] != SPARK.rpartition(".")[0]:
        raise SystemExit(f"the wheel is Spark {wheel}, the Kafka source {SPARK}")
    context = MavenContext()
    lock: Lock = {"spark": tuple(spark(context)), "flink": tuple(flink(context))}
    text = msgspec.json.format(msgspec.json.encode(lock), indent=1)
    Path(__file__).with_name(LOCK_NAME).write_bytes(text + b"\n")
    for system, artifacts in lock.items():
        total = sum(artifact.size for artifact in artifacts)
        print(f"{system}: {len(artifacts)} jars, {total / 1e6:.1f} MB", file=sys.stderr)


def spark(context: MavenContext) -> Iterator[Artifact]:
    """The Kafka source and what it needs beside Spark."""
    for each in resolve(context, [f"org.apache.spark:spark-sql-kafka-0-10_2.13:{SPARK}"]):
        if each.group not in OF_THE_WHEEL:
            yield each


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
