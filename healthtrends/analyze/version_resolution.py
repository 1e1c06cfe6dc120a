"""Version resolution: of several lines of one record one counts, and cancelled ones are left out.

Of one (`patient_id`, `record_id`) the line with the latest `recorded_at` counts, nothing when that
line cancels; on equal times a cancellation wins, then the greater canonical line. A cancelled visit then
cancels its records up to its own `recorded_at`.

Most days hold no such line. `compute_day` looks first, so that those days cost no more.
"""

from typing import TYPE_CHECKING

import pyspark.sql.functions as F  # noqa: N812  its name everywhere
from pyspark.sql import Window

from healthtrends.analyze.line_schema import NAMES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_NOT_IN_TIE = ("patient_id", "visit_date", "status")
"""Equal in all lines of one record of one day, or settled before the text is compared."""


def distinct_lines(lines: "DataFrame") -> "DataFrame":
    """One row, `distinct`: how many different lines there are.

    Lines are told apart by 96 bits of hashes: whole lines as group keys took twice the time, and two of a
    million differing ones fall together once in 10^17 days.
    """
    # A hash skips nulls, so a value could slip into the next column; no stored string is empty.
    values = [F.coalesce(F.col(name).cast("string"), F.lit("")) for name in NAMES]
    distinct = lines.select(F.xxhash64(*values).alias("hash"), F.hash(*values).alias("more")).distinct()
    return distinct.agg(F.count(F.lit(1)).alias("distinct"))


def without_copies(lines: "DataFrame") -> "DataFrame":
    """Give the lines, of equal ones with a `record_id` just one: whoever sends it twice says nothing new."""
    named = lines.where(F.col("record_id").isNotNull()).distinct()
    return named.unionByName(lines.where(F.col("record_id").isNull()))


def distinct_records(lines: "DataFrame") -> "DataFrame":
    """One row, `records`: how many different (`patient_id`, `record_id`) the lines with an id name."""
    named = lines.where(F.col("record_id").isNotNull())
    return named.select("patient_id", "record_id").distinct().agg(F.count(F.lit(1)).alias("records"))


def resolve_versions(lines: "DataFrame") -> "DataFrame":
    """Give the lines that count, with the columns of a data line.

    Safe for every day, and `lines` itself where nothing is to be resolved.
    """
    timed = lines.withColumn("at", instant(F.col("recorded_at")))
    named = timed.where(F.col("record_id").isNotNull())
    unnamed = timed.where(F.col("record_id").isNull())
    active = latest_versions(named).unionByName(unnamed).where(F.col("status").isNull())
    return _without_cancelled_visits(active, unnamed).select(*NAMES)


def latest_versions(named: "DataFrame") -> "DataFrame":
    """One line for each (`patient_id`, `record_id`), cancelled or not.

    Only the few records with several lines are sorted. The shorter `max(struct(...))` over all of them
    took Sail more than 20 GB for a million.
    """
    contested = (
        named.groupBy(F.col("patient_id").alias("of_patient"), F.col("record_id").alias("of_record"))
        .agg(F.count(F.lit(1)).alias("versions"))
        .where("versions > 1")
    )
    same = (F.col("patient_id") == F.col("of_patient")) & (F.col("record_id") == F.col("of_record"))
    cancels = F.col("status").isNotNull().cast("int")
    newest_first = Window.partitionBy("patient_id", "record_id").orderBy(
        F.col("at").desc(), cancels.desc(), canonical_text().desc()
    )
    several = named.join(contested, same, "left_semi").withColumn("rank", F.row_number().over(newest_first))
    return named.join(contested, same, "left_anti").unionByName(several.where("rank = 1").drop("rank"))


def _without_cancelled_visits(active: "DataFrame", unnamed: "DataFrame") -> "DataFrame":
    """Leave out the records whose visit was taken back at or after their own time."""
    to_cancellation = (
        unnamed.where(F.col("status").isNotNull())
        .groupBy(F.col("patient_id").alias("of_patient"), F.col("visit_id").alias("of_visit"))
        .agg(F.max("at").alias("until"))
    )
    same_visit = (F.col("patient_id") == F.col("of_patient")) & (F.col("visit_id") == F.col("of_visit"))
    return active.join(to_cancellation, same_visit, "left").where(
        F.col("until").isNull() | (F.col("at") > F.col("until"))
    )


def instant(recorded_at: "Column") -> "Column":
    """Bring a UTC time to 26 characters, so that the order of strings is the order of times.

    As stored, `08:30:00.5Z` sorts before `08:30:00Z`. Strings rather than timestamps: each engine parses
    times in its own way, and none parses 23:59:60.
    """
    fraction = F.rpad(F.substring(F.translate(recorded_at, "Z", ""), 21, 6), 6, "0")
    return F.concat(F.substring(recorded_at, 1, 19), F.lit("."), fraction)


def canonical_text() -> "Column":
    r"""Spell the columns as the canonical line does, without those that never decide.

    Escapes included: `A"` is stored as `A\"`, and the quote that ends a value sorts before most
    characters but after blank and `!`, so comparing bare values would order differently.
    """
    parts = [_pair(name) for name in NAMES if name not in _NOT_IN_TIE]
    return F.concat(*parts)


def _pair(name: str) -> "Column":
    """`,"name":value`, or nothing where the value is null."""
    if name == "age":
        text = F.concat(F.lit(',"age":'), F.col("age").cast("string"))
    else:
        slashes = F.replace(F.col(name), F.lit("\\"), F.lit("\\\\"))
        escaped = F.replace(slashes, F.lit('"'), F.lit('\\"'))
        text = F.concat(F.lit(f',"{name}":"'), escaped, F.lit('"'))
    return F.coalesce(text, F.lit(""))


def replaced(lines: "DataFrame") -> "DataFrame":
    """One row, `replaced`: data lines that a later version of the same record stands in for.

    Records whose latest line cancels them are not among them: their lines are taken back, not replaced.
    Only for days on which something is to be resolved.
    """
    named = lines.where(F.col("record_id").isNotNull()).withColumn("at", instant(F.col("recorded_at")))
    survivors = latest_versions(named).where(F.col("status").isNull())
    kept = survivors.select(F.col("patient_id").alias("of_patient"), F.col("record_id").alias("of_record"))
    same = (F.col("patient_id") == F.col("of_patient")) & (F.col("record_id") == F.col("of_record"))
    versions = named.where(F.col("status").isNull()).join(kept, same, "left_semi")
    # A record's surviving line is one of its versions; the others were replaced.
    distinct = versions.groupBy("patient_id", "record_id").agg(F.count(F.lit(1)).alias("versions"))
    return distinct.agg(F.coalesce(F.sum(F.col("versions") - 1), F.lit(0)).alias("replaced"))
