"""Messages that are no FHIR: each is a rejection with a reason, whatever it is."""

import json

import pytest

from healthtrends.model.facts import PersonFact
from healthtrends.model.pseudonym import pseudonymiser
from healthtrends.model.rejection import Rejection
from tests.unit.fhir.samples import MS, bundle, condition, decoded, decoder, encounter, only, patient, refused

DEEP = 100_000


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "invalid_json"),
        (b"\x00", "invalid_json"),
        (b"{", "invalid_json"),
        (b'{"resourceType":"Patient"} x', "invalid_json"),
        (b"[]", "not_an_object"),
        (b"3", "not_an_object"),
        (b"null", "not_an_object"),
        (b"{}", "fhir_no_resource_type"),
        (b'{"resourceType":null}', "fhir_no_resource_type"),
        (b'{"resourceType":"Patient","id":"\xff"}', "invalid_utf8"),
        (b'\xef\xbb\xbf{"resourceType":"Patient"}', "byte_order_mark"),
        (b'{"resourceType":"Patient","id":"\\ud800"}', "lone_surrogate"),
        (b'{"resourceType":"Patient","x":' + b"[" * DEEP + b"]" * DEEP + b"}", "invalid_json"),
        (b"MSH|^~\\&|A|B", "invalid_json"),
        (b"<Patient/>", "invalid_json"),
    ],
)
def test_what_is_no_resource_is_rejected(value, reason):
    """With the reasons of other JSON."""
    assert refused(value)[0] == reason


def test_a_tombstone_is_rejected():
    """As in other formats without an envelope."""
    assert decoder().decode(None, MS) == Rejection("null_value")


def test_a_message_above_the_limit_is_not_read():
    """30 MB of white space, or of anything."""
    found = decoder()
    found._largest = 1 << 20
    assert found.decode(b" " * (30 << 20), MS) == Rejection("too_large")
    assert found.decode_all([b" " * (30 << 20), json.dumps(condition()).encode()], [MS, MS])[1][0][1] == (
        Rejection("too_large")
    )


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"code": {"coding": [{"code": 7}]}}, "Condition.code.coding[...].code"),
        ({"subject": "Patient/p1"}, "Condition.subject"),
        ({"recordedDate": 20251220}, "Condition.recordedDate"),
        ({"meta": {"versionId": 1.5}}, "Condition.meta.versionId"),
        ({"id": 7}, "Condition.id"),
    ],
)
def test_a_field_of_another_type_is_named_by_its_path(fields, path):
    """Never by its value."""
    reason, field = refused(condition(**fields))
    assert (reason, field.replace("[0]", "[...]")) == ("wrong_type", path)


def test_of_a_repeated_key_the_last_counts():
    """As in the record format."""
    value = json.dumps(patient()).encode()[:-1] + b',"gender":"male"}'
    assert only(value).gender == "M"


@pytest.mark.parametrize("name", list(condition()) + list(encounter()) + list(patient()))
def test_a_null_field_is_a_missing_one(name):
    """FHIR has no null."""
    for resource in (patient(), encounter(), condition()):
        if name in resource and name != "resourceType":
            bare = {key: value for key, value in resource.items() if key != name}
            first, second = decoded({**resource, name: None}), decoded(bare)
            assert type(first) is type(second)
            assert name == "id" or first == second


def test_pseudonyms_are_made_of_names_with_their_type():
    """A patient and an encounter of one number are two."""
    made = pseudonymiser(b"k" * 32)
    found = decoder(made)
    (fact,) = found.decode(json.dumps(condition()).encode(), MS)
    assert (fact.diagnosis, fact.patient, fact.visit) == tuple(
        map(made, ("Condition/c1", "Patient/p1", "Encounter/e1"))
    )


def test_the_patients_of_a_rejected_message_are_found():
    """For the list of those who opted out: its own ids, and what its references mean."""
    value = json.dumps(bundle(patient("p2"), condition())).replace("Patient/p1", "Patient\\/p1").encode()
    assert decoder().patients(value) == {"Patient/p1", "Patient/p2", "Patient/c1"}
    assert decoder().patients(json.dumps(condition()).encode()) == {"Patient/p1"}
    assert decoder().patients(None) == frozenset()


def test_the_patients_of_a_broken_message_are_found():
    """Of bytes that are no JSON any id may be one."""
    value = (
        json.dumps(bundle(patient("p2"), condition()))[:-20].replace("Patient/p1", "Patient\\/p1").encode()
    )
    assert {"Patient/p1", "Patient/p2"} <= decoder().patients(value)
    mrn = {"patient_identifier": "urn:x"}
    value = json.dumps(patient(identifier=[{"system": "urn:x", "value": "0815"}], gender="?")).encode()
    assert decoder(**mrn).patients(value) == {"Patient/p1", "0815"}
    assert "0815" in decoder(**mrn).patients(value[:-3])


def test_the_longest_message_of_a_call_is_known():
    """For the size of the next batch; a tombstone has no length."""
    found = decoder()
    found.decode_all([b"{}", None, b"{ }"], [MS] * 3)
    assert (found.longest, found.take_unknown_fields()) == (3, 0)


def test_midnight_and_the_change_of_summer_time_have_their_day():
    """By the offset that is written."""
    for text, day in (
        ("2025-03-30T02:30:00+01:00", "2025-03-30"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26"),
        ("2025-12-20T00:00:00+14:00", "2025-12-20"),
        ("2025-12-20T23:59:60Z", "2025-12-20"),
        ("2025-12-20T23:59:59.999999999-12:00", "2025-12-20"),
    ):
        assert only(encounter(period={"start": text})).start.day == day


def test_a_time_that_a_zone_leaves_out_still_has_a_day():
    """Without an offset, in the night of the change."""
    fact = only(encounter(period={"start": "2025-03-30T02:30"}), timezone="Europe/Berlin")
    assert fact.start.day == "2025-03-30"
    assert isinstance(only(patient()), PersonFact)
