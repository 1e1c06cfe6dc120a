"""Settings of the messages that arrive: `[source]`. Decoders take them as they are."""

from typing import Annotated, Final, Literal

from msgspec import Meta, Struct, field
from msgspec.structs import replace

from healthtrends.config.mapping import FileForm, Mapping

ICD10_SYSTEMS: Final = (
    "I10",
    "I10C",
    "ICD10",
    "ICD-10",
    "ICD-10-CM",
    "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10-cm",
    "http://hl7.org/fhir/sid/icd-10",
    "urn:oid:2.16.840.1.113883.6.90",
    "urn:oid:2.16.840.1.113883.6.3",
)
"""Names of ICD-10 and ICD-10-CM in HL7 table 0396 and in FHIR."""
GERMAN_SYSTEMS: Final = ("http://fhir.de/CodeSystem/bfarm/icd-10-gm", "ICD-10-GM", "ICD10GM", "I10G")
"""Names of ICD-10-GM, which are on the default list when it is the system of the diagnoses."""
DISPOSITION_OUTCOMES: Final[dict[str, Literal["recovered", "ongoing", "deceased", "unknown"]]] = {
    "01": "recovered", "20": "deceased", "40": "deceased", "41": "deceased", "42": "deceased",
}  # fmt: skip
"""Outcome by PV1-36 (NUBC patient discharge status)."""


EnvelopeName = Literal["debezium", "connect-json", "confluent"]


class Source(Struct, frozen=True, kw_only=True):
    """Messages of the topic: their format, and how to read it."""

    format: Annotated[
        str,
        Meta(
            min_length=1,
            description="Format of the messages: `record`, one JSON object a message; `hl7v2`; `fhir`.",
        ),
    ] = "record"
    envelope: Annotated[
        Literal["none", "debezium", "connect-json", "confluent"] | tuple[EnvelopeName, ...],
        Meta(
            description="What stands around each message; a list names several from the outside to the "
            'inside, such as `["confluent", "debezium"]`.'
        ),
    ] = "none"
    registry: Annotated[
        dict[str, str],
        Meta(
            description="Schema registry of `confluent`: `url`, and as in its clients "
            "`basic.auth.user.info`, `bearer.auth.token`, `ssl.ca.location`, `ssl.certificate.location`, "
            "`ssl.key.location`, `ssl.key.password`, `timeout` (seconds, 10)."
        ),
    ] = field(default_factory=dict)
    reader_schema: Annotated[
        str | None,
        Meta(
            description="File with the Avro schema (.avsc) that messages are brought to; "
            "default: each is read by the schema it was written with."
        ),
    ] = None
    charset: Annotated[str, Meta(min_length=1, description="Charset of HL7v2 messages without MSH-18.")] = (
        "iso-8859-1"
    )
    timezone: Annotated[
        str,
        Meta(
            min_length=1,
            description="IANA name of the zone of the place. Times of messages without an offset are read in "
            "it, and its days count: for visits, `today`, the date rule and the provisional state.",
        ),
    ] = "UTC"
    diagnosis_systems: Annotated[
        list[str],
        Meta(
            description="Code systems whose codes are ICD-10, compared without case; others are unmapped. "
            'The default has those of ICD-10-GM too when `diagnosis.system = "icd10gm"`.'
        ),
    ] = field(default_factory=lambda: list(ICD10_SYSTEMS))
    diagnosis_mode: Annotated[
        Literal["snapshot", "append"],
        Meta(
            description="What a later message of a visit does to its diagnoses: replace them, or add to them."
        ),
    ] = "snapshot"
    diagnosis_types: Annotated[
        Literal["final-first", "all"],
        Meta(description="Of DG1-6 (F, W, A): one record for each code, or one for each code and type."),
    ] = "final-first"
    patient_id_type: Annotated[
        str, Meta(description="HL7v2: type (PID-3.5) of the patient id; without one of it the first id.")
    ] = "MR"
    patient_identifier: Annotated[
        str, Meta(description="FHIR: system of the identifier that is the patient id; empty: Patient.id.")
    ] = ""
    reference_identifiers: Annotated[
        list[str],
        Meta(
            description="FHIR: systems of identifiers by which resources of other messages refer to a "
            "patient or an encounter; within one bundle any identifier does."
        ),
    ] = field(default_factory=list)
    outcomes: Annotated[
        dict[str, Literal["recovered", "ongoing", "deceased", "unknown"]],
        Meta(
            description="HL7v2: outcome by discharge disposition (PV1-36). "
            "A disposition that is not in it is `unknown`; not discharged is `ongoing`."
        ),
    ] = field(default_factory=lambda: dict(DISPOSITION_OUTCOMES))
    confirmed_only: Annotated[
        bool, Meta(description="FHIR: leave out conditions that are `differential` or `provisional`.")
    ] = False
    problem_list: Annotated[bool, Meta(description="FHIR: count conditions of the problem list.")] = True
    mapping: Annotated[
        Mapping | None,
        Meta(
            description="Rows with other names and codings, of format `record`: our field = their column. "
            "See docs/how-to/map-tables.md.",
            extra={"allowed": "a table of rules"},
        ),
    ] = None
    file: Annotated[
        FileForm | None,
        Meta(
            description="Form of files that are sent with `--map`, and the decimal sign of numbers in texts.",
            extra={"allowed": "a table of `delimiter`, `charset`, `decimal`, `quote`, `sheet`"},
        ),
    ] = None

    @property
    def envelopes(self) -> tuple[EnvelopeName, ...]:
        """Envelopes from the outside to the inside."""
        if isinstance(self.envelope, tuple):
            return self.envelope
        return () if self.envelope == "none" else (self.envelope,)

    @property
    def stored_name(self) -> str:
        """Name that commits keep of how messages were read, such as `confluent+debezium+record`."""
        return "+".join((*self.envelopes, self.format))

    def of_stored(self, name: str) -> "Source":
        """The source as it was when a commit kept this name."""
        *envelopes, message_format = name.split("+")
        return replace(self, format=message_format, envelope=tuple(envelopes))
