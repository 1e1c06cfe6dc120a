"""Rejections: why a message was not stored, by a closed list of reason codes that can be counted."""

import enum

import msgspec


class Reason(enum.StrEnum):
    """Code of what was wrong, never with the value."""

    NULL_VALUE = "null_value"
    """The message has no value (a tombstone)."""
    TOO_LARGE = "too_large"
    """More bytes than `ingest.max_message_bytes`; nothing else was looked at."""
    INVALID_UTF8 = "invalid_utf8"
    """The bytes are not UTF-8."""
    BYTE_ORDER_MARK = "byte_order_mark"
    """The text begins with U+FEFF."""
    INVALID_JSON = "invalid_json"
    """The text is not JSON, or nested too deeply to be read."""
    NOT_AN_OBJECT = "not_an_object"
    """JSON, but not one object."""
    MISSING_FIELD = "missing_field"
    """A required field is absent."""
    NULL_FIELD = "null_field"
    """A required field is null."""
    WRONG_TYPE = "wrong_type"
    """A string for a number, a float for an integer, an object for a string, ..."""
    BLANK = "blank"
    """An empty string, or white space only."""
    TOO_LONG = "too_long"
    """More code points than the field allows."""
    OUTER_SPACE = "outer_space"
    """Begins or ends with white space."""
    CONTROL_CHARACTER = "control_character"
    """Holds a character of Unicode category Cc."""
    LONE_SURROGATE = "lone_surrogate"
    """Holds half of a surrogate pair."""
    OUT_OF_RANGE = "out_of_range"
    """A number outside the allowed range."""
    NOT_IN_LIST = "not_in_list"
    """None of the allowed words."""
    BAD_DIAGNOSIS_CODE = "bad_diagnosis_code"
    """Not of ICD-10 form."""
    IMPOSSIBLE_DATE = "impossible_date"
    """Not a real calendar day written YYYY-MM-DD."""
    DATE_TOO_EARLY = "date_too_early"
    """Before 1900-01-01."""
    DATE_IN_FUTURE = "date_in_future"
    """Later than the pipeline's clock allows."""
    BAD_TIME = "bad_time"
    """Not an RFC 3339 time with offset."""
    CANCELS_NOTHING = "cancels_nothing"
    """Cancelled, with neither record_id nor visit_id."""
    MOVED_WITHOUT_RECORD_ID = "moved_without_record_id"
    """previous_visit_date needs record_id."""
    MOVED_TO_SAME_DAY = "moved_to_same_day"
    """previous_visit_date equals visit_date."""
    MOVED_AND_CANCELLED = "moved_and_cancelled"
    """previous_visit_date on a cancellation."""
    EARLIER_RULES = "earlier_rules"
    """Refused under earlier rules, whose reason is lost; passes today's, so `rejects replay` stores it."""
    UNMAPPED_SYSTEM = "unmapped_system"
    """All codings are in code systems that `source.diagnosis_systems` does not list; kept for a replay."""
    FHIR_NO_RESOURCE_TYPE = "fhir_no_resource_type"
    """`resourceType` is missing, or no text."""
    FHIR_NO_ID = "fhir_no_id"
    """Nothing names the resource: no id of FHIR's form, no address and no identifier."""
    FHIR_NO_PATIENT = "fhir_no_patient"
    """`subject` is missing, or refers to no Patient."""
    FHIR_BAD_REFERENCE = "fhir_bad_reference"
    """A reference that cannot be read, or to a resource of another type."""
    FHIR_NO_CODE = "fhir_no_code"
    """A Condition without any coding."""
    FHIR_BAD_REQUEST = "fhir_bad_request"
    """A request that changes a resource in a way that only its server can tell, such as PATCH."""
    OTHER_ENVELOPE = "other_envelope"
    """Not in the envelope that `source.envelope` names; `field` is the part that is missing or different."""
    SCHEMA_MISMATCH = "schema_mismatch"
    """The bytes do not fit the schema that the message names, or bytes are left behind them."""
    UNUSABLE_SCHEMA = "unusable_schema"
    """The registry's schema is Protobuf, contains itself, or cannot be parsed."""
    DELETED_WITHOUT_ROW = "deleted_without_row"
    """A deletion that gives neither the row nor its patient and date: nothing says what to take back."""

    HL7_NO_MSH = "hl7_no_msh"
    """No segment MSH begins a message."""
    HL7_BAD_SEPARATORS = "hl7_bad_separators"
    """MSH-1 and MSH-2 do not give five characters that can be told apart."""
    HL7_NO_EVENT = "hl7_no_event"
    """Neither MSH-9 nor EVN-1 says what happened."""
    HL7_BAD_TIME = "hl7_bad_time"
    """A time or date that is none, or is not given where one is needed."""
    HL7_NO_PATIENT = "hl7_no_patient"
    """PID-3 has no id."""
    HL7_NO_VISIT = "hl7_no_visit"
    """None of PV1-19, PID-18 and PV1-50 has a number."""
    HL7_BAD_DIAGNOSIS = "hl7_bad_diagnosis"
    """The code in a listed system is not of ICD-10 form, or a diagnosis has no code."""
    HL7_NO_PRIOR_ID = "hl7_no_prior_id"
    """A merge or its undoing without both ids."""


class Rejection(msgspec.Struct, frozen=True):
    """A message that is kept in quarantine instead of the data."""

    reason: Reason
    field: str | None = None
    """The known field that broke the rule, or its place such as `PV1-44`; None: the message as a whole."""
    part: str | None = None
    """Part of the message that is rejected alone, such as `DG1[3]`; None: the whole message."""
    is_withheld: bool = False
    """True: no byte of the message is kept, as it also names a patient who opted out."""


class SkipReason(enum.StrEnum):
    """Code of why a message is rightly left out."""

    TEST_MESSAGE = "test_message"
    """Marked as a test, for training or for debugging (MSH-11)."""
    OTHER_TYPE = "other_type"
    """A type of message, resource or event that says nothing about visits, persons or diagnoses."""
    TOMBSTONE = "tombstone"
    """A null value that the envelope sends behind a delete."""
    NO_CHANGE = "no_change"
    """A message of the envelope itself, such as a heartbeat or a transaction mark."""
    OPTED_OUT = "opted_out"
    """Of a patient on the opt-out list."""


class Skip(msgspec.Struct, frozen=True):
    """A message that is counted and neither stored nor rejected."""

    reason: SkipReason
