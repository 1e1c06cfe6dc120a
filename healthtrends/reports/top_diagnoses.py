"""`top_diagnoses`: the most frequent codes, compared with the days before."""

from typing import Final

from healthtrends.model.day_totals import Diagnosis, PriorDays, SomeDays
from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.reports.columns import (
    CODE,
    PATIENTS,
    PERCENT_OF_VISITS,
    REPEAT_VISITS,
    SHARE_OF_VISITS,
    VISITS,
    by_patients,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import PLAIN, Average, Counted, First, Relations
from healthtrends.reports.rounding import mean, percent, share
from healthtrends.reports.schema import Column, NullReason, ReportSchema, Row

TOP: Final = 20
WEEK: Final = tuple(range(1, 8))
"""How many days back the 7 days before lie."""


def make(context: ReportContext) -> list[Row]:
    """First 20 codes by patients."""
    totals = context.totals
    return [
        (
            rank,
            row.diagnosis,
            row.patients,
            row.visits,
            percent(row.visits, totals.visits),
            *_compared(row, context.prior),
        )
        for rank, row in enumerate(by_patients(totals)[:TOP], 1)
    ]


def _compared(row: Diagnosis, prior: PriorDays) -> Row:
    """`previous_day`, and average and change against two sets of days; None where nothing was observed."""
    previous = prior.patients.get(1)
    return (
        None if previous is None else previous.get(row.diagnosis, 0),
        *_against(row, prior.sum_patients(WEEK)),
        *_against(row, prior.sum_patients(SAME_WEEKDAYS)),
    )


def _against(row: Diagnosis, days: SomeDays) -> Row:
    """Mean of the patients a day, and the change of the row's against it."""
    patients = days.patients.get(row.diagnosis, 0)
    change = share(row.patients * days.observed - patients, patients)
    return mean(patients, days.observed), change


_NO_FEED = NullReason.NO_FEED
_DAYS = tuple(sorted({*WEEK, *SAME_WEEKDAYS}))

REPORT = ReportSchema(
    name="top_diagnoses",
    rows="The first 20 codes by patients, then by code.",
    columns=(
        Column("rank", "whole", "", "place by patients, ties by code"),
        CODE,
        PATIENTS,
        VISITS,
        PERCENT_OF_VISITS,
        Column(
            "previous_day",
            "whole",
            "patients",
            "patients of the day before; empty without a feed",
            null_reason=_NO_FEED,
        ),
        Column(
            "average_7_days",
            "number",
            "patients",
            "mean over the observed ones of the 7 days before",
            null_reason=_NO_FEED,
        ),
        Column(
            "change_vs_7_days", "number", "share", "patients / average_7_days - 1", null_like="average_7_days"
        ),
        Column(
            "average_same_weekday",
            "number",
            "patients",
            "mean over the observed ones of the same weekday of the 4 weeks before",
            null_reason=_NO_FEED,
        ),
        Column(
            "change_vs_same_weekday",
            "number",
            "share",
            "patients / average_same_weekday - 1",
            null_like="average_same_weekday",
        ),
    ),
    make=make,
    relations=Relations(
        meanings={
            "rank": PLAIN,
            "patients": Counted("patients"),
            "visits": Counted("visits"),
            "percent_of_visits": SHARE_OF_VISITS,
            "previous_day": Average(Counted("patients"), (1,), compared="count"),
            "average_7_days": Average(Counted("patients"), WEEK),
            "change_vs_7_days": Average(Counted("patients"), WEEK, compared="change"),
            "average_same_weekday": Average(Counted("patients"), SAME_WEEKDAYS),
            "change_vs_same_weekday": Average(Counted("patients"), SAME_WEEKDAYS, compared="change"),
        },
        dimensions={"diagnosis": "diagnosis"},
        base="patients",
        ties=(REPEAT_VISITS,),
        first=First(TOP, "diagnosis_detail", "rank"),
    ),
    days_read=_DAYS,
    patients_read=_DAYS,
)
