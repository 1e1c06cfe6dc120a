"""`gender_breakdown`: patients, visits and mean age by gender."""

from healthtrends.reports.columns import MEAN_AGE, PATIENTS, REPEAT_VISITS, VISITS
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Quotient, Relations, Statistic, Sum
from healthtrends.reports.rounding import mean, percent
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """M, F, O, U; each patient's gender is what their records of the whole date agree on."""
    return [
        (
            row.gender,
            row.patients,
            row.visits,
            percent(row.patients, context.totals.patients),
            mean(row.age_sum, row.patients),
        )
        for row in context.totals.genders
    ]


REPORT = ReportSchema(
    name="gender_breakdown",
    rows="M, F, O, U, always all, in this order.",
    columns=(
        Column("gender", "text", "", "M, F, O (other), U (unknown)", is_key=True),
        PATIENTS,
        VISITS,
        Column("percent_of_patients", "number", "percent, 0 to 100", "of all patients of the date"),
        MEAN_AGE,
    ),
    make=make,
    relations=Relations(
        meanings={
            "patients": Counted("patients"),
            "visits": Counted("visits"),
            "percent_of_patients": Quotient(
                (Counted("patients"),), (Counted("patients", is_total=True),), places=2, times=100
            ),
            "mean_age": Statistic((Counted("patients"),), age="mean"),
        },
        dimensions={"gender": "gender"},
        base="patients",
        ties=(
            Sum("patients", over="gender", recomputed=True),
            Sum("visits", over="gender", recomputed=True),
            REPEAT_VISITS,
        ),
    ),
)
