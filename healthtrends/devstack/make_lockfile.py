"""Makes `jars.lock.json`, `spark.lock.json` and `kdc.lock.json`: resolves jars, at development time.

Run as `python -m healthtrends.devstack.make_lockfile` after changing a version below. Resolving takes
half a minute and the network; users only ever fetch what the locks name. The Kafka source of Spark may be a
patch release older than the Spark of the wheel, never of another minor version.
"""

import sys
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

import msgspec
from jgo.maven import Artifact as MavenArtifact
from jgo.maven import MavenContext

from healthtrends.devstack.artifacts import (
    KDC_LOCK_NAME,
    LOCK_NAME,
    SPARK_LOCK_NAME,
    Artifact,
    Lock,
    sha256,
)

KAFKA = "4.3.1"
HADOOP = "3.5.0"
SPARK = "4.2.0"

ROOTS = {
    # Kafka logs through slf4j 1.7 and brings no binding; the simple one writes to stderr and loads fast.
    "kafka": (f"org.apache.kafka:kafka_2.13:{KAFKA}", "org.slf4j:slf4j-simple:1.7.36"),
    # Each of the three declares the next as provided, so all must be named; none brings its slf4j binding.
    "hdfs": (
        *(
            f"org.apache.hadoop:{name}:{HADOOP}"
            for name in ("hadoop-common", "hadoop-hdfs", "hadoop-hdfs-client")
        ),
        "org.slf4j:slf4j-reload4j:1.7.36",
    ),
}
# Declared as run-time dependencies by mistake of their users: a second slf4j binding, mocking tools.
UNWANTED = {"ch.qos.logback", "org.mockito", "net.bytebuddy", "org.objenesis"}
KDC = f"org.apache.hadoop:hadoop-minikdc:{HADOOP}"
SPARK_SOURCE = f"org.apache.spark:spark-sql-kafka-0-10_2.13:{SPARK}"
OF_THE_WHEEL = {"org.apache.hadoop", "org.scala-lang", "org.slf4j", "org.xerial.snappy", "at.yawk.lz4"}


def resolve(context: MavenContext, coordinates: Iterable[str]) -> tuple[Artifact, ...]:
    """All jars a server needs at run time, roots first, with hash and size of what was fetched."""
    roots, others = context.resolver.resolve([context.create_dependency(text) for text in coordinates])
    wanted = [*roots, *(each for each in others if each.scope in ("compile", "runtime"))]
    return tuple(_locked(each.artifact) for each in wanted if each.groupId not in UNWANTED)


def _locked(artifact: MavenArtifact) -> Artifact:
    file = Path(artifact.resolve())
    return Artifact(
        group=artifact.groupId,
        name=artifact.artifactId,
        version=artifact.version,
        classifier=artifact.classifier,
        sha256=sha256(file),
        size=file.stat().st_size,
    )


def spark_source(context: MavenContext) -> tuple[Artifact, ...]:
    """The Kafka source and what it needs beside the wheel of Spark. Raises SystemExit for another Spark."""
    wheel = version("pyspark")
    if wheel.rpartition(".")[0] != SPARK.rpartition(".")[0]:
        raise SystemExit(f"the wheel is Spark {wheel}, the Kafka source {SPARK}")
    return tuple(each for each in resolve(context, [SPARK_SOURCE]) if each.group not in OF_THE_WHEEL)


def write(path: Path, lock: Lock) -> None:
    """Write a lock file, and say what is in it."""
    path.write_bytes(msgspec.json.format(msgspec.json.encode(lock), indent=1) + b"\n")
    for server, artifacts in lock.items():
        total = sum(artifact.size for artifact in artifacts)
        sys.stderr.write(f"{server}: {len(artifacts)} jars, {total / 1e6:.1f} MB\n")


def main() -> None:
    """Write the lock files beside this module."""
    context = MavenContext()
    servers: Lock = {server: resolve(context, coordinates) for server, coordinates in ROOTS.items()}
    write(Path(__file__).with_name(LOCK_NAME), servers)
    write(Path(__file__).with_name(SPARK_LOCK_NAME), {"spark": spark_source(context)})
    write(Path(__file__).with_name(KDC_LOCK_NAME), {"kdc": resolve(context, [KDC])})


if __name__ == "__main__":
    main()
