"""`trend_summary`: patients, mean age and gender ratio of each code. The contract with downstream users."""

from healthtrends.reports.columns import CODE, GENDER_RATIO, RATIO_OF_GENDERS, by_patients, gender_ratio
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Relations, Statistic, Sum
from healthtrends.reports.rounding import mean
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """Codes by patients, most frequent first."""
    return [
        (row.diagnosis, row.patients, mean(row.age_sum, row.patients), gender_ratio(row))
        for row in by_patients(context.totals)
    ]


REPORT = ReportSchema(
    name="trend_summary",
    rows="A row for each code, most frequent first, then by code.",
    columns=(
        CODE,
        Column("count", "whole", "patients", "distinct patients with that code on the date"),
        Column("avg_age", "number", "years", "mean age of these patients"),
        GENDER_RATIO,
    ),
    make=make,
    relations=Relations(
        meanings={
            "count": Counted("patients"),
            "avg_age": Statistic((Counted("patients"),), age="mean"),
            "gender_ratio": RATIO_OF_GENDERS,
        },
        dimensions={"diagnosis": "diagnosis"},
        base="count",
        order="by count",
        ties=(Sum("patients", over="gender", beside=("diagnosis",), recomputed=True),),
    ),
)
