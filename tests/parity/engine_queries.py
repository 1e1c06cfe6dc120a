"""The same question to Spark and to Sail, each in its own session."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyspark.errors import PySparkException

from tests.parity.engines import Engines

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Both = Callable[[Callable[[Any], Any]], tuple[Any, Any]]
LINE = '{"text":"x","number":1}'
SCHEMA = "text string, number int"
REFUSED = "refused"


def ask(engines: Engines, question: "Callable[[SparkSession], Any]") -> tuple[Any, Any]:
    """Give Spark's answer and Sail's, REFUSED for an error."""
    spark, sail = (_answer(question, engines[name].session()) for name in ("spark", "embedded"))
    return spark, sail


def _answer(question: "Callable[[SparkSession], Any]", session: "SparkSession") -> object:
    try:
        return question(session)
    except PySparkException:
        return REFUSED


def rows(frame: "DataFrame") -> list[tuple[Any, ...]]:
    """All rows."""
    return [tuple(row) for row in frame.collect()]


def read(session: "SparkSession", url: str, schema: str = SCHEMA, **options: str) -> list[tuple[Any, ...]]:
    """Rows of a file of JSON lines."""
    return rows(session.read.schema(schema).options(**options).json(url))


def strictly(url: str, schema: str = SCHEMA) -> "Callable[[SparkSession], Any]":
    """Read as the product does: what cannot be read is an error."""
    return lambda session: read(session, url, schema, mode="FAILFAST")


def sql(expression: str) -> "Callable[[SparkSession], Any]":
    """Value of an expression."""
    return lambda session: rows(session.sql(f"select {expression}"))[0][0]
