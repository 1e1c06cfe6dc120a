"""`places`: patients by facility and by region."""

from healthtrends.reports.columns import (
    NOT_GIVEN,
    PATIENTS,
    PERCENT_OF_VISITS,
    REPEAT_VISITS,
    REPEATS,
    SHARE_OF_VISITS,
    VISITS,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Relations, Within
from healthtrends.reports.rounding import percent
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """Facilities, then regions, of each the most patients first; none where no record names one."""
    totals = context.totals
    in_order = sorted(totals.places, key=lambda row: (row.level, -row.patients, row.name))
    return [
        (row.level, row.name or NOT_GIVEN, row.patients, row.visits, percent(row.visits, totals.visits))
        for row in in_order
    ]


REPORT = ReportSchema(
    name="places",
    rows="Facilities, then regions; of each the most patients first, then by name.",
    columns=(
        Column("level", "text", "", "facility or region", is_key=True),
        Column("place", "text", "", "facility_id or region as sent, or (not given)", is_key=True),
        PATIENTS,
        VISITS,
        PERCENT_OF_VISITS,
    ),
    make=make,
    relations=Relations(
        meanings={
            "patients": Counted("patients"),
            "visits": Counted("visits"),
            "percent_of_visits": SHARE_OF_VISITS,
        },
        levels={level: (level, "place") for level in ("facility", "region")},
        base="patients",
        order="by count",
        ties=(
            *(Within("patients", level, None) for level in ("facility", "region")),
            *(Within(REPEATS, level, None, is_covered=False) for level in ("facility", "region")),
            Within("visits", "facility", None),  # `facilities` has the records of each facility
            Within("visits", "region", None, added_up_at_most="records"),
            REPEAT_VISITS,
        ),
    ),
)
