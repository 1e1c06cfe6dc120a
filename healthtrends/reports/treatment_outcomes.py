"""`treatment_outcomes`: outcomes of each code and treatment."""

from typing import Final

from healthtrends.reports.columns import CODE, COUNTED_OUTCOMES, OUTCOME_UNKNOWN, OUTCOMES
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import Counted, Quotient, Relations, Sum
from healthtrends.reports.rounding import share
from healthtrends.reports.schema import Column, ReportSchema, Row


def make(context: ReportContext) -> list[Row]:
    """Code and treatment by records, most frequent first; shares are of the known outcomes."""
    cells = sorted(
        context.totals.treatments, key=lambda cell: (-cell.records, cell.diagnosis, cell.treatment_code)
    )
    return [
        (
            cell.diagnosis,
            cell.treatment_code,
            cell.records,
            cell.recovered,
            cell.ongoing,
            cell.deceased,
            share(cell.recovered, cell.outcome_known),
            share(cell.deceased, cell.outcome_known),
            cell.outcome_unknown,
        )
        for cell in cells
    ]


_KNOWN: Final = tuple(COUNTED_OUTCOMES[column.name] for column in OUTCOMES)
"""Records whose outcome is known."""

REPORT = ReportSchema(
    name="treatment_outcomes",
    rows="By records, most first, then by diagnosis and treatment.",
    columns=(
        CODE,
        Column("treatment_code", "text", "", "as it came; free text of 1 to 32 characters", is_key=True),
        Column("records", "whole", "records", "records with this code and treatment"),
        *OUTCOMES,
        Column("recovered_share", "number", "share, 0 to 1", "recovered / records of known outcome"),
        Column("deceased_share", "number", "share, 0 to 1", "deceased / records of known outcome"),
        OUTCOME_UNKNOWN,
    ),
    make=make,
    relations=Relations(
        meanings={
            "records": Counted("records"),
            **COUNTED_OUTCOMES,
            "recovered_share": Quotient((COUNTED_OUTCOMES["recovered"],), _KNOWN, places=4),
            "deceased_share": Quotient((COUNTED_OUTCOMES["deceased"],), _KNOWN, places=4),
        },
        dimensions={"diagnosis": "diagnosis", "treatment_code": "treatment_code"},
        base="records",
        order="by count",
        ties=(
            Sum("records", over="outcome", beside=("diagnosis", "treatment_code"), recomputed=True),
            Sum("records", over="outcome", beside=("diagnosis",)),
            Sum("records", over="treatment_code", beside=("diagnosis",)),
            Sum("records", over="treatment_code", beside=("diagnosis", "outcome")),
            Sum("records", over="diagnosis"),
        ),
    ),
)
