"""What holds of every FHIR message: an outcome and no exception, and two paths that agree."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from healthtrends.formats.fhir.resources import ANY, Condition
from healthtrends.model.rejection import Rejection, Skip
from tests.unit.fhir.samples import MS, bundle, coding, condition, decoder, encounter, patient

EXAMPLES = settings().max_examples
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)
REFERENCE = st.sampled_from(
    [
        "Patient/p1",
        "Patient/p2",
        "Encounter/e1",
        "https://x/Encounter/e1",
        "#a",
        "urn:uuid:p1",
        "Patient/é",
        "",
    ]
)
TIME = st.sampled_from(
    [
        "2025-12-20", "2025-12-20T10:00:00Z", "2025-12-20T10:00:00.5+01:00", "2025-12-20T10:00:00+05:30",
        "2025-12-20T24:00:00Z", "2025", "2029-01-01", "1890-01-01T00:00:00Z", "20251220", "2025-12-20T10:00",
    ]
)  # fmt: skip
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["c1", "c/1", "", "x" * 65]),
        "meta": st.fixed_dictionaries({}, optional={"lastUpdated": TIME, "versionId": st.text(max_size=3)}),
        "verificationStatus": st.sampled_from(["confirmed", "refuted", "provisional"]).map(
            lambda code: {"coding": [{"code": code}]}
        ),
        "category": st.just([{"coding": [{"code": "problem-list-item"}]}]),
        "code": st.lists(st.sampled_from([coding(), coding("J45"), coding("1"), coding("1", "x")])).map(
            lambda codings: {"coding": codings}
        ),
        "subject": REFERENCE.map(lambda text: {"reference": text}),
        "encounter": REFERENCE.map(lambda text: {"reference": text}),
        "recordedDate": TIME,
        "onsetDateTime": TIME,
        "contained": st.just([patient("a")]),
    },
)
CONDITIONS = st.builds(lambda fields: condition(**fields), FIELDS)
RESOURCES = st.sampled_from([patient(), encounter()]) | CONDITIONS
BROKEN = st.builds(
    lambda resource, name, value: {**resource, name: value},
    RESOURCES,
    st.sampled_from(sorted({*patient(), *encounter(), *condition()})),
    ANY_JSON,
)
BUNDLES = st.lists(RESOURCES | BROKEN.map(lambda each: {"resource": each}) | ANY_JSON, max_size=4).map(
    lambda entries: {
        **bundle(),
        "entry": [{"resource": each} if isinstance(each, dict) else each for each in entries],
    }
)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        "confirmed_only": st.booleans(),
        "problem_list": st.booleans(),
        "patient_identifier": st.just("u"),
    },
)


def encoded(fields):
    return json.dumps(fields, ensure_ascii=False).encode("utf-8", "surrogatepass")


@settings(max_examples=3 * EXAMPLES)
@given(st.binary(max_size=200) | (RESOURCES | BROKEN | BUNDLES | ANY_JSON).map(encoded))
def test_any_bytes_give_an_outcome(value):
    """Never an exception, and never an empty tuple: one message cannot stop a run or vanish."""
    outcome = decoder().decode(value, MS)
    assert isinstance(outcome, Rejection | Skip) or any(not isinstance(part, Rejection) for part in outcome)
    assert decoder().patients(value) is not None


@settings(max_examples=3 * EXAMPLES)
@given(st.lists(CONDITIONS.map(encoded), min_size=1, max_size=6), SETTINGS)
def test_the_fast_path_decides_as_the_slow_one(values, chosen):
    """A chunk, decoded twice by a decoder that learns from it, gives what the slow path says of each."""
    found, slow = decoder(**chosen), decoder(**chosen)
    slow._reader.plain_condition = lambda *_: None
    for _ in range(2):
        _, outcomes = found.decode_all(values, [MS] * len(values))
        assert [outcome for _, outcome in outcomes] == [slow.decode(value, MS) for value in values]


@settings(max_examples=2 * EXAMPLES)
@given(BUNDLES.map(encoded), st.integers(0, 300))
def test_a_truncated_bundle_is_rejected_or_skipped(value, length):
    """Nothing of it is guessed."""
    assert isinstance(decoder().decode(value[: min(length, len(value) - 1)], MS), Rejection)


@given(CONDITIONS.map(encoded))
def test_the_structs_read_what_the_standard_library_reads(value):
    """The same ids and codes."""
    read, plain = ANY.decode(value), json.loads(value)
    assert isinstance(read, Condition)
    assert read.id == plain["id"]
    assert [(each.system, each.code) for each in (read.code.coding or ())] == [
        (each["system"], each["code"]) for each in plain["code"]["coding"]
    ]
