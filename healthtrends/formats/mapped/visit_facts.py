"""Rows that may have several codes, as facts: a later version of a row replaces all diagnoses of the earlier.

As plain records, a code that is gone from the row would stay: nothing names it any more.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Final

import msgspec

from healthtrends.model.facts import DiagnosisEntry, Stamp, VisitFact
from healthtrends.model.record import Cancellation, Line, PatientRecord

_SYSTEM: Final = "icd10"
_SECONDS: Final = len("2025-12-22T08:30:00")


def visit_fact(lines: Sequence[Line], rejected_parts: int, zone: dt.tzinfo) -> VisitFact:
    """What a row says, from the lines that it would be; they are of one visit, which is the row."""
    first = lines[0]
    if isinstance(first, Cancellation):
        own = first.record_id if first.visit_id is msgspec.UNSET else first.visit_id
        return VisitFact(
            at=_six_digits(first.recorded_at), visit=str(own), patient=first.patient_id, event="cancel"
        )
    codes = [line.diagnosis_code for line in lines if isinstance(line, PatientRecord)]
    return VisitFact(
        at=_six_digits(first.recorded_at or ""),
        visit=first.visit_id or "",
        patient=first.patient_id,
        event="admit",
        start=Stamp(_midnight(first.visit_date, zone), first.visit_date),
        age=first.age,
        gender=None if first.gender == "U" else first.gender,
        treatment=first.treatment_code,
        outcome=first.outcome,
        facility=first.facility_id,
        region=first.region,
        diagnoses=tuple(DiagnosisEntry(_SYSTEM, code) for code in dict.fromkeys(codes)),
        rejected_parts=rejected_parts,
    )


def _six_digits(time: str) -> str:
    """A stored time with all six digits of its fraction."""
    fraction = time[_SECONDS:].strip(".Z")
    return f"{time[:_SECONDS]}.{fraction:0<6}Z"


def _midnight(day: str, zone: dt.tzinfo) -> str:
    begin = dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), zone).astimezone(dt.UTC)
    return f"{begin.replace(tzinfo=None).isoformat()}.000000Z"
