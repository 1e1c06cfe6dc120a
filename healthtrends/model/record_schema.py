"""The record's fields in words, for people who make messages or mappings."""

from collections.abc import Iterator
from typing import Final, NamedTuple, get_args

from healthtrends.model.record import (
    CODE_LENGTH,
    EARLIEST_VISIT,
    ID_LENGTH,
    OLDEST_AGE,
    Gender,
    Outcome,
    PatientRecord,
    Status,
)


class RecordField(NamedTuple):
    """One field."""

    name: str
    type: str
    """Of the JSON value."""
    rule: str
    is_required: bool


_ID: Final = f"1 to {ID_LENGTH} characters"
_CODE: Final = f"1 to {CODE_LENGTH} characters"
_RULES: Final[dict[str, str]] = {
    "patient_id": _ID,
    "age": f"completed years at the visit, 0 to {OLDEST_AGE}",
    "gender": f"one of {', '.join(get_args(Gender))} (O: other, U: unknown)",
    "diagnosis_code": "a letter, a digit, a letter or digit, then up to 4 more behind a dot or none (ICD-10)",
    "visit_date": f"a calendar day YYYY-MM-DD, from {EARLIEST_VISIT} to `ingest.future_days` after today",
    "treatment_code": f"{_CODE}; `unknown` when it is not known",
    "outcome": f"one of {', '.join(get_args(Outcome))}",
    "visit_id": f"{_ID}; records of one patient with one visit_id are one visit",
    "record_id": f"{_ID}; a later record of the patient with the same one replaces the earlier",
    "status": f"one of {', '.join(get_args(Status))}; cancelled needs record_id or visit_id, and of the "
    "required fields patient_id and visit_date only",
    "recorded_at": "an RFC 3339 time with offset; decides which of two records is the later",
    "previous_visit_date": "the day the record was moved from, as visit_date; needs record_id",
    "facility_id": _CODE,
    "region": _CODE,
}
_REQUIRED: Final = 7


def fields() -> Iterator[RecordField]:
    """Yield the fields in the order of a stored line."""
    for number, name in enumerate(PatientRecord.__struct_fields__):
        kind = "integer" if name == "age" else "string"
        yield RecordField(name, kind, _RULES[name], is_required=number < _REQUIRED)
