"""Every rule of the contract broken in every way gives its reason, and nothing else is rejected."""

import datetime as dt
import json

import pytest

from healthtrends.formats.record import RecordDecoder
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Reason, Rejection
from tests.decoding import decode_one

LATEST = dt.date(2025, 12, 23)
BROKER_MS = 1_766_392_200_123
GOOD = {
    "patient_id": "P-1",
    "age": 41,
    "gender": "M",
    "diagnosis_code": "E11.9",
    "visit_date": "2025-12-22",
    "treatment_code": "T-1",
    "outcome": "recovered",
}


def decode(value: bytes | None) -> object:
    return decode_one(RecordDecoder(LATEST, None), value, BROKER_MS)


def decode_with(**changes: object) -> object:
    fields = {**GOOD, **changes}
    return decode(json.dumps({name: v for name, v in fields.items() if v is not ...}).encode())


def test_a_good_record_is_stored_as_it_is_with_the_broker_time():
    """The seven required fields are enough."""
    assert decode_with() == PatientRecord(**GOOD, recorded_at="2025-12-22T08:30:00.123Z")


@pytest.mark.parametrize(
    ("broker_ms", "stored"),
    [(-1, "1970-01-01T00:00:00Z"), (2**63 - 1, "9999-12-31T23:59:59.999Z")],
)
def test_a_broker_time_that_no_calendar_has_becomes_its_nearest(broker_ms, stored):
    """Senders may set it, and one message must not stop the ingest of all."""
    record = decode_one(RecordDecoder(LATEST, None), json.dumps(GOOD).encode(), broker_ms)
    assert record == PatientRecord(**GOOD, recorded_at=stored)


BROKEN = [
    *((name, ..., Reason.MISSING_FIELD) for name in GOOD),
    *((name, None, Reason.NULL_FIELD) for name in GOOD),
    *((name, 7, Reason.WRONG_TYPE) for name in GOOD if name != "age"),
    *((name, ["x"], Reason.WRONG_TYPE) for name in GOOD),
    *((name, {"x": 1}, Reason.WRONG_TYPE) for name in GOOD),
    ("age", "41", Reason.WRONG_TYPE),
    ("age", 41.0, Reason.WRONG_TYPE),
    ("age", 41.7, Reason.WRONG_TYPE),
    ("age", True, Reason.WRONG_TYPE),
    ("age", -1, Reason.OUT_OF_RANGE),
    ("age", 131, Reason.OUT_OF_RANGE),
    ("age", 10**30, Reason.OUT_OF_RANGE),
    ("gender", "m", Reason.NOT_IN_LIST),
    ("gender", "", Reason.NOT_IN_LIST),
    ("outcome", "died", Reason.NOT_IN_LIST),
    ("outcome", "Unknown", Reason.NOT_IN_LIST),
    ("patient_id", "", Reason.BLANK),
    ("patient_id", "   ", Reason.BLANK),
    ("patient_id", " P", Reason.OUTER_SPACE),
    ("patient_id", "P\u00a0", Reason.OUTER_SPACE),
    ("patient_id", "P\t1", Reason.CONTROL_CHARACTER),
    ("patient_id", "P\u0085", Reason.CONTROL_CHARACTER),
    ("patient_id", "P" * 65, Reason.TOO_LONG),
    ("patient_id", "x" * 100_000, Reason.TOO_LONG),
    ("patient_id", "\t" * 65, Reason.TOO_LONG),
    ("patient_id", "\ud800", Reason.LONE_SURROGATE),
    ("treatment_code", "T" * 33, Reason.TOO_LONG),
    ("treatment_code", "T\n", Reason.CONTROL_CHARACTER),
    *(("diagnosis_code", code, Reason.BAD_DIAGNOSIS_CODE) for code in (
        "", "E", "E1", "11E", "E11.", "E119.1", "E11.12345", "E11 9", "Ä11", "\u013111", "E11.9\n", "EE1",
    )),
    *(("visit_date", day, Reason.IMPOSSIBLE_DATE) for day in (
        "2025-13-45", "2025-02-29", "2025-1-1", "20251222", "2025-W52-1", "../x", "2025-12-22T00:00:00", "",
        "\u0662\u0660\u0662\u0665-12-22",
    )),
    ("visit_date", "1899-12-31", Reason.DATE_TOO_EARLY),
    ("visit_date", "2025-12-24", Reason.DATE_IN_FUTURE),
    ("visit_id", "", Reason.BLANK),
    ("visit_id", 5, Reason.WRONG_TYPE),
    ("record_id", "r" * 65, Reason.TOO_LONG),
    ("facility_id", "f" * 33, Reason.TOO_LONG),
    ("region", "\u0000", Reason.CONTROL_CHARACTER),
    ("status", "deleted", Reason.NOT_IN_LIST),
    ("status", 1, Reason.WRONG_TYPE),
    *(("recorded_at", time, Reason.BAD_TIME) for time in (
        "", "2025-12-22", "2025-12-22T08:30:00", "2025-12-22T08:30:00+0100", "2025-12-22T08:30:60Z",
        "2025-12-22T24:00:00Z", "2025-02-30T08:30:00Z", "2025-12-22T08:30:00.Z", "2025-12-22T08:30:00+24:00",
        "0001-01-01T00:00:00+10:00", "2025-W52-1T08:30:00Z",
    )),
    ("recorded_at", 1_766_392_200, Reason.WRONG_TYPE),
    ("previous_visit_date", "2025-12-21", Reason.MOVED_WITHOUT_RECORD_ID),
]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "reason"), BROKEN, ids=lambda v: ascii(v)[:24] if v is not ... else "absent"
)
def test_a_broken_field_is_rejected_with_its_reason(field, value, reason):
    """The rejection names the rule and the field."""
    assert decode_with(**{field: value}) == Rejection(reason, field)


WHOLE = [
    (None, Reason.NULL_VALUE),
    (b"", Reason.INVALID_JSON),
    (b"not json", Reason.INVALID_JSON),
    (b"{", Reason.INVALID_JSON),
    (b"{}{}", Reason.INVALID_JSON),
    (b'{"age":NaN}', Reason.INVALID_JSON),
    (b"[" * 100_000, Reason.INVALID_JSON),
    (b'{"a":' * 100_000, Reason.INVALID_JSON),
    (b"[1]", Reason.NOT_AN_OBJECT),
    (b'"x"', Reason.NOT_AN_OBJECT),
    (b"null", Reason.NOT_AN_OBJECT),
    (b"\xef\xbb\xbf{}", Reason.BYTE_ORDER_MARK),
    (b'{"patient_id":"\xff"}', Reason.INVALID_UTF8),
    (b"\xff\xfe", Reason.INVALID_UTF8),
]


@pytest.mark.parametrize(("value", "reason"), WHOLE, ids=lambda v: ascii(v)[:24])
def test_a_message_that_is_no_record_is_rejected_whole(value, reason):
    """No field is to blame, so none is named."""
    assert decode(value) == Rejection(reason)


def test_a_number_beyond_floating_point_is_rejected():
    """1e400 is no integer, and no crash either."""
    text = json.dumps(GOOD).replace("41", "1e400").encode()
    assert decode(text) == Rejection(Reason.WRONG_TYPE, "age")


ACCEPTED = [
    ("diagnosis_code", "e119", "E11.9"),
    ("diagnosis_code", "e11.9", "E11.9"),
    ("diagnosis_code", "E11", "E11"),
    ("diagnosis_code", "S72001A", "S72.001A"),
    ("age", 0, 0),
    ("age", 130, 130),
    ("visit_date", "1900-01-01", "1900-01-01"),
    ("visit_date", "2025-12-23", "2025-12-23"),
    ("visit_date", "2024-02-29", "2024-02-29"),
    ("treatment_code", "Ü" * 32, "Ü" * 32),
    ("patient_id", "\U0001f600" * 64, "\U0001f600" * 64),
    ("patient_id", "a\u00adb", "a\u00adb"),
    ("recorded_at", "2025-12-22T09:30:00+01:00", "2025-12-22T08:30:00Z"),
    ("recorded_at", "2025-12-22t08:30:00.120z", "2025-12-22T08:30:00.12Z"),
    ("recorded_at", "2025-12-22T08:30:00.1234567Z", "2025-12-22T08:30:00.123456Z"),
    ("recorded_at", "2025-12-22T00:30:00+01:00", "2025-12-21T23:30:00Z"),
    ("recorded_at", None, "2025-12-22T08:30:00.123Z"),
    ("status", "active", None),
    ("status", None, None),
    ("visit_id", None, None),
    ("region", "Süd 1", "Süd 1"),
]


@pytest.mark.parametrize(("field", "given", "stored"), ACCEPTED, ids=lambda v: ascii(v)[:24])
def test_an_odd_but_valid_value_is_settled(field, given, stored):
    """Case, dots, offsets and fractions have one stored form."""
    assert getattr(decode_with(**{field: given}), field) == stored


def test_unknown_fields_are_dropped_and_counted():
    """An allow-list: what no rule knows is not stored, even with half a surrogate in it."""
    decoder = RecordDecoder(LATEST, None)
    extended = json.dumps({**GOOD, "name": "\ud800", "note": {"deep": [1]}}).encode()
    assert decode_one(decoder, extended, BROKER_MS) == decode_with()
    assert decoder.take_unknown_fields() == 2


def test_of_duplicate_keys_the_last_counts_even_after_a_bad_first():
    """The sender's last word is judged."""
    text = json.dumps(GOOD).replace('"age": 41', '"age": "x", "age": 41').encode()
    assert decode(text) == decode_with()


def test_a_cancellation_keeps_only_what_it_needs():
    """Other fields of a cancellation are neither required nor stored."""
    given = {
        "patient_id": "P-1",
        "visit_date": "2025-12-22",
        "record_id": "r",
        "status": "cancelled",
        "age": "x",
    }
    assert decode(json.dumps(given).encode()) == Cancellation(
        patient_id="P-1", visit_date="2025-12-22", record_id="r", recorded_at="2025-12-22T08:30:00.123Z"
    )


def test_a_cancellation_of_nothing_is_rejected():
    """It needs record_id or visit_id."""
    assert decode_with(status="cancelled") == Rejection(Reason.CANCELS_NOTHING, "record_id")


def test_a_moved_record_leaves_a_cancellation_under_its_old_day():
    """One message, two lines."""
    moved = decode_with(record_id="r", previous_visit_date="2025-12-20")
    assert isinstance(moved, PatientRecord)
    assert moved.to_cancellation() == Cancellation(
        patient_id="P-1", visit_date="2025-12-20", record_id="r", recorded_at="2025-12-22T08:30:00.123Z"
    )


def test_a_record_cannot_move_to_its_own_day():
    """Equal dates are a contradiction."""
    found = decode_with(record_id="r", previous_visit_date="2025-12-22")
    assert found == Rejection(Reason.MOVED_TO_SAME_DAY, "previous_visit_date")


def test_a_record_cannot_move_and_be_cancelled():
    """One of the two."""
    found = decode_with(record_id="r", status="cancelled", previous_visit_date="2025-12-21")
    assert found == Rejection(Reason.MOVED_AND_CANCELLED, "previous_visit_date")


def test_ids_become_pseudonyms_and_equal_ids_stay_equal():
    """32 hex digits under the key; joins within the data still work."""
    decoder = RecordDecoder(LATEST, pseudonymiser(b"k" * 32))
    text = json.dumps({**GOOD, "visit_id": "P-1", "record_id": "R"}).encode()
    record = decode_one(decoder, text, BROKER_MS)
    assert isinstance(record, PatientRecord)
    assert record.patient_id == record.visit_id == pseudonymiser(b"k" * 32)("P-1")
    assert record.record_id is not None
    assert len(record.record_id) == 32


def test_the_pseudonym_is_keyed_blake2b():
    """The value was computed with another implementation: `openssl mac -macopt size:16 BLAKE2BMAC`."""
    assert pseudonymiser(b"k" * 32)("P-1") == "9429697933c7e45d35e061f6028bd489"


@pytest.mark.parametrize("padding", ["x" * 2000, "\ud800" * 400], ids=["fast path", "slow path"])
def test_a_message_over_the_limit_is_rejected_by_its_length_alone(padding: str) -> None:
    """A message of more bytes than allowed is `too_large`, however right it is; one byte less is stored."""
    value = json.dumps({**GOOD, "note": padding}).encode()
    refusing, taking = (RecordDecoder(LATEST, None, len(value) - one) for one in (1, 0))
    assert decode_one(refusing, value, BROKER_MS) == Rejection(Reason.TOO_LARGE)
    assert isinstance(decode_one(taking, value, BROKER_MS), PatientRecord)


def test_a_message_over_the_limit_does_not_touch_its_neighbours() -> None:
    """Of a chunk, only the message that is too large is rejected, beside a tombstone too."""
    good = json.dumps(GOOD).encode()
    large = json.dumps({**GOOD, "note": "x" * 5000}).encode()
    plain, others = RecordDecoder(LATEST, None, 1000).decode_all([good, large, None, good], [BROKER_MS] * 4)
    assert len(plain) == 2
    assert [(at, line.reason) for at, line in others] == [(1, Reason.TOO_LARGE), (2, Reason.NULL_VALUE)]
