"""Sessions of PySpark: records of a date as a DataFrame, and the tables that `sql` makes."""

import json
from contextlib import ExitStack

import pytest

from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.spark import SparkEngine
from healthtrends.devstack.java import find_java, spark_java_home
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.sql_tables import statements
from healthtrends.read import Data
from healthtrends.reports.registry import schemas
from tests.unit.test_cubes import LAST, Counting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def sail(tmp_path_factory):
    """Session of the embedded engine."""
    engine = EmbeddedEngine(EngineOptions(work=tmp_path_factory.mktemp("sail")))
    yield engine.session()
    engine.close()


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    """Session of Apache Spark."""
    folder = tmp_path_factory.mktemp("spark")
    java = spark_java_home(find_java(), folder / "java")
    conf = {"spark.sql.warehouse.dir": str(folder / "warehouse"), "spark.ui.enabled": "false"}
    engine = SparkEngine(EngineOptions(name="spark", java_home=java, work=folder / "work", spark_conf=conf))
    yield engine.session()
    engine.close()


@pytest.fixture
def corrected(tmp_path):
    """A date with a record that was corrected once, and one that was cancelled."""
    place = Counting(tmp_path, None)
    place.where = {"kafka": {}, "stack": {}, "hdfs": {"url": f"file://{tmp_path}"}}
    fields = {
        "patient_id": "P", "age": 4, "gender": "F", "diagnosis_code": "E11", "visit_date": str(LAST),
        "treatment_code": "T", "outcome": "ongoing", "record_id": "one",
        "recorded_at": "2025-12-22T08:00:00Z",
    }  # fmt: skip
    later = {"recorded_at": "2025-12-22T09:00:00Z"}
    place.send(
        json.dumps(fields | each)
        for each in (
            {}, {"age": 5} | later, {"record_id": "two"}, {"record_id": "two", "status": "cancelled"} | later,
        )
    )  # fmt: skip
    place.run([LAST])
    yield place
    place.close()


def ages(session, place, **how):
    with Data(Pipeline(place), ExitStack()) as data:
        frame = data.spark(session).records(LAST, **how)
        return sorted(row.age for row in frame.select("age").collect() if row.age is not None)


def test_a_session_reads_the_stored_lines_or_those_that_count(sail, corrected):
    """Corrected once: two lines, and the later counts; a cancelled one does not."""
    assert ages(sail, corrected) == [4, 4, 5]
    assert ages(sail, corrected, resolved=True) == [5]


def test_a_date_without_records_is_a_frame_without_rows(sail, data):
    """With the same columns."""
    frame = data.spark(sail).records("2020-01-01")
    assert frame.count() == 0
    assert frame.columns == data.spark(sail).records(LAST).columns


@pytest.mark.long
def test_spark_makes_the_tables_and_reads_the_rows_of_the_reports(spark, place, data):
    """Every report of both dates; and the records of a date."""
    for each in statements("spark", f"file://{place.folder}/r", released=False):
        spark.sql(each)
    for name, schema in schemas().items():
        columns = [column.name for column in schema.columns if column.name != "date"]
        found = spark.table(f"internal_{name}").where(f"date = '{LAST}'").select(*columns)
        report = data._pipeline.published.read(data._pipeline.published.issue(LAST), name)
        expected = [tuple(record[column] for column in columns) for record in report.records()]
        assert sorted(map(str, map(tuple, found.collect()))) == sorted(map(str, expected)), name
    assert data.spark(spark).records(LAST).count() == 40
