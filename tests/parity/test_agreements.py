"""What Spark and Sail do alike, so that the code may use it: a list in docs/explanation/engines.md."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F  # noqa: N812  its name everywhere
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Window

from tests.parity.engine_queries import REFUSED, Both, rows, sql

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


def of(*data: tuple[Any, ...], schema: str, ask: "Callable[[DataFrame], DataFrame]") -> "Callable[..., Any]":
    """Rows of what `ask` makes of a frame, in any order."""
    return lambda session: sorted(rows(ask(session.createDataFrame(list(data), schema))), key=repr)


VISITS = [("E11", "p", 40), ("E11", "q", 41), ("J45", "p", 40), ("J45", "p", None)]
ASTRAL = [("\U0001f600",), ("\ufffd",), ("a",), ("B",), ("\u00e4",), (None,)]


def _visits(ask: "Callable[[DataFrame], DataFrame]") -> "Callable[..., Any]":
    return of(*VISITS, schema="code string, patient string, age int", ask=ask)


def _newest_first(frame: "DataFrame") -> "DataFrame":
    newest = Window.partitionBy("code").orderBy(F.col("age").desc(), "patient")
    return frame.withColumn("rank", F.row_number().over(newest))


def _is_absent(thing: Callable[[], object]) -> bool:
    try:
        thing()
    except PySparkException:
        return True
    return False


AGREED: "dict[str, Callable[[SparkSession], Any]]" = {
    "window functions": _visits(_newest_first),
    "`max_by`": _visits(lambda frame: frame.groupBy("code").agg(F.max_by("patient", "age"))),
    "rollup": _visits(lambda frame: frame.rollup("code", "patient").agg(F.count("age"))),
    "cube": _visits(lambda frame: frame.cube("code", "patient").agg(F.count("age"))),
    "exact distinct counts": _visits(lambda frame: frame.groupBy("code").agg(F.count_distinct("patient"))),
    "exact `percentile` and `median`": _visits(
        lambda frame: frame.agg(F.percentile("age", 0.4), F.median("age"))
    ),
    "semi and anti joins": _visits(
        lambda frame: frame.join(frame.where("age = 41").select("patient"), "patient", "left_anti")
    ),
    "bits of a group by `bit_or`": _visits(lambda frame: frame.groupBy("code").agg(F.bit_or("age"))),
    "`hll_sketch_agg`": _visits(
        lambda frame: frame.agg(F.hll_sketch_estimate(F.hll_sketch_agg("patient")))
    ),
    "`try_divide`": sql("try_divide(1, 0)"),
    "`sha2`, `md5`, `hash` and `xxhash64`": sql(
        "concat_ws(' ', sha2('a', 256), md5('a'), hash('a'), xxhash64('a'))"
    ),
    "the order of text, by code point, nulls first": lambda session: rows(
        session.createDataFrame(ASTRAL, "text string").orderBy("text")
    ),
    "letters beyond 16 bits in `length`, `substring` and `rpad`": sql(
        "struct(length('\U0001d538b'), substring('\U0001d538b', 2, 1), rpad('\U0001d538', 3, '0'))"
    ),
    "`upper` and `lower`": sql("array(upper('\u00df\u0131'), lower('\u0130'))"),
    "the type of sums, counts and quotients": sql("array(typeof(sum(1)), typeof(count(1)), typeof(1 / 3))"),
    "times within a day, cast from text": sql("cast(timestamp'2025-12-22T08:30:00.5+05:30' as string)"),
    "no `rdd` and no `sparkContext`": lambda session: [
        _is_absent(lambda: session.sparkContext), _is_absent(lambda: session.range(1).rdd)
    ],
}  # fmt: skip


@pytest.mark.parametrize("same", AGREED)
def test_the_same_on_both(both: Both, same: str) -> None:
    """What the code may use freely."""
    spark, sail = both(AGREED[same])
    assert spark == sail
    assert spark != REFUSED
