"""Reads record files with a session of PySpark: the engines' way, and that of the read API."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze.line_schema import LINE_SCHEMA

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def read_lines(session: "SparkSession", files: Sequence[str], schema: str = LINE_SCHEMA) -> "DataFrame":
    """Read JSON lines; one that is no JSON is an error, not a row of nulls as is Spark's custom.

    `files` are full URLs; without any, the frame has no rows.
    """
    if not files:
        return session.createDataFrame([], schema)
    return session.read.schema(schema).option("mode", "FAILFAST").json(list(files))
