"""References: each way to write one finds the same resource."""

import pytest

from healthtrends.model.facts import DiagnosisFact, MergeFact, PersonFact, VisitFact
from tests.unit.fhir.samples import (
    bundle,
    coding,
    condition,
    decoded,
    encounter,
    meta,
    only,
    patient,
    without,
)

MRN = "urn:oid:1.2.3"
UUID = "0b3c6e1e-6a3f-4a8e-9d56-0d8c4ea1f001"


def of(outcome, kind):
    return [fact for fact in outcome if isinstance(fact, kind)]


def diagnosis(*resources, **settings):
    """The one diagnosis that a bundle gives."""
    (found,) = of(decoded(bundle(*resources), **settings), DiagnosisFact)
    return found


def entry(resource, url):
    """An entry known by its address only."""
    return {
        "fullUrl": url,
        "resource": resource,
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


@pytest.mark.parametrize(
    "reference",
    [
        "Patient/p1",
        "/Patient/p1",
        "https://x.example/fhir/Patient/p1",
        "http://10.0.0.1:8080/Patient/p1",
        "Patient/p1/_history/3",
        "https://x.example/fhir/Patient/p1/_history/3",
    ],
)
def test_relative_absolute_and_versioned_references_are_the_same(reference):
    """When type and id are."""
    assert only(condition(subject={"reference": reference})).patient == "Patient/p1"


@pytest.mark.parametrize(
    "reference",
    ["Patient", "p1", "Patient/", "Patient/a b", "patient/p1", "Patient/p1/x", "#p1", "Patient?name=x"],
)
def test_what_is_no_reference_to_a_patient_is_none(reference):
    """The condition is rejected, as it would count for nobody."""
    outcome = decoded(condition(subject={"reference": reference}))
    assert (outcome.reason.value, outcome.field) == ("fhir_no_patient", "Condition.subject")


def test_a_urn_is_resolved_within_the_bundle():
    """By the address of the entry, whatever order they stand in."""
    sent = condition(subject={"reference": f"urn:uuid:{UUID}"}, encounter={"reference": "urn:uuid:77-8"})
    found = diagnosis(sent, entry(encounter(), "urn:uuid:77-8"), entry(patient(), f"urn:uuid:{UUID}"))
    assert (found.patient, found.visit) == ("Patient/p1", "Encounter/e1")


def test_a_resource_without_an_id_is_named_by_its_urn():
    """The same one in another message finds it."""
    urn = f"urn:uuid:{UUID}"
    outcome = decoded(bundle(entry(without(patient(), "id"), urn), condition(subject={"reference": urn})))
    (person,), (found,) = of(outcome, PersonFact), of(outcome, DiagnosisFact)
    assert person.patient == found.patient == f"Patient/{UUID}"
    assert only(condition(subject={"reference": urn})).patient == person.patient


def test_an_address_of_an_entry_counts_before_its_form():
    """An absolute address may have any form."""
    url = "https://x.example/records/17"
    assert diagnosis(condition(subject={"reference": url}), entry(patient(), url)).patient == "Patient/p1"
    wrong = entry(encounter("e9"), url)
    outcome = decoded(bundle(condition(subject={"reference": url}), wrong))
    assert of(outcome, DiagnosisFact) == []


def test_the_url_of_a_request_names_a_resource_without_an_id():
    """As it does for a server."""
    put = {"resource": without(patient(), "id"), "request": {"method": "PUT", "url": "Patient/p7"}}
    (person,) = decoded(bundle(put))
    assert person.patient == "Patient/p7"


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "PUT", "url": f"Patient?identifier={MRN}|0815"},
        {"method": "POST", "url": "Patient", "ifNoneExist": f"identifier={MRN}%7C0815"},
    ],
)
def test_a_conditional_request_names_the_resource_by_its_identifier(request_):
    """Its urn is another one in each message, and the identifier is not."""
    sent = {"fullUrl": f"urn:uuid:{UUID}", "resource": without(patient(), "id"), "request": request_}
    outcome = decoded(bundle(sent, condition(subject={"reference": f"urn:uuid:{UUID}"})))
    assert {fact.patient for fact in outcome} == {f"Patient?identifier={MRN}|0815"}
    alone = only(condition(subject={"reference": f"Patient?identifier={MRN}|0815"}))
    assert alone.patient == f"Patient?identifier={MRN}|0815"


def test_a_logical_reference_is_resolved_within_the_bundle():
    """By any identifier of the patient or the encounter."""
    person = patient(identifier=[{"system": "urn:x", "value": "9"}, {"system": MRN, "value": "0815"}])
    visit = encounter(identifier=[{"system": "urn:v", "value": "V1"}])
    sent = condition(
        subject={"identifier": {"system": MRN, "value": "0815"}},
        encounter={"identifier": {"system": "urn:v", "value": "V1"}},
    )
    found = diagnosis(sent, person, visit)
    assert (found.patient, found.visit) == ("Patient/p1", "Encounter/e1")


def test_a_logical_reference_of_another_message_finds_a_listed_identifier():
    """By the name that the patient's message gives as one of its own."""
    system = {"reference_identifiers": [MRN]}
    number = {"system": MRN, "value": "0815"}
    _, alias = decoded(patient(identifier=[number]), **system)
    assert isinstance(alias, MergeFact)
    assert only(condition(subject={"identifier": number}), **system).patient == alias.prior


def test_with_the_identifier_of_the_setting_a_bundle_needs_no_merge():
    """References within it, and logical ones, mean the identifier."""
    number, settings = {"system": MRN, "value": "0815"}, {"patient_identifier": MRN}
    outcome = decoded(bundle(patient(identifier=[number]), encounter(), condition()), **settings)
    assert {fact.patient for fact in outcome if not isinstance(fact, MergeFact)} == {"0815"}
    assert only(condition(subject={"identifier": number}), **settings).patient == "0815"


def test_contained_resources_are_found_by_their_owner():
    """They have no id elsewhere; they are of the owner's version."""
    inside = [without(patient("a"), "meta"), without(encounter("b", subject={"reference": "#a"}), "meta")]
    sent = condition(contained=inside, subject={"reference": "#a"}, encounter={"reference": "#b"})
    found, person, visit = decoded(sent)
    assert (found.patient, found.visit) == ("Condition/c1#a", "Condition/c1#b")
    assert (person.patient, visit.patient, visit.visit) == (found.patient, found.patient, found.visit)
    assert found.at == person.at == visit.at == "2025-12-20T10:00:00.000000Z"


def test_contained_patients_of_owners_without_an_id_are_not_mixed_up():
    """The owner is named by its content, as far as it is known."""
    found = []
    for code in ("J45", "E11"):
        sent = condition("c1", coding(code), contained=[patient("a")], subject={"reference": "#a"})
        diagnosis, person = decoded(without(sent, "id"))
        assert diagnosis.patient == person.patient
        found.append(person.patient)
    assert found[0] != found[1]


def test_a_contained_patient_is_known_by_its_identifier():
    """So that it is one person in all conditions."""
    inside = patient("a", identifier=[{"system": MRN, "value": "0815"}])
    found, person = decoded(condition(contained=[inside], subject={"reference": "#a"}))
    assert found.patient == person.patient == f"Patient?identifier={MRN}|0815"
    found, *_ = decoded(condition(contained=[inside], subject={"reference": "#a"}), patient_identifier=MRN)
    assert found.patient == "0815"


def test_a_wrong_contained_resource_is_a_rejected_part():
    """With its place."""
    sent = condition(contained=[{"resourceType": "Observation"}, patient("a", gender="?")])
    _, rejection = decoded(sent)
    assert (rejection.part, rejection.field) == ("contained[1]", "Patient.gender")
    _, rejection = decoded(bundle(sent))
    assert rejection.part == "entry[0].contained[1]"


def test_circles_of_references_do_no_harm():
    """No reference is followed further than to a name."""
    one = patient("p1", link=[{"other": {"reference": "Patient/p2"}, "type": "replaced-by"}])
    other = patient("p2", link=[{"other": {"reference": "Patient/p1"}, "type": "replaced-by"}])
    circle = encounter("e1", subject={"reference": "urn:uuid:p1"}, meta=meta(version="2"))
    outcome = decoded(bundle(one, other, circle, condition(encounter={"reference": "urn:uuid:e1"})))
    assert len(of(outcome, MergeFact)) == 2
    assert of(outcome, VisitFact)[0].visit == of(outcome, DiagnosisFact)[0].visit
