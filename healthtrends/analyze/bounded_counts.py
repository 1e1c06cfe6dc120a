"""Patients by code where each patient counts in a bounded number of codes: input of noisy releases."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze.line_schema import LINE_SCHEMA

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine


def count_bounded(engine: "Engine", files: Sequence[str], most_codes: int, salt: str) -> Mapping[str, int]:
    """Count patients by code; of a patient with more codes, `most_codes` are taken by a hash under `salt`.

    `files` as in `compute_day`. One patient more or less changes at most `most_codes` counts, each by 1.
    Raises what the engine does.
    """
    lines = engine.keep(engine.read(files, LINE_SCHEMA))
    from healthtrends.analyze.version_resolution import resolve_versions  # the engine runs: PySpark is loaded

    table = engine.collect(_counts(resolve_versions(lines), most_codes, salt))
    return dict(zip(table["diagnosis"].to_pylist(), table["patients"].to_pylist(), strict=True))


def _counts(records: "DataFrame", most_codes: int, salt: str) -> "DataFrame":
    """In: the records that count. Out: diagnosis, patients."""
    import pyspark.sql.functions as F  # noqa: N812  its name everywhere
    from pyspark.sql import Window

    code = F.col("diagnosis_code")
    pairs = records.select("patient_id", code.alias("diagnosis")).distinct()
    drawn = F.sha2(F.concat_ws("|", F.lit(salt), "patient_id", "diagnosis"), 256)
    order = Window.partitionBy("patient_id").orderBy("drawn", "diagnosis")
    ranked = pairs.withColumn("drawn", drawn).withColumn("rank", F.row_number().over(order))
    return (
        ranked.where(F.col("rank") <= most_codes)
        .groupBy("diagnosis")
        .agg(F.count(F.lit(1)).alias("patients"))
    )
