"""How each system is started on the same broker, topic and HDFS, as one command that ends by itself."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from kit.measure import Measured, cli, command, process
from kit.servers import Servers

from healthtrends.adapters.executors.kafka_options import java_options
from healthtrends.config import cache
from healthtrends.devstack import artifacts, jar_download
from healthtrends.devstack.java import find_java, spark_java_home

HERE = Path(__file__).parent
SPARK_SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
    "spark.sql.session.timeZone": "UTC",
}
NAIVE = "json.loads consumer"
PEERS = ("Spark", "Flink", "Spark, quick close", "Flink, quick close", NAIVE)
# A Java client that closes a file asks whether its last block is stored, and asks again after 400 ms.
QUICK_CLOSE = {"dfs.client.block.write.locateFollowingBlock.initial.delay.ms": "20"}


@dataclass(frozen=True, slots=True)
class System:
    """One way from the topic to date folders."""

    name: str
    run: Callable[[str, str], Measured]
    """Takes topic and root; the whole process."""
    data: str
    """Where its records lie below the root."""


def systems(servers: Servers, work: Path) -> list[System]:
    """Ours first, then the peers as they come and with a quicker HDFS client; fetches their jars.

    `work` is a folder for configuration files.
    """
    lock = fetched()
    hadoop = artifacts.class_path(cache(), artifacts.load_lock()["hdfs"])
    spark_jars = artifacts.class_path(cache(), lock["spark"])
    flink_jars = [*artifacts.class_path(cache(), lock["flink"]), *hadoop]
    as_is = servers.addresses.hadoop_conf
    plain = peer_environ(servers, as_is, work)
    quick = peer_environ(servers, quick_conf(as_is, work / "hadoop-conf"), work)
    runs = [
        spark(servers, plain, spark_jars),
        flink(servers, plain, flink_jars),
        spark(servers, quick, spark_jars),
        flink(servers, quick, flink_jars),
        naive(servers),
    ]
    own = System("HealthTrends", lambda topic, root: ours(servers, topic, root), "patient_json")
    return [own, *(System(name, run, "data") for name, run in zip(PEERS, runs, strict=True))]


def fetched() -> artifacts.Lock:
    """Locked jars of the peers, by peer; they are in the cache."""
    own = msgspec.json.decode((HERE / artifacts.LOCK_NAME).read_bytes(), type=artifacts.Lock)
    lock = own | artifacts.load_lock(artifacts.SPARK_LOCK_NAME)
    jar_download.fetch(cache(), lock)
    return lock


def ours(servers: Servers, topic: str, root: str) -> Measured:
    """`healthtrends ingest`, as anybody would run it."""
    return cli("ingest", "--json", environ=servers.environ(topic, root))


def spark(
    servers: Servers,
    environ: Mapping[str, str],
    paths: list[Path],
    script: str = "spark_ingest.py",
    *more: str,
) -> Callable[[str, str], Measured]:
    """`spark-submit` on all cores of this machine, everything in one Java process; `more` for the script."""
    settings = [part for item in SPARK_SETTINGS.items() for part in ("--conf", "=".join(item))]
    submit = [str(Path(sys.executable).with_name("spark-submit")), "--master", "local[*]", *settings]
    submit += ["--jars", ",".join(map(str, paths)), str(HERE / script)]
    where = servers.addresses

    def run(topic: str, root: str) -> Measured:
        return command([*submit, where.bootstrap_servers, topic, where.hdfs_url, root, *more], environ)

    return run


def flink(servers: Servers, environ: Mapping[str, str], paths: list[Path]) -> Callable[[str, str], Measured]:
    """All of Flink in one Java process."""
    where = servers.addresses

    def run(topic: str, root: str) -> Measured:
        given = [where.bootstrap_servers, topic, where.hdfs_url, root]
        return process([str(HERE / "flink_ingest.py"), *given, *map(str, paths)], environ)

    return run


def naive(servers: Servers) -> Callable[[str, str], Measured]:
    """One Python process."""
    where = servers.addresses
    environ = os.environ | {
        "PYTHONDONTWRITEBYTECODE": "",
        "KAFKA_CLIENT_FILE": str(where.kafka_client_file),
    }

    def run(topic: str, root: str) -> Measured:
        given = [where.bootstrap_servers, topic, where.hdfs_url, root]
        return process([str(HERE / "naive_ingest.py"), *given], environ)

    return run


def peer_environ(servers: Servers, hadoop_conf: Path, work: Path) -> dict[str, str]:
    """The environment of a peer: Java, Python, and the client configuration of HDFS and Kafka."""
    client = work / "kafka-client.json"
    options = java_options(servers.addresses.bootstrap_servers, servers.addresses.kafka_client)
    client.write_bytes(msgspec.json.encode({k.removeprefix("kafka."): v for k, v in options.items()}))
    return os.environ | {
        "KAFKA_CLIENT_JSON": str(client),
        "HADOOP_CONF_DIR": str(hadoop_conf),
        "JAVA_HOME": str(spark_java_home(find_java(), work / "java")),
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }


def quick_conf(conf: Path, copy: Path) -> Path:
    """A copy of the HDFS client configuration with QUICK_CLOSE in it."""
    shutil.copytree(conf, copy)
    file = copy / "hdfs-site.xml"
    more = "".join(f"<property><name>{k}</name><value>{v}</value></property>" for k, v in QUICK_CLOSE.items())
    text = file.read_text(encoding="utf-8").replace("</configuration>", f"{more}</configuration>")
    file.write_text(text, encoding="utf-8")
    return copy
