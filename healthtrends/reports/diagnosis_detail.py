"""`diagnosis_detail`: everything about each code."""

from healthtrends.model.day_totals import DayTotals
from healthtrends.reports.columns import (
    CODE,
    COUNTED_GENDERS,
    COUNTED_OUTCOMES,
    GENDER_RATIO,
    GENDERS,
    MEAN_AGE,
    OUTCOME_UNKNOWN,
    OUTCOMES,
    PATIENTS,
    PERCENT_OF_VISITS,
    RATIO_OF_GENDERS,
    REPEAT_VISITS,
    SEX_SPLIT,
    SHARE_OF_VISITS,
    VISITS,
    by_patients,
    gender_ratio,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import AtMost, Counted, Relations, Settled, Statistic, Sum
from healthtrends.reports.rounding import mean, percent, quotient
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """Codes by patients, most frequent first; outcomes count records."""
    totals = context.totals
    outcomes = _outcomes(totals)
    return [
        (
            row.diagnosis,
            row.patients,
            row.visits,
            mean(row.age_sum, row.patients),
            quotient(row.twice_median_age, 2, 2),
            row.men,
            row.women,
            row.other,
            row.unknown,
            gender_ratio(row),
            percent(row.visits, totals.visits),
            *outcomes[row.diagnosis],
        )
        for row in by_patients(totals)
    ]


def _outcomes(totals: DayTotals) -> dict[str, list[int]]:
    """Records of each code: recovered, ongoing, deceased, of unknown outcome."""
    sums: dict[str, list[int]] = {}
    for cell in totals.treatments:
        counts = (cell.recovered, cell.ongoing, cell.deceased, cell.outcome_unknown)
        found = sums.setdefault(cell.diagnosis, [0] * len(counts))
        for index, count in enumerate(counts):
            found[index] += count
    return sums


REPORT = ReportSchema(
    name="diagnosis_detail",
    rows="The rows of `trend_summary`.",
    columns=(
        CODE,
        PATIENTS,
        VISITS,
        MEAN_AGE,
        Column("median_age", "number", "years", "median age of the patients"),
        *GENDERS,
        GENDER_RATIO,
        PERCENT_OF_VISITS,
        *OUTCOMES,
        OUTCOME_UNKNOWN,
    ),
    make=make,
    relations=Relations(
        meanings={
            "patients": Counted("patients"),
            "visits": Counted("visits"),
            "mean_age": Statistic((Counted("patients"),), age="mean"),
            "median_age": Statistic((Counted("patients"),), age="median"),
            **COUNTED_GENDERS,
            "gender_ratio": RATIO_OF_GENDERS,
            "percent_of_visits": SHARE_OF_VISITS,
            **COUNTED_OUTCOMES,
        },
        dimensions={"diagnosis": "diagnosis"},
        base="patients",
        order="by count",
        together=(SEX_SPLIT,),
        ties=(
            Sum("patients", over="gender", beside=("diagnosis",), recomputed=True),
            Sum("records", over="outcome", beside=("diagnosis",)),
            Settled("patients", "gender", part="diagnosis", records="records", unsettled="U"),
            REPEAT_VISITS,
            AtMost("visits", "records"),
        ),
    ),
)
