"""`age_distribution`: patients and visits by band of five years."""

from healthtrends.model.day_totals import BAND_STARTS, BAND_YEARS, Band
from healthtrends.reports.columns import (
    COUNTED_GENDERS,
    GENDERS,
    PATIENTS,
    REPEAT_VISITS,
    SEX_SPLIT,
    VISITS,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Relations, Sum
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """All bands, youngest first, the last open."""
    return [
        (_name(band), band.patients, band.visits, band.men, band.women, band.other, band.unknown)
        for band in context.totals.bands
    ]


def _name(band: Band) -> str:
    is_last = band.start == BAND_STARTS[-1]
    return f"{band.start}+" if is_last else f"{band.start}-{band.start + BAND_YEARS - 1}"


REPORT = ReportSchema(
    name="age_distribution",
    rows="All bands, youngest first.",
    columns=(
        Column("age_band", "text", "", "ages in years, both ends included", is_key=True),
        PATIENTS,
        VISITS,
        *GENDERS,
    ),
    make=make,
    relations=Relations(
        meanings={"patients": Counted("patients"), "visits": Counted("visits"), **COUNTED_GENDERS},
        dimensions={"age_band": "age_band"},
        base="patients",
        together=(SEX_SPLIT,),
        ties=(
            Sum("patients", over="gender", beside=("age_band",), recomputed=True),
            Sum("patients", over="age_band"),
            Sum("patients", over="age_band", beside=("gender",)),
            Sum("visits", over="age_band"),
            REPEAT_VISITS,
        ),
    ),
)
