"""Bundles: of each type, inside each other, with deletions, and several resources in one message."""

import json
import time

import pytest

from healthtrends.model.facts import DiagnosisFact, PersonFact, VisitFact
from healthtrends.model.rejection import Reason, Rejection, Skip, SkipReason
from tests.unit.fhir.samples import (
    BROKER,
    bundle,
    condition,
    decoded,
    deletion,
    encounter,
    only,
    patient,
    refused,
    without,
)

OTHER = Skip(SkipReason.OTHER_TYPE)


@pytest.mark.parametrize(
    "kind", ["transaction", "batch", "collection", "searchset", "history", "document", "message"]
)
def test_bundles_of_each_type_give_what_they_hold(kind):
    """Entries of other types say nothing here."""
    outcome = decoded(
        bundle(patient(), {"resource": {"resourceType": "Observation"}}, condition(), kind=kind)
    )
    assert [type(fact) for fact in outcome] == [PersonFact, DiagnosisFact]


@pytest.mark.parametrize("kind", ["transaction-response", "batch-response"])
def test_the_answer_of_a_server_is_skipped(kind):
    """It says what became of another bundle."""
    assert decoded(bundle(patient(), kind=kind)) == OTHER


@pytest.mark.parametrize(
    "given",
    [
        {"resourceType": "Observation", "id": "o1", "status": 3},
        {"resourceType": "Bundle", "type": "searchset"},
        {"resourceType": "Bundle", "type": "collection", "entry": []},
        bundle({"resource": {"resourceType": "Practitioner"}}, {}),
        bundle({"request": {"method": "GET", "url": "Patient/p1"}}),
        bundle(deletion("Observation/o1")),
    ],
)
def test_what_says_nothing_of_visits_is_skipped(given):
    """It is counted, and no reject."""
    assert decoded(given) == OTHER


@pytest.mark.parametrize(("kind", "reason"), [(None, "missing_field"), ("bag", "not_in_list")])
def test_a_bundle_of_no_known_type_is_rejected(kind, reason):
    """Nothing tells what its entries mean."""
    assert refused(bundle(patient(), kind=kind)) == (reason, "Bundle.type")


def test_a_deletion_takes_back_a_diagnosis_a_visit_or_a_person():
    """At its place on the topic, as it tells no version."""
    outcome = decoded(bundle(deletion("Condition/c1"), deletion("/Encounter/e1"), deletion("Patient/p1")))
    diagnosis, visit, person = outcome
    assert (diagnosis.diagnosis, diagnosis.is_active) == ("Condition/c1", False)
    assert (visit.visit, visit.event) == ("Encounter/e1", "cancel")
    assert (person.patient, person.birth_date, person.gender) == ("Patient/p1", "", "U")
    assert {(fact.at, fact.is_placed) for fact in outcome} == {(BROKER, True)}


def test_a_history_tells_when_a_resource_was_deleted():
    """That time orders it."""
    gone = {**deletion("Condition/c1"), "response": {"status": "204", "lastModified": "2025-12-20T10:00:00Z"}}
    fact = only(bundle(gone, kind="history"))
    assert (fact.at, fact.is_placed) == ("2025-12-20T10:00:00.000000Z", False)
    gone["response"]["lastModified"] = "today"
    assert refused(bundle(gone)) == ("bad_time", "Bundle.entry.response.lastModified")


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"method": "PATCH", "url": "Condition/c1"}, "Bundle.entry.request.method"),
        ({"method": "DELETE", "url": "Condition?code=x"}, "Bundle.entry.request.url"),
    ],
)
def test_a_request_that_only_a_server_understands_is_rejected(request_, field):
    """What it changes is not said."""
    assert refused(bundle({"request": request_})) == ("fhir_bad_request", field)


def test_a_deletion_by_an_identifier_finds_what_has_it():
    """As a conditional update does."""
    found = only(bundle(deletion("Condition?identifier=urn:x|7")))
    assert found.diagnosis == "Condition?identifier=urn:x|7"


def test_a_bundle_in_a_bundle_is_opened():
    """At its place, however deep."""
    inner = bundle(encounter(), condition("c1", subject=None), kind="collection")
    outer = bundle(patient(), {"resource": bundle({"resource": inner}, kind="batch")})
    person, visit, rejection = decoded(outer)
    assert (type(person), type(visit)) == (PersonFact, VisitFact)
    assert rejection.part == "entry[1].entry[0].entry[1]"


def test_a_bad_inner_bundle_is_a_rejected_part():
    """The others count."""
    _, rejection = decoded(bundle(patient(), {"resource": bundle(condition(), kind="bag")}))
    assert rejection == Rejection(Reason.NOT_IN_LIST, "Bundle.type", "entry[1]")


@pytest.mark.parametrize(
    ("wrong", "reason", "field"),
    [
        ({"resource": {"id": "x"}}, "fhir_no_resource_type", "resourceType"),
        ({"resource": {"resourceType": 5}}, "fhir_no_resource_type", "resourceType"),
        ({"resource": [1]}, "not_an_object", None),
        ({"resource": "x"}, "not_an_object", None),
        ({"resource": {"resourceType": "Condition", "code": []}}, "wrong_type", "Condition.code"),
        ({"request": "x"}, "wrong_type", "Bundle.entry"),
    ],
)
def test_an_entry_that_cannot_be_read_is_rejected_alone(wrong, reason, field):
    """The others count."""
    person, rejection, visit = decoded(bundle(patient(), wrong, encounter()))
    assert (type(person), type(visit)) == (PersonFact, VisitFact)
    assert rejection == Rejection(Reason(reason), field, "entry[1]")


@pytest.mark.parametrize("wrong", [3, None, [], "x"])
def test_an_entry_that_is_no_object_is_rejected_alone(wrong):
    """The bundle is read loosely then."""
    given = bundle(patient())
    given["entry"].append(wrong)
    _, rejection = decoded(given)
    assert rejection == Rejection(Reason.WRONG_TYPE, "Bundle.entry", "entry[1]")


def test_entries_that_are_no_list_reject_the_bundle():
    """With the path."""
    given = {"resourceType": "Bundle", "type": "batch", "entry": {"resource": patient()}}
    assert refused(given) == ("wrong_type", "Bundle.entry")


def test_a_bundle_of_which_nothing_can_be_used_is_rejected_as_a_whole():
    """With the first reason."""
    assert refused(bundle(patient(gender="?"), condition(subject=None))) == ("not_in_list", "Patient.gender")


def test_several_resources_in_lines_are_one_message():
    """As some senders batch them; a line that is cut is rejected alone."""
    lines = [json.dumps(each) for each in (patient(), bundle(encounter()), condition())]
    person, visit, rejection = decoded("\n".join([lines[0], "", lines[1], lines[2][:50]]).encode())
    assert (type(person), type(visit)) == (PersonFact, VisitFact)
    assert rejection == Rejection(Reason.INVALID_JSON, None, "line[3]")
    *_, rejection = decoded(lines[0].encode() + b'\n{"resourceType":"Patient","id":"\xff"}')
    assert rejection == Rejection(Reason.INVALID_UTF8, None, "line[1]")


def test_a_resource_over_several_lines_is_one_resource():
    """Cut or not."""
    spread = json.dumps(patient(), indent=1).encode()
    assert type(only(spread)) is PersonFact
    assert refused(spread[:-5]) == ("invalid_json", None)


@pytest.mark.slow
def test_fifty_thousand_entries_are_read_in_a_moment():
    """The time grows with their number only."""
    value = json.dumps(bundle(*(condition(f"c{n}") for n in range(50_000)))).encode()
    begin = time.process_time()
    assert len(decoded(value)) == 50_000
    assert time.process_time() - begin < 10


def test_a_resource_is_named_by_its_id_before_its_entry():
    """The id is its own."""
    put = {"resource": patient("p1"), "request": {"method": "PUT", "url": "Patient/p2"}}
    assert only(bundle(put)).patient == "Patient/p1"
    assert only(
        bundle({"resource": without(patient(), "id"), "fullUrl": "https://x/Patient/p3"})
    ).patient == ("Patient/p3")
