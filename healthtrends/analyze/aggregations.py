"""Aggregations of one day in PySpark: DataFrame in, DataFrame out, whole numbers only.

Three groupings of the records, each read once; `day_sums` derives the rest. A float mean differs in its last
digits between engines, a sum does not; `reports` divides. Medians come from counts by age: a percentile
beside other aggregates takes Spark eight times as long, and has to hold the age of every patient.

Conditions are counted with `count(when(...))`, and `coalesce` stands for `otherwise`: a
`when(...).otherwise(literal)` used again further up fails in Sail's planner.
"""

from typing import TYPE_CHECKING

import pyspark.sql.functions as F  # noqa: N812  its name everywhere

from healthtrends.analyze.line_schema import GENDER_BITS, OPTIONAL, OUTCOMES
from healthtrends.clock import UTC

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

_DAY_LETTERS = len("2025-12-22")
_SECOND_LETTERS = len("2025-12-22T08:30:00")


def by_treatment(records: "DataFrame", timely_until: str, zone: str = UTC) -> "DataFrame":
    """Records of each code and treatment, by the day of their `recorded_at` in `zone`.

    In: stored lines; `timely_until` is a time with six digits of fraction and without the Z. Out:
    diagnosis_code, treatment_code, recorded_day (YYYY-MM-DD), records, recovered, ongoing, deceased, timely
    (recorded up to that time), for each optional field how many records have it, status (cancellations), all
    counts of lines; newest (the latest `recorded_at`, without the Z).
    """
    # Without the Z that ends it, `08:30:00` sorts before `08:30:00.5`; equal times with and without trailing
    # zeros do not matter to a maximum, nor to the limit, which is the longest spelling of its time.
    at = F.translate("recorded_at", "Z", "")
    day = _local_day(zone).alias("recorded_day")
    return records.groupBy("diagnosis_code", "treatment_code", day).agg(
        F.count(F.lit(1)).alias("records"),
        *(_count(F.col("outcome") == outcome).alias(outcome) for outcome in OUTCOMES),
        _count(at <= timely_until).alias("timely"),
        *(F.count(name).alias(name) for name in (*OPTIONAL, "status")),
        F.max(at).alias("newest"),
    )


def by_facility(records: "DataFrame", zone: str = UTC) -> "DataFrame":
    """Records of each facility, by the day of their `recorded_at` in `zone`.

    In: stored lines; cancellations are left out. Out: facility_id (null: none), recorded_day (YYYY-MM-DD),
    records, how many of them have visit_id, record_id and region, newest (as in `by_treatment`).
    """
    return (
        records.where(F.col("status").isNull())
        .groupBy("facility_id", _local_day(zone).alias("recorded_day"))
        .agg(
            F.count(F.lit(1)).alias("records"),
            *(F.count(name).alias(name) for name in OPTIONAL if name != "facility_id"),
            F.max(F.translate("recorded_at", "Z", "")).alias("newest"),
        )
    )


def by_diagnosis(records: "DataFrame", *, with_visits: bool) -> "DataFrame":
    """Patients of each code and age.

    In: the records that count; `with_visits`: whether any has a `visit_id`. Out: diagnosis_code, age (years),
    patients, visits, men, women, other (patients); the rest of the patients is of unknown gender.
    """
    named = (_count(F.col("genders") == bit).alias(name) for name, (_, bit) in GENDER_BITS.items())
    return (
        _patients(records, "diagnosis_code", with_visits=with_visits)
        .groupBy("diagnosis_code", "age")
        .agg(F.count(F.lit(1)).alias("patients"), F.sum("visits").alias("visits"), *named)
    )


def by_group(records: "DataFrame", groups: "DataFrame", *, with_visits: bool) -> "DataFrame":
    """Patients of each group of codes.

    In: as `by_diagnosis`; `groups` has the columns of_code and group (int), a row for each code of a group.
    Out: group, patients, visits.
    """
    grouped = records.join(F.broadcast(groups), F.col("diagnosis_code") == F.col("of_code"))
    return _counted(grouped, "group", with_visits=with_visits)


def by_place(records: "DataFrame", column: str, *, with_visits: bool) -> "DataFrame":
    """Patients of each value of `facility_id` or `region`, null among them.

    In: as `by_diagnosis`. Out: place, patients, visits.
    """
    placed = records.withColumn("place", F.col(column))
    return _counted(placed, "place", with_visits=with_visits)


def by_code_and_place(records: "DataFrame", column: str) -> "DataFrame":
    """Patients of each code in each value of `facility_id` or `region`; records without one are left out.

    In: as `by_diagnosis`. Out: diagnosis, part, patients.
    """
    part = F.col(column).alias("part")
    of_patient = records.where(F.col(column).isNotNull()).select(
        F.col("diagnosis_code").alias("diagnosis"), part, "patient_id"
    )
    return of_patient.distinct().groupBy("diagnosis", "part").agg(F.count(F.lit(1)).alias("patients"))


def _counted(records: "DataFrame", key: str, *, with_visits: bool) -> "DataFrame":
    """Patients and visits of each value of a key; ages and genders would cost as much again."""
    counts = F.count(F.lit(1)).alias("patients"), F.sum("visits").alias("visits")
    number = F.count(F.lit(1))
    if not with_visits:
        return records.groupBy(key, "patient_id").agg(number.alias("visits")).groupBy(key).agg(*counts)
    of_visit = records.groupBy(key, "patient_id", "visit_id").agg(number.alias("records"))
    visits = F.sum(_visits()).alias("visits")
    return of_visit.groupBy(key, "patient_id").agg(visits).groupBy(key).agg(*counts)


def _visits() -> "Column":
    """Visits of a row per patient and `visit_id`: all records without one share a row and are counted."""
    return F.when(F.col("visit_id").isNull(), F.col("records")).otherwise(1)


def by_patient(records: "DataFrame", *, with_visits: bool) -> "DataFrame":
    """Patients of the date, settled over all their codes.

    In: as `by_diagnosis`. Out: patient (16 bytes: the first half of the SHA-256 of the pseudonym, evenly
    spread and of one length whatever ids a source has), visits, age (years), genders (sum of the bits of
    GENDER_BITS that the records name), all int.
    """
    patient = F.unhex(F.substring(F.sha2("patient_id", 256), 1, 32)).alias("patient")
    whole = [F.col(name).cast("int").alias(name) for name in ("visits", "age", "genders")]
    return _patients(records, with_visits=with_visits).select(patient, *whole)


def _patients(records: "DataFrame", *code: str, with_visits: bool) -> "DataFrame":
    """One row per patient (and `code`): age (highest), visits, genders.

    A visit is one distinct `visit_id`, or one record without; where none has one, there is nothing to tell
    apart.
    """
    key = (*code, "patient_id")
    age, genders = F.max("age").alias("age"), F.bit_or("genders").alias("genders")
    timed = records.withColumn("genders", _bits())
    if not with_visits:
        return timed.groupBy(*key).agg(age, genders, F.count(F.lit(1)).alias("visits"))
    of_visit = timed.groupBy(*key, "visit_id").agg(age, genders, F.count(F.lit(1)).alias("records"))
    return of_visit.groupBy(*key).agg(age, genders, F.sum(_visits()).alias("visits"))


def _local_day(zone: str) -> "Column":
    """Day of `recorded_at` in a zone, YYYY-MM-DD."""
    if zone == UTC:
        return F.substring("recorded_at", 1, _DAY_LETTERS)
    seconds = F.substring("recorded_at", 1, _SECOND_LETTERS)
    local = F.from_utc_timestamp(F.to_timestamp(seconds, "yyyy-MM-dd'T'HH:mm:ss"), zone)
    return F.substring(local.cast("string"), 1, _DAY_LETTERS)


def _bits() -> "Column":
    """The bit of a record's gender; U disagrees with none and has none."""
    which = [F.when(F.col("gender") == gender, bit) for gender, bit in GENDER_BITS.values()]
    return F.coalesce(*which, F.lit(0))


def _count(test: "Column") -> "Column":
    """Rows for which `test` is true."""
    return F.count(F.when(test, 1))
