"""Settings for Spark and its executors before an ingest."""

import os
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from healthtrends import __version__
from healthtrends.adapters import failpoints
from healthtrends.adapters.executors.task import TaskSettings
from healthtrends.config import Settings, user_name
from healthtrends.ingest.reject_cipher import PLAIN, RejectCipher

# A message may be a megabyte, and a batch is whole in the memory of Python.
_BATCH_BYTES = 32 * 1024 * 1024
_OWN_JARS = ("spark.jars", "spark.jars.packages")
_OPTION = r"value:\s+\"(\\.|[^\"\\])*\""
"""The value of an option of the source, whichever: Spark may have cut off the end of its key."""
_V1_SOURCES = "avro,csv,json,orc,parquet,text"
"""Spark's default is that with `kafka`, whose older reader turns every row twice into another form."""


def brings_jars(conf: Mapping[str, str]) -> bool:
    """True when the user's settings for Spark name jars, the Kafka source among them or not."""
    return any(conf.get(name) for name in _OWN_JARS)


def staging_conf(conf: Mapping[str, str], jars: Sequence[Path]) -> dict[str, str]:
    """Give the Spark settings of an ingest: its defaults, and over them the user's."""
    return {
        "spark.app.name": "healthtrends ingest",
        "spark.jars": ",".join(map(str, jars)),
        "spark.pyspark.python": sys.executable,
        "spark.sql.execution.arrow.maxBytesPerBatch": str(_BATCH_BYTES),
        # What Spark's UI and event log tell of a plan holds the options of the Kafka source.
        "spark.sql.redaction.string.regex": _OPTION,
        "spark.sql.sources.useV1SourceList": _V1_SOURCES,
        # One range stays one task.
        "spark.sql.unionOutputPartitioning": "false",
        **conf,
    }


def task_settings(
    settings: Settings,
    key: bytes | None,
    opted_out: Collection[str] = (),
    reader_schema: str | None = None,
    cipher: RejectCipher = PLAIN,
) -> TaskSettings:
    """Make what goes to the executors, with keys, opt-out list and schema: their files are here."""
    return TaskSettings(
        program_version=__version__,
        user=os.environ.get("HADOOP_USER_NAME") or user_name("Spark"),
        topic=settings.kafka.topic,
        hdfs=settings.hdfs,
        batch_records=settings.ingest.batch_records,
        reject_bytes=settings.rejects.keep_bytes,
        batch_dates=settings.ingest.batch_dates,
        batch_bytes=settings.ingest.batch_bytes,
        future_days=settings.ingest.future_days,
        max_message_bytes=settings.ingest.max_message_bytes,
        source=settings.source,
        reader_schema=reader_schema,
        key=key,
        cipher=RejectCipher(cipher.key, cipher.seals),  # as new: what it has derived cannot be sent
        opted_out=tuple(opted_out),
        failpoint=os.environ.get(failpoints.VARIABLE),
    )
