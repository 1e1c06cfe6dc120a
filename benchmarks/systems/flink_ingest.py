"""Run `flink_ingest.sql` in one Java process with all of Flink in it, to the job's end.

Flink's SQL client is not needed for it: the statements go to a `TableEnvironment` through Py4J, as with
Flink's own Python package.

    python benchmarks/systems/flink_ingest.py BOOTSTRAP_SERVERS TOPIC HDFS_URL ROOT JAR...
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

from py4j.java_gateway import (  # type: ignore[import-untyped]
    GatewayParameters,
    JavaGateway,
    launch_gateway,
)

from healthtrends.devstack.java import find_java

SCRIPT = Path(__file__).with_suffix(".sql")
LOG4J = Path(__file__).with_name("log4j.properties")
# What Java 17 keeps from Flink's serialisers unless told.
OPENED = ("lang", "lang.reflect", "net", "io", "nio", "text", "time", "util", "util.concurrent")


def main() -> None:
    """Start Java, run the statements, wait for the job."""
    bootstrap, topic, url, root, *jars = sys.argv[1:]
    words = {
        "bootstrap": bootstrap,
        "topic": topic,
        "url": url,
        "root": root,
        "cores": str(len(os.sched_getaffinity(0))),
        "client": "".join(f"  'properties.{key}' = '{value}',\n" for key, value in kafka_client().items()),
    }
    with tempfile.TemporaryDirectory(prefix="ht-flink-") as work:
        java, process = started(jars, work)
        run(SCRIPT.read_text(encoding="utf-8"), words, java)
        java.shutdown()
        if process.stdin:
            process.stdin.close()  # which it waits for
        process.wait()


def started(jars: list[str], work: str) -> tuple[JavaGateway, "subprocess.Popen[bytes]"]:
    """A Java that ends with this process, however that ends."""
    opened = [f"--add-opens=java.base/java.{each}=ALL-UNNAMED" for each in OPENED]
    port, token, process = launch_gateway(
        classpath=":".join([os.environ["HADOOP_CONF_DIR"], *jars]),
        javaopts=[*opened, f"-Djava.io.tmpdir={work}", f"-Dlog4j.configuration={LOG4J.as_uri()}"],
        java_path=str(find_java().java),
        redirect_stderr=sys.stderr,
        die_on_exit=True,
        return_proc=True,
        enable_auth=True,  # who may use the gateway may run code as this user
    )
    return JavaGateway(gateway_parameters=GatewayParameters(port=port, auth_token=token)), process


def kafka_client() -> dict[str, str]:
    """Java's settings of a Kafka client, from a file: they hold a password."""
    found: dict[str, str] = json.loads(Path(os.environ["KAFKA_CLIENT_JSON"]).read_text(encoding="utf-8"))
    return found


def run(script: str, words: Mapping[str, str], gateway: JavaGateway) -> None:
    """Execute the statements one after the other; the last one is the job, waited for."""
    java = gateway.jvm.org.apache.flink
    settings = java.table.api.EnvironmentSettings.newInstance().inStreamingMode().build()
    tables = java.table.api.TableEnvironment.create(settings)
    script = re.sub(r"^\s*--.*\n", "", script, flags=re.MULTILINE)
    # Split first: a value may hold a semicolon.
    statements = [each.strip() for each in script.split(";") if each.strip()]
    *before, insert = [Template(each).substitute(words) for each in statements]
    for statement in before:
        if setting := re.fullmatch(r"SET '(.+)' = '(.+)'", statement):
            tables.getConfig().set(*setting.groups())
        else:
            tables.executeSql(statement)
    getattr(tables.executeSql(insert), "await")()


if __name__ == "__main__":
    main()
