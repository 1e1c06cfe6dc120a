"""Delta tables on a real HDFS: written by a command, read by DuckDB and Spark, as of each release."""

import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import msgspec
import pytest
from deltalake import DeltaTable

from healthtrends.config import cache
from healthtrends.devstack.artifacts import Lock, class_path
from healthtrends.devstack.jar_download import fetch
from healthtrends.devstack.java import find_java, spark_java_home

pytestmark = pytest.mark.long

DAY = "2025-12-22"
FIRST, SECOND = "2025-12-26T12:00:00.000+00:00", "2025-12-28T12:00:00.000+00:00"
_LOCK = Path(__file__).with_name("delta_spark.lock.json")
_SPARK = """
import json, sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[1]")
conf = {
    "spark.jars": sys.argv[1],
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1", "spark.sql.shuffle.partitions": "1",
    "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
}
for name, value in conf.items():
    builder = builder.config(name, value)
session = builder.getOrCreate()
for version in sys.argv[3:]:
    table = session.read.format("delta").option("versionAsOf", version).load(sys.argv[2])
    print(json.dumps([[str(r["date"]), r["release"], r["diagnosis"], r["count"]] for r in table.collect()]))
"""


def send(cli, first: int, count: int) -> None:
    """Records of so many people with one code."""
    lines = [
        {
            "patient_id": f"synthetic-{number}", "age": 40, "gender": "MF"[number % 2],
            "diagnosis_code": "E11", "visit_date": DAY, "treatment_code": "T1", "outcome": "ongoing",
        }
        for number in range(first, first + count)
    ]  # fmt: skip
    assert cli("produce", "-", stdin=b"".join(json.dumps(line).encode() + b"\n" for line in lines)).code == 0


def release(cli, moment: str) -> None:
    for command in (("run", DAY), ("release", DAY, "--re-release")):
        done = cli(*command, HEALTHTRENDS_NOW=moment)
        assert done.code == 0, done.err


@pytest.fixture
def twice(cli_on_stack):
    """A date that was released with 30 people, and again with 60; the tables have the first release."""
    send(cli_on_stack, 0, 30)
    release(cli_on_stack, FIRST)
    assert cli_on_stack("delta", "write").code == 0
    send(cli_on_stack, 30, 30)
    release(cli_on_stack, SECOND)
    return cli_on_stack


def test_tables_on_hdfs_are_read_as_of_each_release(twice, stack):
    """By DuckDB and by Spark; which version that is, the command says."""
    done = twice("delta", "write", "--json")
    assert done.code == 0, done.err
    document = done.document()
    assert {each["written"] for each in document["tables"]} == {1}
    url = f"{document['place']}/trend_summary"
    assert url == f"{stack.hdfs_url}{twice.environ['HEALTHTRENDS_HDFS__ROOT']}/release_delta/trend_summary"
    assert [in_duckdb(url, stack, version) for version in (0, 1, 2)] == [
        [], [(dt.date(2025, 12, 22), 1, "E11", 30)], [(dt.date(2025, 12, 22), 2, "E11", 60)],
    ]  # fmt: skip
    assert in_spark(url, 1, 2) == [[[DAY, 1, "E11", 30]], [[DAY, 2, "E11", 60]]]
    found = {
        moment: [each["version"] for each in listed(twice, moment)]
        for moment in ("2025-12-25", "2025-12-27", "2025-12-28T11:59:59Z", "2025-12-28")
    }
    assert found == {"2025-12-25": [], "2025-12-27": [1], "2025-12-28T11:59:59Z": [1], "2025-12-28": [2]}
    assert twice("delta", "write").out.startswith("trend_summary: 0 new versions\n")


def listed(cli, moment: str) -> list[dict[str, object]]:
    return cli("delta", "list", "--as-of", moment, "--json").document()["versions"]


def in_duckdb(url, stack, version):
    """Rows as DuckDB reads them over Arrow."""
    table = DeltaTable(url, version=version, storage_options=stack.hdfs_client)
    found = duckdb.from_arrow(table.to_pyarrow_dataset())
    return found.project("date, release, diagnosis, count").fetchall()


def in_spark(url, *versions):
    """Rows of each version as Spark reads them, with the jars of Delta."""
    lock = msgspec.json.decode(_LOCK.read_bytes(), type=Lock)
    fetch(cache(), lock)
    jars = ",".join(map(str, class_path(cache(), lock["delta"])))
    command = [sys.executable, "-c", _SPARK, jars, url, *map(str, versions)]
    done = subprocess.run(command, env=spark_environ(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[[")]


def spark_environ():
    return {**os.environ, "JAVA_HOME": str(spark_java_home(find_java(), Path(tempfile.mkdtemp())))}


def test_a_folder_of_this_machine_and_a_run_that_writes_by_itself(twice):
    """Both hold the same versions; the run has released nothing new."""
    folder = twice.folder / "tables"
    assert twice("delta", "write", "--to", str(folder)).code == 0
    table = DeltaTable(str(folder / "trend_summary"))
    assert [row["count"] for row in table.to_pyarrow_table().to_pylist()] == [60]
    settings = {"HEALTHTRENDS_DELTA__ENABLED": "true", "HEALTHTRENDS_RELEASE__ENABLED": "true"}
    assert twice("run", DAY, HEALTHTRENDS_NOW=SECOND, **settings).code == 0
    assert twice("delta", "list", "--json").document()["versions"] == [
        {"version": 1, "date": DAY, "release": 1, "issue": 1, "published_at": FIRST},
        {"version": 2, "date": DAY, "release": 2, "issue": 2, "published_at": SECOND},
    ]
    vacuumed = twice("delta", "vacuum", "--json").document()
    assert (vacuumed["keep_days"], set(vacuumed["deleted"].values())) == (365, {0})
