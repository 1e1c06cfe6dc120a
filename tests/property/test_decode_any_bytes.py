"""What holds for every input: no exception, one canonical form, and two paths that agree."""

import datetime as dt
import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthtrends.formats.record import RecordDecoder
from healthtrends.model.decoder import Outcome
from healthtrends.model.record import Cancellation, Line, PatientRecord
from healthtrends.model.rejection import Rejection
from tests.decoding import decode_one

pytestmark = pytest.mark.slow

EXAMPLES = settings().max_examples
LATEST = dt.date(2025, 12, 23)
MS = 1_766_392_200_000
FIELDS = PatientRecord.__struct_fields__

PLAUSIBLE = {
    "patient_id": st.text(min_size=1, max_size=66),
    "age": st.integers(-2, 140),
    "gender": st.sampled_from(["M", "F", "O", "U", "X"]),
    "diagnosis_code": st.from_regex(r"[A-Za-z][0-9][0-9A-Za-z](\.?[0-9A-Za-z]{0,5})?", fullmatch=True),
    "visit_date": st.dates(dt.date(1899, 1, 1), dt.date(2026, 1, 1)).map(str),
    "treatment_code": st.text(min_size=1, max_size=34),
    "outcome": st.sampled_from(["recovered", "ongoing", "deceased", "unknown"]),
}
OPTIONAL = {
    "visit_id": st.none() | st.text(max_size=66),
    "record_id": st.none() | st.text(max_size=66),
    "status": st.sampled_from([None, "active", "cancelled"]),
    "recorded_at": st.none()
    | st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())
    | st.text(max_size=30),
    "previous_visit_date": st.none() | st.dates(dt.date(2025, 12, 1), LATEST).map(str),
    "facility_id": st.none() | st.text(max_size=34),
    "region": st.none() | st.text(max_size=34),
    "unknown": st.none() | st.integers(),
}
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3),
)
records = st.fixed_dictionaries(PLAUSIBLE, optional=OPTIONAL)
broken = st.builds(
    lambda record, name, value: {**record, name: value}, records, st.sampled_from(FIELDS), ANY_JSON
)


def first(outcome: Outcome) -> Line | Rejection:
    return outcome if isinstance(outcome, Rejection) else outcome[0]


def encoded(fields: object) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


@settings(max_examples=5 * EXAMPLES)
@given(st.binary(max_size=200) | (records | broken).map(encoded) | ANY_JSON.map(encoded))
def test_any_bytes_give_a_record_or_a_rejection(value):
    """Never an exception: one message cannot stop a run."""
    found = decode_one(RecordDecoder(LATEST, None), value, MS)
    assert isinstance(found, PatientRecord | Cancellation | Rejection)


@settings(max_examples=5 * EXAMPLES)
@given((records | broken).map(encoded))
def test_the_canonical_line_is_a_fixed_point(value):
    """Decoding a stored line and encoding it again gives the same bytes."""
    decoder = RecordDecoder(LATEST, None)
    found = decode_one(decoder, value, MS)
    if not isinstance(found, Rejection):
        line = msgspec.json.encode(found)
        assert msgspec.json.encode(decode_one(decoder, line, MS + 5)) == line


@settings(max_examples=8 * EXAMPLES)
@given((records | broken).map(encoded))
def test_the_fast_path_decides_as_the_slow_one(value):
    """The slow path names the rules; the fast one may only be faster."""
    decoder = RecordDecoder(LATEST, None)
    assert decode_one(decoder, value, MS) == decoder.slow.decode(value, MS)


@settings(max_examples=3 * EXAMPLES // 2)
@given(st.lists((records | broken).map(encoded) | st.none(), max_size=8))
def test_what_was_learned_from_one_message_is_right_for_the_next(values):
    """A chunk, decoded twice by one decoder, gives for each message what the slow path says of it alone."""
    decoder = RecordDecoder(LATEST, None)
    times = [MS + n for n in range(len(values))]
    for _ in range(2):
        plain, others = decoder.decode_all(values, times)
        found = dict(others)
        rest = iter(plain)
        assert [first(found[n]) if n in found else next(rest) for n in range(len(values))] == [
            decoder.slow.decode(value, ms) for value, ms in zip(values, times, strict=True)
        ]
        assert next(rest, None) is None
