"""The daily job in Spark alone: the topic into date folders on HDFS, then a date's trends as a CSV there.

One driver for both, so that Java starts once: the query of `spark_ingest`, then what Spark's guides show for
a batch: read the date's folder with a schema, two groupings, one CSV file.

    spark-submit --jars JARS benchmarks/systems/spark_daily.py BOOTSTRAP_SERVERS TOPIC HDFS_URL ROOT DATE
"""

import sys

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
from spark_ingest import FIELDS, ingest


def main() -> None:
    """Ingest to the topic's present end, then report."""
    bootstrap, topic, url, root, date = sys.argv[1:]
    session = SparkSession.builder.getOrCreate()
    ingest(session, bootstrap, topic, f"{url}{root}")
    lines = session.read.schema(FIELDS).json(f"{url}{root}/data/date={date}")
    report = trends(lines).coalesce(1).write.mode("overwrite").option("header", "true")
    report.csv(f"{url}{root}/reports/trend_summary/date={date}")
    session.stop()


def trends(lines: DataFrame) -> DataFrame:
    """Columns of `trend_summary`: patients, their mean age, the share of men among men and women."""
    named = F.when(F.col("gender") != "U", F.col("gender"))
    patients = lines.groupBy("diagnosis_code", "patient_id").agg(
        F.max("age").alias("age"), F.min(named).alias("one"), F.max(named).alias("other")
    )
    settled = F.when(F.col("one") == F.col("other"), F.col("one"))
    men, women = (F.count(F.when(settled == gender, 1)) for gender in ("M", "F"))
    return (
        patients.groupBy(F.col("diagnosis_code").alias("diagnosis"))
        .agg(
            F.count(F.lit(1)).alias("count"),
            F.round(F.avg("age"), 2).alias("avg_age"),
            F.round(F.try_divide(men, men + women), 4).alias("gender_ratio"),
        )
        .orderBy(F.desc("count"), "diagnosis")
    )


if __name__ == "__main__":
    main()
