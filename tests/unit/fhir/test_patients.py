"""Patients: what is known of a person, its other names, and resources that are one person."""

import pytest

from healthtrends.model.facts import MergeFact
from tests.unit.fhir.samples import condition, decoded, only, patient, refused, without

MRN = "urn:oid:1.2.3"


def merges(outcome):
    return [(fact.prior, fact.survivor) for fact in outcome if isinstance(fact, MergeFact)]


@pytest.mark.parametrize(
    ("word", "gender"), [("male", "M"), ("female", "F"), ("other", "O"), ("unknown", "U"), (None, "U")]
)
def test_the_gender_is_one_of_four(word, gender):
    """A missing one is unknown."""
    assert only(patient(gender=word)).gender == gender


@pytest.mark.parametrize("word", ["Ambiguous", "N", "F", ""])
def test_another_word_rejects_the_patient(word):
    """FHIR has four of them."""
    assert refused(patient(gender=word)) == ("not_in_list", "Patient.gender")


@pytest.mark.parametrize("text", ["1988", "1988-08", "1988-08-18", "1896-02-29"])
def test_a_birth_date_may_be_a_year_or_a_month(text):
    """The age at a visit is computed from it later."""
    assert only(patient(birthDate=text)).birth_date == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("19880818", "impossible_date"),
        ("198808181126+0215", "impossible_date"),
        ("1989-02-29", "impossible_date"),
        ("2025-13", "impossible_date"),
        ("0000", "impossible_date"),
        ("2029-01-01", "date_in_future"),
        ("2029", "date_in_future"),
    ],
)
def test_a_wrong_birth_date_rejects_the_patient(text, reason):
    """Its conditions stay pending."""
    assert refused(patient(birthDate=text)) == (reason, "Patient.birthDate")


def test_a_missing_birth_date_was_taken_back():
    """Each version replaces the resource whole."""
    fact = only(without(patient(), "birthDate", "gender"))
    assert (fact.birth_date, fact.gender, fact.death) == ("", "U", "")


@pytest.mark.parametrize(
    ("fields", "death"),
    [
        ({"deceasedDateTime": "2025-12-20T23:30:00-05:00"}, "2025-12-20"),
        ({"deceasedDateTime": "2025"}, "yes"),
        ({"deceasedBoolean": True}, "yes"),
        ({"deceasedBoolean": False}, ""),
    ],
)
def test_the_day_of_death_is_kept_where_it_is_said(fields, death):
    """The resolving stage decides for which visit it counts."""
    assert only(patient(**fields)).death == death


def test_a_wrong_time_of_death_rejects_the_patient():
    """With its path."""
    assert refused(patient(deceasedDateTime="soon")) == ("impossible_date", "Patient.deceasedDateTime")


def test_a_replaced_patient_is_one_with_the_other():
    """From either of the two resources."""
    link = {"other": {"reference": "Patient/p2"}, "type": "replaced-by"}
    assert merges(decoded(patient(link=[link]))) == [("Patient/p1", "Patient/p2")]
    link = {"other": {"reference": "https://x.example/Patient/p0"}, "type": "replaces"}
    assert merges(decoded(patient(link=[link]))) == [("Patient/p0", "Patient/p1")]


@pytest.mark.parametrize("kind", ["seealso", "refer", None])
def test_other_links_merge_nothing(kind):
    """And neither does one to itself."""
    assert merges(decoded(patient(link=[{"other": {"reference": "Patient/p2"}, "type": kind}]))) == []
    itself = {"other": {"reference": "Patient/p1"}, "type": "replaced-by"}
    assert merges(decoded(patient(link=[itself]))) == []


def test_the_identifier_of_the_setting_is_the_patient():
    """References to the resource find it by a merge of the two ids."""
    numbers = [{"system": "urn:other", "value": "9"}, {"system": MRN, "value": "0815"}]
    person, alias = decoded(patient(identifier=numbers), patient_identifier=MRN)
    assert person.patient == "0815"
    assert (alias.prior, alias.survivor, alias.kind) == ("Patient/p1", "0815", "patient")
    assert only(condition(), patient_identifier=MRN).patient == "Patient/p1"


def test_a_patient_without_that_identifier_keeps_its_id():
    """As there is nothing else."""
    (person,) = decoded(patient(), patient_identifier=MRN)
    assert person.patient == "Patient/p1"


def test_listed_identifiers_are_other_names_of_the_patient():
    """Others are not kept."""
    numbers = [{"system": "urn:a", "value": "1"}, {"system": "urn:b", "value": "2"}]
    outcome = decoded(patient(identifier=numbers), reference_identifiers=["urn:b"])
    assert merges(outcome) == [("Patient?identifier=urn:b|2", "Patient/p1")]
    assert merges(decoded(patient(identifier=numbers))) == []


@pytest.mark.parametrize("number", ["", "a b", "x" * 65, "ä"])
def test_an_id_that_is_none_rejects_the_patient(number):
    """By FHIR's form of ids."""
    assert refused(patient(number)) == ("fhir_no_id", "Patient.id")
