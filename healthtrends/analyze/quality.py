"""What `quality` tells beyond the reports' own figures, in PySpark: what was replaced.

Whole numbers only, as everywhere in the analysis; `orchestrate.quality` makes the lines.
"""

from typing import TYPE_CHECKING

import pyspark.sql.functions as F  # noqa: N812  its name everywhere

from healthtrends.analyze.records import instant, latest_versions

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


def replaced(lines: "DataFrame") -> "DataFrame":
    """One row, `replaced`: data lines that a later version of the same record stands in for.

    Records whose latest line cancels them are not among them: their lines are taken back, not replaced.
    Only for days on which something is to be resolved.
    """
    named = lines.where(F.col("record_id").isNotNull()).withColumn("at", instant(F.col("recorded_at")))
    standing = latest_versions(named).where(F.col("status").isNull())
    kept = standing.select(F.col("patient_id").alias("of_patient"), F.col("record_id").alias("of_record"))
    same = (F.col("patient_id") == F.col("of_patient")) & (F.col("record_id") == F.col("of_record"))
    versions = named.where(F.col("status").isNull()).join(kept, same, "left_semi")
    # A record's standing line is one of its versions; the others were replaced.
    distinct = versions.groupBy("patient_id", "record_id").agg(F.count(F.lit(1)).alias("versions"))
    return distinct.agg(F.coalesce(F.sum(F.col("versions") - 1), F.lit(0)).alias("replaced"))
