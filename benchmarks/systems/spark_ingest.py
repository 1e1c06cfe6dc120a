"""Spark Structured Streaming from the topic into date folders on HDFS, up to the topic's present end.

What Spark's own guides show for it: Kafka source, `from_json`, text sink by date, available-now, checkpoint
on HDFS (source positions and the sink's file list: exactly once). A record that fails a check is dropped, for
a query has one sink.

    spark-submit --jars JARS benchmarks/systems/spark_ingest.py BOOTSTRAP_SERVERS TOPIC HDFS_URL ROOT
"""

import json
import os
import sys
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everybody calls it

NAMES = ("patient_id", "age", "gender", "diagnosis_code", "visit_date", "treatment_code", "outcome")
FIELDS = ", ".join(f"{name} {'int' if name == 'age' else 'string'}" for name in NAMES)
CODE = r"^[A-Z][0-9][0-9A-Z](\.?[0-9A-Z]{1,4})?\z"


def main() -> None:
    """Run the query to its end."""
    bootstrap, topic, url, root = sys.argv[1:]
    session = SparkSession.builder.getOrCreate()
    ingest(session, bootstrap, topic, f"{url}{root}")
    session.stop()


def ingest(session: SparkSession, bootstrap: str, topic: str, root: str) -> None:
    """From the topic, up to its present end, into `root`."""
    store(lines(messages(session, bootstrap, topic)), "text", root)


def messages(session: SparkSession, bootstrap: str, topic: str) -> DataFrame:
    """All messages of the topic, as a stream."""
    return (
        session.readStream.format("kafka")
        .option("kafka.bootstrap.servers", bootstrap)
        .options(**kafka_client())
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("failOnDataLoss", "true")
        .load()
    )


def store(rows: DataFrame, file_format: str, root: str) -> None:
    """Write what has come by now into folders by `date`, and wait until it is there."""
    query = (
        rows.writeStream.format(file_format)
        .partitionBy("date")
        .option("checkpointLocation", f"{root}/checkpoint")
        .trigger(availableNow=True)
        .start(f"{root}/data")
    )
    query.awaitTermination()


def kafka_client() -> dict[str, str]:
    """Options of the source from a file: they hold a password."""
    found = json.loads(Path(os.environ["KAFKA_CLIENT_JSON"]).read_text(encoding="utf-8"))
    return {f"kafka.{key}": value for key, value in found.items()}


def lines(messages: DataFrame) -> DataFrame:
    """One row per valid message: `date` and `value`, the JSON line."""
    record = F.from_json(F.col("value").cast("string"), FIELDS).alias("record")
    records = messages.select(record).select("record.*")
    records = records.withColumn("diagnosis_code", F.upper("diagnosis_code"))
    return records.where(valid()).select(
        F.col("visit_date").alias("date"),
        F.to_json(F.struct(*(settled(name) for name in NAMES))).alias("value"),
    )


def valid() -> Column:
    """The rules for single values; a null, also of a value of another type, fulfils none."""
    date, tomorrow = F.col("visit_date"), F.date_add(F.current_date(), 1)
    day = date.try_cast("date")
    return (
        text("patient_id", 64)
        & F.col("age").between(0, 130)
        & F.col("gender").isin("M", "F", "O", "U")
        & F.col("diagnosis_code").rlike(CODE)
        & (day.cast("string") == date)  # a real day, and spelled as it must be
        & day.between(F.lit("1900-01-01").cast("date"), tomorrow)
        & text("treatment_code", 32)
        & F.col("outcome").isin("recovered", "ongoing", "deceased")
    )


def text(name: str, longest: int) -> Column:
    """Length in code points, no control characters, no white space outside."""
    return F.col(name).rlike(rf"^(?!\s)\P{{Cc}}{{1,{longest}}}(?<!\s)\z")


def settled(name: str) -> Column:
    """The column as it is stored: a diagnosis with its dot."""
    column = F.col(name)
    if name != "diagnosis_code":
        return column
    dotted = F.concat(column.substr(1, 3), F.lit("."), column.substr(4, 4))
    lacks_dot = (F.length(column) > 3) & (column.substr(4, 1) != ".")
    return F.when(lacks_dot, dotted).otherwise(column).alias(name)


if __name__ == "__main__":
    main()
