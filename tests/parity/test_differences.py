"""What Spark and Sail do differently, as versions now are: each test is a row of docs/explanation/engines.md.

A test that fails here is news of a version: one engine has changed, and the rule of that row can go or must
be looked at again. The code follows the rules, so no report depends on any of these.
"""

import math
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyspark.sql.functions as F  # noqa: N812  its name everywhere

from tests.parity.conftest import Write
from tests.parity.engine_queries import LINE, REFUSED, SCHEMA, Both, read, rows, sql, strictly
from tests.parity.engines import ZONE

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def test_a_line_that_is_no_json(both: Both, write: Write) -> None:
    """Spark makes a row of nulls of it unless it is told not to; Sail always fails."""
    url = write([LINE, "nonsense"])
    assert both(lambda session: read(session, url)) == ([("x", 1), (None, None)], REFUSED)
    assert both(strictly(url)) == (REFUSED, REFUSED)


def test_a_missing_file(both: Both, tmp_path: Path) -> None:
    """An error to Spark, no rows to Sail."""
    assert both(strictly(f"file://{tmp_path}/none.jsonl")) == (REFUSED, [])


def test_a_number_in_a_string(both: Both, write: Write) -> None:
    """Null or an error to Spark, the number to Sail."""
    url = write(['{"text":"x","number":"41"}'])
    assert both(lambda session: read(session, url)) == ([("x", None)], [("x", 41)])
    assert both(strictly(url)) == (REFUSED, [("x", 41)])


def test_a_fraction_in_a_whole_column(both: Both, write: Write) -> None:
    """Sail cuts it off."""
    assert both(strictly(write(['{"text":"x","number":41.5}']))) == (REFUSED, [("x", 41)])


def test_a_number_in_a_text_column(both: Both, write: Write) -> None:
    """Spark writes it as text."""
    assert both(strictly(write(['{"text":41,"number":1}']))) == ([("41", 1)], REFUSED)


def test_two_objects_in_one_line(both: Both, write: Write) -> None:
    """Spark leaves out the second without a word."""
    assert both(strictly(write([f"{LINE} {LINE}"]))) == ([("x", 1)], [("x", 1), ("x", 1)])


def test_a_key_in_another_case(both: Both, write: Write) -> None:
    """Another key to Spark, the same to Sail."""
    assert both(strictly(write(['{"TEXT":"x","number":1}']))) == ([(None, 1)], [("x", 1)])


def test_a_byte_order_mark(both: Both, write: Write) -> None:
    """Spark skips it."""
    assert both(strictly(write([f"\ufeff{LINE}"]))) == ([("x", 1)], REFUSED)


def test_a_leap_second(both: Both, write: Write) -> None:
    """No time to Spark, the next minute to Sail."""
    spark, sail = both(strictly(write(['{"at":"2025-12-22T23:59:60Z"}']), "at timestamp"))
    assert (spark, sail[0][0].isoformat()) == (REFUSED, "2025-12-23T00:00:00")


def strictly_counted(path: str) -> "Callable[[SparkSession], Any]":
    """How many lines are read."""
    return lambda session: len(read(session, path))


def test_a_star_in_a_path(both: Both, tmp_path: Path) -> None:
    """Nothing fits it in Sail."""
    _partition(tmp_path)
    assert both(strictly_counted(f"file://{tmp_path}/date=*/*.jsonl")) == (1, 0)


def test_an_escape_in_a_path(both: Both, tmp_path: Path) -> None:
    """Sail reads another folder than the one that is named."""
    for name, lines in {"a%3Db": 1, "a=b": 2}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "part.jsonl").write_text(f"{LINE}\n" * lines)
    assert both(strictly_counted(f"file://{tmp_path}/a%3Db/part.jsonl")) == (1, 2)


def test_a_partition_column_that_the_schema_leaves_out(both: Both, tmp_path: Path) -> None:
    """Spark adds it, as a date."""
    _partition(tmp_path)
    spark, sail = both(lambda session: session.read.schema(SCHEMA).json(f"file://{tmp_path}").columns)
    assert (spark, sail) == (["text", "number", "date"], ["text", "number"])


def _partition(folder: Path) -> None:
    (folder / "date=2025-12-22").mkdir()
    (folder / "date=2025-12-22" / "part.jsonl").write_text(f"{LINE}\n")


def test_the_file_of_a_row(both: Both, write: Write) -> None:
    """`input_file_name` is Spark's alone."""
    url = write([LINE])
    asked = both(lambda session: rows(session.read.schema(SCHEMA).json(url).select(F.input_file_name())))
    assert asked == ([(url,)], REFUSED)


def test_overwriting_one_partition(both: Both, tmp_path: Path) -> None:
    """Spark keeps the others, Sail deletes them."""

    def left(session: "SparkSession") -> list[str]:
        folder = f"{tmp_path}/{session.version}-{id(session)}"
        session.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
        for data in ([("1", "a"), ("2", "b")], [("3", "b")]):
            frame = session.createDataFrame(data, "value string, part string")
            frame.write.partitionBy("part").mode("overwrite").parquet(f"file://{folder}")
        return sorted(path.parent.name for path in Path(folder).glob("part=*/*.parquet"))

    assert both(left) == (["part=a", "part=b"], ["part=b"])


def test_names_of_written_files(both: Both, tmp_path: Path) -> None:
    """Spark numbers them and adds `_SUCCESS`."""

    def names(session: "SparkSession") -> list[str]:
        folder = tmp_path / str(id(session))
        session.range(3).coalesce(1).orderBy("id").write.csv(f"file://{folder}")
        return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))

    spark, sail = both(names)
    assert (spark[0], re.match(r"part-00000-.*\.csv$", spark[1]) is not None) == ("_SUCCESS", True)
    assert [re.fullmatch(r"[A-Za-z0-9]+_0\.csv", name) is not None for name in sail] == [True]


def test_percentile_approx(both: Both) -> None:
    """A value that occurs, or one between two that do."""
    ages = [(1,), (2,)]
    spark, sail = both(
        lambda session: rows(session.createDataFrame(ages, "age int").agg(F.percentile_approx("age", 0.5)))
    )
    assert (spark, sail) == ([(1,)], [(1.5,)])


def test_means_of_fractions(both: Both) -> None:
    """The last digits differ."""
    draw = random.Random(1)
    values = [(draw.random() * 100,) for _ in range(2000)]
    spark, sail = both(
        lambda session: rows(session.createDataFrame(values, "value double").agg(F.avg("value")))
    )
    assert spark != sail
    assert math.isclose(spark[0][0], sail[0][0], rel_tol=1e-12)


def test_rounding_half_to_even(both: Both) -> None:
    """`bround` of a decimal gives a fraction in Sail, rounded half up."""
    assert both(sql("bround(2.5)")) == (2, 3.0)


def test_large_and_small_fractions_as_text(both: Both) -> None:
    """Spelled as Java does, or not."""
    assert both(sql("cast(1e20d as string)")) == ("1.0E20", "1e20")
    assert both(sql("cast(1e-5d as string)")) == ("1.0E-5", "0.00001")


def test_whole_numbers_that_overflow(both: Both) -> None:
    """An error to Spark, the smallest number to Sail, also with ANSI mode on."""
    assert both(sql("cast(2147483647 as int) + 1")) == (REFUSED, -2147483648)


def test_a_seeded_sample(both: Both) -> None:
    """Other rows."""
    spark, sail = both(lambda session: rows(session.range(100).sample(0.3, seed=1)))
    assert spark != sail


def test_the_time_zone_of_a_session_that_sets_none(both: Both) -> None:
    """That of Spark's machine, UTC in Sail."""

    def zone(session: "SparkSession") -> str:
        session.conf.unset("spark.sql.session.timeZone")
        try:
            return str(rows(session.sql("select current_timezone()"))[0][0])
        finally:
            session.conf.set("spark.sql.session.timeZone", "UTC")

    assert both(zone) == (ZONE, "UTC")


def test_a_distinct_count_beside_a_percentile(both: Both, write: Write) -> None:
    """Spark holds a list of ages for each patient, and merges all these; Sail one for each code."""
    url = write(['{"text":"x","number":1}'])

    def groupings(session: "SparkSession") -> list[str]:
        frame = session.read.schema("code string, patient string, age int").json(url)
        both_at_once = frame.groupBy("code").agg(F.count_distinct("patient"), F.median("age"))
        plan = both_at_once._explain_string()  # type: ignore[operator]  # no part of the typed interface
        return re.findall(r"keys=\[(?:code#\d+, patient#\d+)\], functions=\[(merge_percentile)", plan)

    assert both(groupings) == (["merge_percentile"] * 1, [])


def test_when_with_otherwise_used_again(both: Both, write: Write) -> None:
    """Some of these plans fail in Sail, which takes the column for one without nulls; `coalesce` does not."""
    url = write(['{"patient":"p","gender":"M"}', '{"patient":"q","gender":"F"}', '{"patient":"q"}'])

    def men(session: "SparkSession", settled: Any) -> list[tuple[Any, ...]]:  # noqa: ANN401  a Column
        frame = session.read.schema("patient string, gender string").json(url)
        patients = frame.groupBy("patient").agg(settled.alias("gender"))
        return rows(patients.agg(F.count(F.when(F.col("gender") == "M", 1))))

    agreed = F.when(F.min("gender") == F.max("gender"), F.max("gender"))
    assert both(lambda session: men(session, agreed.otherwise("U"))) == ([(1,)], REFUSED)
    assert both(lambda session: men(session, F.coalesce(agreed, F.lit("U")))) == ([(1,)], [(1,)])


def test_the_greatest_of_structs_with_text(both: Both) -> None:
    """Sail asks for gigabytes for 10,000 groups, and is refused them; not for every kind of text."""

    def found(session: "SparkSession") -> list[tuple[Any, ...]]:
        text = F.col("id").cast("string")
        each = session.range(10_000).select(text.alias("key"), F.md5(text).alias("a"), F.md5(text).alias("b"))
        greatest = each.groupBy("key").agg(F.max(F.struct("a", "b")).alias("greatest"))
        return rows(greatest.agg(F.count("greatest")))

    assert both(found) == ([(10_000,)], REFUSED)


def test_persist(both: Both, tmp_path: Path) -> None:
    """Spark holds the rows, Sail reads them again."""

    def seen(session: "SparkSession") -> tuple[int, int]:
        path = tmp_path / f"{id(session)}.jsonl"
        path.write_text(f"{LINE}\n")
        frame = session.read.schema(SCHEMA).json(f"file://{path}").persist()
        before = frame.count()
        path.write_text(f"{LINE}\n{LINE}\n")
        after = frame.count()
        frame.unpersist()
        return before, after

    assert both(seen) == ((1, 1), (1, 2))
