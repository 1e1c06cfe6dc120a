"""Facts of feeds in which the parts of a visit arrive apart: what one message says about a person or a visit.

A decoder gives facts where one message alone is not yet a record. They are stored as JSON lines. The records
of a visit are computed from all its facts in the order `at`, then `tie`, whatever order they arrived in.
Ids are pseudonyms (32 hex digits), or the sender's ids where pseudonymisation is off.
"""

from typing import Literal

import msgspec

from healthtrends.model.record import Gender, Outcome

Order = tuple[str, str, int, int, int, int]
VisitEvent = Literal["update", "admit", "discharge", "cancel", "cancel_discharge"]
"""`admit` also brings a cancelled visit back; after `cancel` nothing else does."""


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A time that a message gives for a visit or a diagnosis."""

    at: str
    """UTC, `2025-12-22T21:30:00.000000Z`, always six digits; a day without a time: its local midnight."""
    day: str
    """Local calendar day YYYY-MM-DD: by the offset in the message, else by the setting's zone."""


class DiagnosisEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One coded diagnosis, normalised to the form that a record stores."""

    system: str
    """Name of the code system under which spellings of it are one: `icd10cm`, `icd10`, `icd10gm`."""
    code: str
    """As `PatientRecord.diagnosis_code`."""
    type: str = ""
    """DG1-6 with `diagnosis_types = "all"`, where each type is a record of its own; else empty."""
    is_withdrawn: bool = False
    """True: the message takes this diagnosis back (DG1-21 = D)."""


class _Fact(msgspec.Struct, kw_only=True, omit_defaults=True, tag_field="fact", gc=False):
    """What all facts have."""

    at: str
    """Time of the event, UTC with six digits as in `Stamp`: decides which of two facts is the later one."""
    tie: str = ""
    """Decides between equal times, as text: MSH-10 in HL7v2, the padded version in FHIR."""
    is_placed: bool = False
    """True: the message gives no time, and `at` is the broker's. The fact comes right after what the topic
    had before it about the same visit, person or diagnosis."""
    control: str | None = None
    """Digest of what names the message (MSH-3, MSH-4, MSH-10); None: the feed has no such id."""
    content: str | None = None
    """Digest of the message's bytes; two contents under one `control` are a reused id: the first counts."""
    received: int = 0
    """Broker time of the message, ms."""
    partition: int = -1
    """Partition of the message; filled in by the ingest."""
    offset: int = -1
    """Offset of the message; filled in by the ingest."""
    part: int = 0
    """Number of the fact within its message."""

    @property
    def order(self) -> Order:
        """Sort key; the place on the topic decides only where the message gives nothing else."""
        return self.at, self.tie, self.received, self.partition, self.offset, self.part


class PersonFact(_Fact, tag="person", kw_only=True):
    """What a message says about a person, for all visits of that person."""

    patient: str
    birth_date: str | None = None
    """YYYY, YYYY-MM or YYYY-MM-DD; empty: taken back; None: not said."""
    gender: Gender | None = None
    """None: not said; `U` also where it was taken back."""
    death: str | None = None
    """Local day of death, or `yes` without a day; empty: taken back; None: not said."""


class VisitFact(_Fact, tag="visit", kw_only=True):
    """What a message says about one visit, and about its person on the way."""

    visit: str
    patient: str
    """Empty: not said, as where a visit is deleted by its id."""
    event: VisitEvent = "update"
    start: Stamp | Literal[""] | None = None
    """Time stated for the visit (PV1-44, period.start); empty: taken back; None: not said."""
    end: Stamp | Literal[""] | None = None
    """Time stated for its end (PV1-45, period.end); as `start`."""
    earliest: Stamp | None = None
    """The earliest of the message's other times; used where no message states the visit's time."""
    age: int | None = None
    """Years at the visit, 0 to 130, where the feed gives an age; used where no birth date is known."""
    birth_date: str | None = None
    """As in `PersonFact`."""
    gender: Gender | None = None
    """As in `PersonFact`."""
    treatment: str | None = None
    """As `PatientRecord.treatment_code`; None: not said."""
    outcome: Outcome | None = None
    """State that the message gives; None: not said. A cancelled discharge sets it back to `ongoing`."""
    facility: str | None = None
    """As `PatientRecord.facility_id`; None: not said."""
    region: str | None = None
    """As `PatientRecord.region`; None: not said."""
    diagnoses: tuple[DiagnosisEntry, ...] | None = None
    """None: the message says nothing about diagnoses."""
    appends: bool = False
    """False: `diagnoses` is the whole set of the visit from now on. True: it is added to the set."""
    unmapped: int = 0
    """Codings of the message in systems that are not on the list; goes with `diagnoses`."""
    rejected_parts: int = 0
    """Parts of the message that are rejects of their own."""
    flags: tuple[str, ...] = ()
    """Names of what was taken with a doubt, counted for the visit's date in `quality`."""


class DiagnosisFact(_Fact, tag="diagnosis", kw_only=True):
    """One version of a diagnosis that is a resource of its own (FHIR Condition)."""

    diagnosis: str
    """Pseudonym of the resource's id."""
    patient: str
    """Empty: not said, as in a deletion."""
    visit: str | None = None
    """None: it belongs to no visit, and is one of its own on the day `recorded`, else `onset`."""
    entries: tuple[DiagnosisEntry, ...] = ()
    """Its codings in listed systems."""
    is_active: bool = True
    """False: deleted, entered in error, refuted, or left out by a setting."""
    recorded: Stamp | None = None
    onset: Stamp | None = None
    unmapped: int = 0
    """Codings in other systems, where there is none in a listed one."""
    flags: tuple[str, ...] = ()


class MergeFact(_Fact, tag="merge", kw_only=True):
    """Two ids are one person (or visit) from now on, for all dates; or no longer."""

    prior: str
    """The id that is given up (MRG-1)."""
    survivor: str
    """The id that stays (PID-3)."""
    kind: Literal["patient", "visit"] = "patient"
    is_undone: bool = False
    """True: takes the merge of the two back (A37)."""


Fact = PersonFact | VisitFact | DiagnosisFact | MergeFact
"""One line of a facts file."""
