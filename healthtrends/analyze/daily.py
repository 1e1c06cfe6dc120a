"""One day's counts and sums in PySpark: DataFrame in, DataFrame out, whole numbers only.

A float mean differs in its last digits between engines, a sum does not; `reports` divides. Grouping
goes in levels (visit, then patient, then code) because `count_distinct` beside a percentile in one `agg`
takes Spark eight times as long. Small results, but for `by_patient`, which windows of several days need.

Conditions are counted with `count(when(...))`: a `when(...).otherwise(literal)` used again further up
fails in Sail's planner.
"""

from typing import TYPE_CHECKING

import pyspark.sql.functions as F  # noqa: N812  its name everywhere

from healthtrends.analyze.records import instant
from healthtrends.analyze.schema import OPTIONAL, OUTCOMES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

GENDER_NAMES = (("M", "men"), ("F", "women"), ("O", "other"))
MOST_VISITS = 5
"""The last class of `visit_frequency` is this many visits or more."""


def by_treatment(records: "DataFrame", timely_until: str) -> "DataFrame":
    """Records of each code and treatment.

    In: the records that count; `timely_until` as `instant` writes times. Out: diagnosis_code,
    treatment_code, records, recovered, ongoing, deceased, timely (recorded up to that time), and for
    each optional field how many records have it, all counts of records.
    """
    at = instant(F.col("recorded_at"))
    return records.groupBy("diagnosis_code", "treatment_code").agg(
        F.count(F.lit(1)).alias("records"),
        *(_count(F.col("outcome") == outcome).alias(outcome) for outcome in OUTCOMES),
        _count(at <= timely_until).alias("timely"),
        *(F.count(name).alias(name) for name in OPTIONAL),
    )


def by_diagnosis(records: "DataFrame") -> "DataFrame":
    """Patients of each code.

    Out: diagnosis_code, patients, visits, age_sum (years), median_age (years, a double that is exact:
    whole or half), men, women, other (patients); the rest of the patients is of unknown gender.
    """
    return (
        _patients(records, "diagnosis_code")
        .groupBy("diagnosis_code")
        .agg(
            F.count(F.lit(1)).alias("patients"),
            F.sum("visits").alias("visits"),
            F.sum("age").alias("age_sum"),
            F.median("age").alias("median_age"),
            *(_count(_settled(gender)).alias(name) for gender, name in GENDER_NAMES),
        )
    )


def by_age(records: "DataFrame") -> "DataFrame":
    """Patients of each age, settled over the whole date; at most 131 rows.

    Out: age, patients, visits, men, women, other (patients), men_visits, women_visits, other_visits,
    conflicts (patients of two different genders), patients_1 to patients_5 (by number of visits, the
    last is "or more").
    """
    visits = F.col("visits")
    exactly = [visits == number for number in range(1, MOST_VISITS)] + [visits >= MOST_VISITS]
    return (
        _patients(records)
        .groupBy("age")
        .agg(
            F.count(F.lit(1)).alias("patients"),
            F.sum("visits").alias("visits"),
            *(_count(_settled(gender)).alias(name) for gender, name in GENDER_NAMES),
            *(
                F.coalesce(F.sum(F.when(_settled(gender), visits)), F.lit(0)).alias(f"{name}_visits")
                for gender, name in GENDER_NAMES
            ),
            _count(_genders() > 1).alias("conflicts"),
            *(_count(test).alias(f"patients_{number}") for number, test in enumerate(exactly, 1)),
        )
    )


def by_patient(records: "DataFrame") -> "DataFrame":
    """Visits of each patient of the date.

    Out: patient (16 bytes: the first half of the SHA-256 of the pseudonym, evenly spread and of one length
    whatever ids a source has), visits (int).
    """
    patient = F.unhex(F.substring(F.sha2("patient_id", 256), 1, 32))
    return _patients(records).select(patient.alias("patient"), F.col("visits").cast("int").alias("visits"))


def _patients(records: "DataFrame", *code: str) -> "DataFrame":
    """One row per patient (and `code`): age (highest), visits, is_M, is_F, is_O (1 or 0).

    A visit is one distinct `visit_id`, or one record without. Level one is the visit, where all records
    without `visit_id` share a row and are counted.
    """
    flags = [F.max(F.when(F.col("gender") == gender, 1)).alias(f"is_{gender}") for gender, _ in GENDER_NAMES]
    of_visit = records.groupBy(*code, "patient_id", "visit_id").agg(
        F.max("age").alias("age"), F.count(F.lit(1)).alias("records"), *flags
    )
    visits = F.when(F.col("visit_id").isNull(), F.col("records")).otherwise(1)
    return of_visit.groupBy(*code, "patient_id").agg(
        F.max("age").alias("age"),
        F.sum(visits).alias("visits"),
        *(F.coalesce(F.max(f"is_{gender}"), F.lit(0)).alias(f"is_{gender}") for gender, _ in GENDER_NAMES),
    )


def _genders() -> "Column":
    """How many different ones of M, F, O a patient's records name; U disagrees with none."""
    return F.col("is_M") + F.col("is_F") + F.col("is_O")


def _settled(gender: str) -> "Column":
    """Whether a patient's records agree on `gender`."""
    return (F.col(f"is_{gender}") == 1) & (_genders() == 1)


def _count(test: "Column") -> "Column":
    """Rows for which `test` is true."""
    return F.count(F.when(test, 1))
