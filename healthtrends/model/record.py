"""The record and the cancellation: one struct is both the sender's form and the canonical line on HDFS.

Field order is the order of keys in a canonical line; fields that are None are left out.
"""

from typing import Annotated, Literal

import msgspec

Gender = Literal["M", "F", "O", "U"]
Outcome = Literal["recovered", "ongoing", "deceased", "unknown"]
Status = Literal["active", "cancelled"]

EARLIEST_VISIT = "1900-01-01"
OLDEST_AGE = 130
ID_LENGTH = 64
CODE_LENGTH = 32


class PatientRecord(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True, gc=False):
    """One valid record. Strings are code points without control characters or outer white space.

    Mutable only inside the decoder, which puts the normalised values in place: a copy for each of a
    million records would cost a third of the decoding time.
    """

    patient_id: Annotated[str, msgspec.Meta(min_length=1, max_length=ID_LENGTH)]
    """Pseudonym (32 hex digits), or the sender's id where pseudonymisation is off."""
    age: Annotated[int, msgspec.Meta(ge=0, le=OLDEST_AGE)]
    """Whole years at the visit, 0 to 130."""
    gender: Gender
    """M, F, O (other), U (unknown)."""
    diagnosis_code: str
    """ICD-10 form, upper case, dot after the third character when longer."""
    visit_date: str
    """Calendar day YYYY-MM-DD."""
    treatment_code: str
    """1 to 32 characters."""
    outcome: Outcome
    """State at the end of the visit; `unknown`: the sender does not know it."""
    visit_id: str | None = None
    """Pseudonym; None: the record is a visit of its own."""
    record_id: str | None = None
    """Pseudonym; None: the record can never be replaced."""
    status: Status | None = None
    """Always None in a stored record: `active` is left out, `cancelled` is a `Cancellation`."""
    recorded_at: str | None = None
    """RFC 3339 in UTC, up to six digits of fraction; never None once decoded."""
    previous_visit_date: str | None = None
    """The day this record was moved from; None: not moved."""
    facility_id: str | None = None
    """1 to 32 characters; None: not given."""
    region: str | None = None
    """1 to 32 characters; None: not given."""

    def to_cancellation(self) -> "Cancellation":
        """Return the cancellation that a moved record leaves under its previous date."""
        if self.previous_visit_date is None or self.record_id is None or self.recorded_at is None:
            raise ValueError("only a decoded record that moved gives a cancellation")
        return Cancellation(
            patient_id=self.patient_id,
            visit_date=self.previous_visit_date,
            record_id=self.record_id,
            recorded_at=self.recorded_at,
        )


class Cancellation(msgspec.Struct, gc=False, kw_only=True):
    """Cancels a record (`record_id`) or, without one, a whole visit (`visit_id`)."""

    patient_id: str
    visit_date: str
    visit_id: str | msgspec.UnsetType = msgspec.UNSET
    record_id: str | msgspec.UnsetType = msgspec.UNSET
    status: Literal["cancelled"] = "cancelled"
    recorded_at: str


Line = PatientRecord | Cancellation
"""What a data file holds, one canonical JSON line each."""
