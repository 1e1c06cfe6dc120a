"""HL7v2 in Spark alone: the topic through a Python UDF into date folders on HDFS, then a date's trends there.

What Spark's guides show for a format that it cannot read: a function of Python that takes a message apart,
as a UDF in the streaming query. The batch behind it takes the latest message of each visit, as a later one
replaces what an earlier one said, and then groups like `spark_daily`. PARSER: `split` takes the fields by
hand, which is the quickest; `hl7` by the package of that name.

    spark-submit --jars JARS benchmarks/systems/spark_hl7v2.py BOOTSTRAP TOPIC HDFS_URL ROOT DATE PARSER
"""

import datetime as dt
import sys
from collections.abc import Callable

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812  as everybody calls it
from spark_daily import trends
from spark_ingest import messages, store

PARSED = "patient string, visit string, at string, day string, age int, gender string, codes array<string>"
CODE = r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\z"

Values = tuple[str, str, str, str, int, str, list[str]]


def main() -> None:
    """Ingest to the topic's present end, then report."""
    bootstrap, topic, url, root, date, parser = sys.argv[1:]
    session = SparkSession.builder.getOrCreate()
    ingest(session, bootstrap, topic, f"{url}{root}", PARSERS[parser])
    stored = session.read.schema(PARSED).json(f"{url}{root}/data/date={date}")
    report = trends(records(stored)).coalesce(1).write.mode("overwrite").option("header", "true")
    report.csv(f"{url}{root}/reports/trend_summary/date={date}")
    session.stop()


def ingest(
    session: SparkSession, bootstrap: str, topic: str, root: str, parse: Callable[[bytes], Values | None]
) -> None:
    """From the topic, up to its present end, into `root`; a message that cannot be used is dropped."""
    parsed = messages(session, bootstrap, topic).select(F.udf(parse, PARSED)("value").alias("one"))
    rows = parsed.select("one.*")
    usable = F.col("age").between(0, 130) & F.forall("codes", lambda code: code.rlike(CODE))
    store(rows.where(usable).withColumn("date", F.col("day")), "json", root)


def records(messages: DataFrame) -> DataFrame:
    """One row a diagnosis of each visit's latest message."""
    said = F.struct("patient", "age", "gender", "codes")
    visits = messages.groupBy("visit").agg(F.max_by(said, "at").alias("last")).select("last.*")
    return visits.select(
        F.col("patient").alias("patient_id"), "age", "gender", F.explode("codes").alias("diagnosis_code")
    )


def by_split(value: bytes) -> Values | None:
    """The fields by hand."""
    codes, patient, visit, at, start, born, gender = [], "", "", "", "", "", ""
    for line in bytes(value).decode("iso-8859-1").split("\r"):
        fields = line.split("|")
        if fields[0] == "EVN":
            at = fields[2]
        elif fields[0] == "PID":
            patient, born, gender = fields[3].split("^", 1)[0], fields[7], fields[8]
        elif fields[0] == "PV1":
            visit, start = fields[19].split("^", 1)[0], fields[44]
        elif fields[0] == "DG1":
            codes.append(fields[3].split("^", 1)[0])
    return values(patient, visit, at, start, born, gender, codes)


def by_hl7(value: bytes) -> Values | None:
    """With the package `hl7`."""
    import hl7

    message = hl7.parse(bytes(value).decode("iso-8859-1"))
    get = message.extract_field
    codes = [get("DG1", number + 1, 3, 1, 1) for number in range(len(message.segments("DG1")))]
    return values(
        get("PID", 1, 3, 1, 1), get("PV1", 1, 19, 1, 1), get("EVN", 1, 2), get("PV1", 1, 44),
        get("PID", 1, 7), get("PID", 1, 8), codes,
    )  # fmt: skip


def values(  # noqa: PLR0913, PLR0917  the fields of a message
    patient: str, visit: str, at: str, start: str, born: str, gender: str, codes: list[str]
) -> Values | None:
    """One row, its times in UTC; None: a field that must be there is missing or wrong."""
    try:
        local, moment = (dt.datetime.fromisoformat(f"{text[:8]}T{text[8:]}") for text in (start, at))
        birth = dt.date(int(born[:4]), int(born[4:6]), int(born[6:8]))
    except ValueError:
        return None
    if not patient or not visit:
        return None
    age = local.year - birth.year - ((local.month, local.day) < (birth.month, birth.day))
    utc = moment.astimezone(dt.UTC).isoformat()
    return patient, visit, utc, local.date().isoformat(), age, gender, codes


PARSERS = {"split": by_split, "hl7": by_hl7}

if __name__ == "__main__":
    main()
