"""Envelopes `debezium` and `connect-json`: changes of rows become records and cancellations."""

import datetime as dt
import json

import pytest

from healthtrends import formats
from healthtrends.config.source import Source
from healthtrends.model.decoder import DecoderOptions
from healthtrends.model.record import Cancellation, PatientRecord
from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason
from healthtrends.testing import MemoryMessage

MS = 1_766_400_000_000
CHANGED_MS = 1_766_390_400_123  # 2025-12-22T08:00:00.123Z
AT = "2025-12-22T08:00:00.123007Z"  # of offset 7
ROW = {
    "patient_id": "P-1", "age": 44, "gender": "F", "diagnosis_code": "E11", "visit_date": "2025-12-20",
    "treatment_code": "T1", "outcome": "ongoing",
}  # fmt: skip
DAYS = (dt.date(2025, 12, 20) - dt.date(1970, 1, 1)).days


def opened(envelope="debezium", *, largest=10**6, pseudonymise=None):
    """A decoder of records in an envelope."""
    source = Source(envelope=envelope)
    return formats.open_decoder(DecoderOptions(dt.date(2025, 12, 24), pseudonymise, largest, source))


def change(op, before=None, after=None, **more):
    """A change event."""
    event = {"op": op, "before": before, "after": after, "source": {"ts_ms": CHANGED_MS}, "ts_ms": MS, **more}
    return json.dumps(event).encode()


def decoded(value, key=b'{"id": 5}', decoder=None, offset=7, **changes):
    """What one message gives."""
    message = MemoryMessage(0, offset, value, MS, own_key=key)
    return (decoder or opened(**changes)).decode_message(message, value)


def record(**changes):
    """The record of the row."""
    return PatientRecord(**{**ROW, "record_id": "5", "recorded_at": AT, **changes})


def cancelled(**changes):
    """The cancellation of the row's record."""
    fields = {"patient_id": "P-1", "visit_date": "2025-12-20", "record_id": "5", "recorded_at": AT}
    return Cancellation(**{**fields, **changes})


@pytest.mark.parametrize("op", ["c", "r"])
def test_a_row_that_came_is_a_record_of_the_time_of_its_change(op):
    """Its `record_id` is the key of its table, its `recorded_at` the change and the place on the topic."""
    assert decoded(change(op, after=ROW)) == (record(),)


def test_own_ids_and_times_of_a_row_stay():
    """They are what the sender says of the record itself."""
    own = {"record_id": "R-1", "recorded_at": "2025-12-21T10:00:00Z"}
    assert decoded(change("c", after={**ROW, **own})) == (record(**own),)


def test_a_change_replaces_the_record():
    """Under the same id, later."""
    older, newer = {**ROW, "outcome": "ongoing"}, {**ROW, "outcome": "recovered"}
    assert decoded(change("u", older, newer)) == (record(outcome="recovered"),)


def test_a_change_without_the_earlier_row_replaces_the_record():
    """As the database may not keep it."""
    assert decoded(change("u", None, {**ROW, "age": 45})) == (record(age=45),)


def test_a_change_of_the_date_leaves_the_earlier_date():
    """The record under the new date, a cancellation under the old one."""
    moved = {**ROW, "visit_date": "2025-12-21"}
    assert decoded(change("u", ROW, moved)) == (record(visit_date="2025-12-21"), cancelled())


def test_a_change_of_the_patient_leaves_the_earlier_patient():
    """An id says which record it is only together with its patient."""
    assert decoded(change("u", ROW, {**ROW, "patient_id": "P-2"})) == (
        record(patient_id="P-2"),
        cancelled(),
    )


def test_a_time_of_the_row_that_did_not_move_on_is_the_time_of_the_change():
    """Else an update would have the time of what it replaces."""
    own = "2025-12-21T10:00:00Z"
    older, newer = {**ROW, "recorded_at": own}, {**ROW, "recorded_at": own, "age": 45}
    assert decoded(change("u", older, newer)) == (record(age=45),)
    newer = {**newer, "recorded_at": "2025-12-21T11:00:00Z"}
    assert decoded(change("u", older, newer)) == (record(age=45, recorded_at="2025-12-21T11:00:00Z"),)


def test_a_deleted_row_is_taken_back():
    """By the row as it was."""
    assert decoded(change("d", ROW)) == (cancelled(),)


def test_a_deletion_with_the_key_alone_needs_patient_and_date():
    """A default replica identity keeps the key's columns only, and fills others with nothing."""
    bare = {**dict.fromkeys(ROW), "patient_id": "", "visit_date": 0, "id": 5}
    assert decoded(change("d", bare)) == Rejection(Reason.DELETED_WITHOUT_ROW, "before")
    key = json.dumps({"patient_id": "P-1", "visit_date": "2025-12-20", "record_id": "R-1"}).encode()
    assert decoded(change("d", bare), key) == (cancelled(record_id="R-1"),)
    known = {**bare, "patient_id": "P-1", "visit_date": DAYS}
    assert decoded(change("d", known)) == (cancelled(),)


def test_a_deletion_of_a_row_that_was_a_reject_takes_nothing_back():
    """It is a cancellation that finds nothing."""
    assert decoded(change("d", {**ROW, "age": 200})) == (cancelled(),)


def test_changes_of_rows_without_any_id_are_rejects():
    """Nothing says which record they replace; one that is new is stored."""
    assert decoded(change("c", after=ROW), None) == (record(record_id=None),)
    refused = Rejection(Reason.MISSING_FIELD, "record_id")
    assert decoded(change("u", ROW, {**ROW, "age": 45}), None) == refused
    assert decoded(change("d", ROW), None) == refused


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, SkipReason.TOMBSTONE),
        (b'{"schema": null, "payload": null}', SkipReason.TOMBSTONE),
        (change("t"), SkipReason.NO_CHANGE),
        (change("m", message={"prefix": "p"}), SkipReason.NO_CHANGE),
    ],
)
def test_what_changes_no_row_is_skipped(value, reason):
    """And counted."""
    assert decoded(value) == Skip(reason)


@pytest.mark.parametrize(
    ("value", "rejection"),
    [
        (b"", Rejection(Reason.INVALID_JSON)),
        (b"\xff{", Rejection(Reason.INVALID_JSON)),
        (b'{"op": "\xff"}', Rejection(Reason.INVALID_UTF8)),
        (b"[]", Rejection(Reason.OTHER_ENVELOPE, "op")),
        (b'{"op": 5}', Rejection(Reason.OTHER_ENVELOPE, "op")),
        (json.dumps(ROW).encode(), Rejection(Reason.OTHER_ENVELOPE, "op")),
        (change("x", after=ROW), Rejection(Reason.OTHER_ENVELOPE, "op")),
        (change("c"), Rejection(Reason.OTHER_ENVELOPE, "after")),
        (change("c", after=[1]), Rejection(Reason.NOT_AN_OBJECT)),
        (change("c", after={**ROW, "age": 200}), Rejection(Reason.OUT_OF_RANGE, "age")),
        (change("c", after={**ROW, "visit_date": 10**9}), Rejection(Reason.WRONG_TYPE, "visit_date")),
        (change("c", after=ROW) + b" " * 10**6, Rejection(Reason.TOO_LARGE)),
        (b'{"after":' * 100_000, Rejection(Reason.INVALID_JSON)),
    ],
)
def test_other_messages_are_rejects(value, rejection):
    """With the reason that says how."""
    assert decoded(value) == rejection


def test_integers_of_a_date_count_days():
    """io.debezium.time.Date, in a message without a schema too."""
    assert decoded(change("c", after={**ROW, "visit_date": DAYS})) == (record(),)


def framed(fields, payload):
    """A message with its schema, as JsonConverter writes it."""
    return json.dumps({"schema": {"type": "struct", "fields": fields}, "payload": payload}).encode()


def test_a_schema_around_the_event_is_recognised():
    """And says which columns are days and times."""
    zoned = {"field": "recorded_at", "type": "int64", "name": "org.apache.kafka.connect.data.Timestamp"}
    day = {"field": "visit_date", "type": "int32", "name": "io.debezium.time.Date"}
    event = json.loads(change("c", after={**ROW, "visit_date": DAYS, "recorded_at": CHANGED_MS - 123}))
    row = {"field": "after", "type": "struct", "fields": [day, zoned]}
    assert decoded(framed([row], event)) == (record(recorded_at="2025-12-22T08:00:00Z"),)


def test_flattened_events_say_by_a_column_what_they_are():
    """The transform ExtractNewRecordState, with a rewritten delete."""
    flat = {**ROW, "__op": "u", "__source_ts_ms": CHANGED_MS, "__deleted": "false"}
    assert decoded(json.dumps(flat).encode()) == (record(),)
    gone = {**flat, "__op": "d", "__deleted": "true"}
    assert decoded(json.dumps(gone).encode()) == (cancelled(),)
    assert decoded(json.dumps({**flat, "visit_date": DAYS}).encode()) == (record(),)


@pytest.mark.parametrize(
    ("key", "row_id"),
    [
        (b'{"id": 5}', "5"),
        (b'{"schema": {}, "payload": {"id": 5}}', "5"),
        (b'{"b": 2, "a": "x"}', '{"a":"x","b":2}'),
        (b"5", "5"),
        (b'"R"', "R"),
        (b"plain", "plain"),
        (b"\xff", None),
        (b"{}", None),
        (b"null", None),
    ],
)
def test_the_key_is_the_id_of_a_row(key, row_id):
    """Whatever the converter of keys is."""
    assert decoded(change("c", after=ROW), key) == (record(record_id=row_id),)


def test_pseudonyms_are_made_of_the_keys_id_too():
    """It may be the sender's case number."""
    decoder = opened(pseudonymise=lambda text: f"<{text}>")
    found = decoded(change("c", after=ROW), decoder=decoder)
    assert found == (record(patient_id="<P-1>", record_id="<5>"),)


def test_many_messages_give_what_each_gives_alone():
    """In one call, with the place of each message."""
    values = [change("c", after=ROW), None, change("u", ROW, {**ROW, "visit_date": "2025-12-21"}), b"x",
              change("c", after={**ROW, "age": 200}), change("r", after=ROW), change("d", ROW)]  # fmt: skip
    messages = [MemoryMessage(0, n, value, MS, own_key=b'{"id": 5}') for n, value in enumerate(values)]
    plain, others = opened().decode_messages(messages)
    alone = {n: decoded(value, offset=n) for n, value in enumerate(values)}
    assert dict(others) == {n: alone[n] for n in (1, 2, 3, 4, 6)}
    assert plain == [*alone[0], *alone[5]]


def test_connect_json_takes_the_payload():
    """With its days written out by the schema."""
    day = {"field": "visit_date", "type": "int32", "name": "org.apache.kafka.connect.data.Date"}
    value = framed([day], {**ROW, "visit_date": DAYS})
    expected = record(record_id=None, recorded_at="2025-12-22T10:40:00Z")
    assert decoded(value, envelope="connect-json") == (expected,)


@pytest.mark.parametrize(
    ("value", "rejection"),
    [
        (None, Rejection(Reason.NULL_VALUE)),
        (b'{"schema": {}, "payload": null}', Rejection(Reason.NULL_VALUE, "payload")),
        (json.dumps(ROW).encode(), Rejection(Reason.OTHER_ENVELOPE, "payload")),
        (b'{"schema": {}', Rejection(Reason.INVALID_JSON)),
    ],
)
def test_what_is_no_connect_json_is_a_reject(value, rejection):
    """Also a null value: only Debezium has a meaning for it."""
    assert decoded(value, envelope="connect-json") == rejection
