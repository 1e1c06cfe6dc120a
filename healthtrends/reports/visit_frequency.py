"""`visit_frequency`: patients by number of visits, on the date and in windows that end with it."""

from typing import Final

from healthtrends.model.day_totals import MONTH
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Relations, Sum, VisitClasses
from healthtrends.reports.schema import Column, NullReason, ReportSchema, Row

CLASSES: Final = ("1", "2", "3", "4", "5+")
"""Visits of a patient."""


def make(context: ReportContext) -> list[Row]:
    """Patients by number of visits, in each window that ends with the date."""
    windows = {
        "day": context.totals.frequency,
        "7 days": context.prior.frequency_7,
        "28 days": context.prior.frequency_28,
    }
    return [
        (window, visits, patients)
        for window, counts in windows.items()
        for visits, patients in zip(CLASSES, counts, strict=True)
    ]


REPORT = ReportSchema(
    name="visit_frequency",
    rows="The date, 7 days and 28 days that end with it; 1, 2, 3, 4 and 5+ visits each.",
    columns=(
        Column("window", "text", "", "days that end with the date", is_key=True),
        Column("visits_per_patient", "text", "", "visits in the window; 5+ is five or more", is_key=True),
        Column(
            "patients",
            "whole",
            "patients",
            "distinct patients over the window",
            null_reason=NullReason.NO_FEED,
        ),
    ),
    make=make,
    days_read=tuple(range(1, MONTH)),
    relations=Relations(
        meanings={"patients": Counted("patients")},
        dimensions={"window": "window", "visits_per_patient": "visits_per_patient"},
        whole={"window": "day"},
        base="patients",
        ties=(
            Sum("patients", over="visits_per_patient"),
            VisitClasses(CLASSES, "visits_per_patient", windows=("7 days", "28 days")),
        ),
    ),
)
