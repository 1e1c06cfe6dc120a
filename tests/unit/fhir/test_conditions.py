"""Conditions: which codings count, on which day, and which versions take a diagnosis back."""

import pytest

from healthtrends.model.facts import DiagnosisEntry, DiagnosisFact, Stamp
from healthtrends.model.rejection import Rejection
from tests.unit.fhir.samples import (
    BROKER,
    CM,
    SNOMED,
    bundle,
    coding,
    condition,
    decoded,
    meta,
    only,
    patient,
    refused,
    without,
)

WHO, GERMAN = "http://hl7.org/fhir/sid/icd-10", "http://fhir.de/CodeSystem/bfarm/icd-10-gm"


def status(code):
    return {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/condition-ver-status", "code": code}]
    }


def category(*codes):
    system = "http://terminology.hl7.org/CodeSystem/condition-category"
    return [{"coding": [{"system": system, "code": code}]} for code in codes]


@pytest.mark.parametrize(
    ("system", "name"), [(CM, "icd10cm"), (WHO, "icd10"), (CM.upper(), "icd10cm"), (f"{WHO}/", "icd10")]
)
def test_a_listed_system_is_found_by_its_address(system, name):
    """In any case; both lists of codes are taken."""
    assert only(condition("c1", coding("j101", system))).entries == (DiagnosisEntry(name, "J10.1"),)


def test_the_german_codes_count_where_they_are_listed():
    """Under a name of their own."""
    given = condition("c1", coding("J10.1", GERMAN))
    assert refused(given) == ("unmapped_system", "Condition.code")
    assert only(given, diagnosis_systems=[GERMAN]).entries == (DiagnosisEntry("icd10gm", "J10.1"),)


def test_two_codings_are_two_diagnoses():
    """The same one twice is one."""
    entries = only(condition("c1", coding("J10.1"), coding("J45"), coding("J45"))).entries
    assert [entry.code for entry in entries] == ["J10.1", "J45"]


def test_codings_of_other_systems_beside_a_listed_one_are_no_gap():
    """SNOMED beside ICD-10 says the same again."""
    fact = only(condition("c1", coding("6142004", SNOMED), coding()))
    assert (len(fact.entries), fact.unmapped) == (1, 0)


def test_a_message_of_unlisted_codings_only_is_rejected_to_be_replayed():
    """As a whole: nothing of it can be counted."""
    assert refused(condition("c1", coding("6142004", SNOMED))) == ("unmapped_system", "Condition.code")
    assert refused(bundle(condition("c1", coding("6142004", SNOMED)))) == (
        "unmapped_system",
        "Condition.code",
    )


def test_in_a_bundle_the_unlisted_codings_are_counted_on_their_day_and_kept():
    """The rest of the bundle counts."""
    _, fact, rejection = decoded(bundle(patient(), condition("c1", coding("1", SNOMED), coding("2", None))))
    assert (fact.entries, fact.unmapped) == ((), 2)
    assert rejection == Rejection("unmapped_system", "Condition.code", "entry[1]")


def test_a_wrong_code_beside_a_right_one_is_a_rejected_part():
    """With its place."""
    fact, rejection = decoded(condition("c1", coding("J10.1"), coding("1J")))
    assert [entry.code for entry in fact.entries] == ["J10.1"]
    assert (rejection.reason, rejection.part) == ("bad_diagnosis_code", "code.coding[1]")


def test_a_wrong_code_alone_rejects_the_condition():
    """No diagnosis is left."""
    assert refused(condition("c1", coding("1J"))) == ("bad_diagnosis_code", "Condition.code")
    assert refused(condition("c1", coding(None))) == ("bad_diagnosis_code", "Condition.code")


@pytest.mark.parametrize("code", [None, {}, {"text": "Influenza"}, {"coding": []}])
def test_a_condition_without_a_coding_is_rejected(code):
    """A text is no code."""
    assert refused(condition("c1", code=code)) == ("fhir_no_code", "Condition.code")


@pytest.mark.parametrize("word", ["refuted", "entered-in-error"])
def test_what_is_not_so_takes_the_diagnosis_back(word):
    """Also where neither code nor patient is said any more."""
    assert not only(condition(verificationStatus=status(word))).is_active
    bare = without(condition(verificationStatus=status(word)), "code", "subject", "encounter")
    assert only(bare) == DiagnosisFact(
        at="2025-12-20T10:00:00.000000Z", tie="0" * 19 + "1", received=1_766_392_200_000,
        diagnosis="Condition/c1", patient="", is_active=False,
    )  # fmt: skip


@pytest.mark.parametrize("word", ["unconfirmed", "provisional", "differential"])
def test_unconfirmed_diagnoses_count_unless_the_setting_leaves_them_out(word):
    """By `source.confirmed_only`."""
    assert only(condition(verificationStatus=status(word))).is_active
    assert not only(condition(verificationStatus=status(word)), confirmed_only=True).is_active


@pytest.mark.parametrize("given", [{}, {"verificationStatus": status("confirmed")}])
def test_confirmed_diagnoses_and_those_without_a_status_count(given):
    """With either setting."""
    assert all(only(condition(**given), confirmed_only=setting).is_active for setting in (True, False))


def test_the_problem_list_is_left_out_by_a_setting():
    """No category counts as a diagnosis of the encounter, and so does one that is both."""
    both = ("problem-list-item", "encounter-diagnosis")
    given = [category("problem-list-item"), category(*both), category("encounter-diagnosis"), []]
    counted = [[only(condition(category=each), problem_list=setting).is_active for each in given]
               for setting in (True, False)]  # fmt: skip
    assert counted == [[True, True, True, True], [False, True, True, True]]


def test_without_an_encounter_the_recorded_day_counts():
    """As a visit of its own, which is flagged."""
    fact = only(without(condition(recordedDate="2025-12-19T23:30:00-05:00"), "encounter"))
    assert (fact.visit, fact.flags) == (None, ("recorded_days",))
    assert fact.recorded == Stamp("2025-12-20T04:30:00.000000Z", "2025-12-19")


@pytest.mark.parametrize("onset", [{"onsetDateTime": "2025-12-18"}, {"onsetPeriod": {"start": "2025-12-18"}}])
def test_without_a_recorded_day_the_onset_counts(onset):
    """It is flagged too."""
    fact = only(without(condition(**onset), "encounter"))
    assert (fact.onset.day, fact.flags) == ("2025-12-18", ("onset_days",))


@pytest.mark.parametrize("days", [{}, {"onsetDateTime": "2025"}, {"recordedDate": "2025-12"}])
def test_without_any_day_a_condition_alone_is_rejected(days):
    """A year or a month is no day."""
    given = without(condition(**days), "encounter")
    assert refused(given) == ("missing_field", "Condition.recordedDate")


def test_an_encounter_gives_the_day_of_a_condition_without_one():
    """Nothing is flagged."""
    fact = only(condition())
    assert (fact.visit, fact.recorded, fact.onset, fact.flags) == ("Encounter/e1", None, None, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("20251220", "impossible_date"),
        ("2025-02-30", "impossible_date"),
        ("2025-12-20T25:00:00Z", "bad_time"),
        ("2029-12-20", "date_in_future"),
        ("1899-12-31", "date_too_early"),
        ("", "impossible_date"),
    ],
)
def test_a_wrong_recorded_day_rejects_the_condition(text, reason):
    """With its field, and without the value."""
    assert refused(condition(recordedDate=text)) == (reason, "Condition.recordedDate")


def test_an_onset_before_all_visits_is_no_fault():
    """It is not the day of a visit."""
    assert only(condition(onsetDateTime="1890-01-01")).onset is None
    assert refused(condition(onsetDateTime="x")) == ("impossible_date", "Condition.onsetDateTime")


@pytest.mark.parametrize("subject", [None, {}, {"reference": "Group/1"}, {"display": "A. Person"}])
def test_a_condition_of_no_patient_is_rejected(subject):
    """A group is none."""
    assert refused(condition(subject=subject)) == ("fhir_no_patient", "Condition.subject")


def test_an_encounter_that_is_none_rejects_the_condition():
    """It would count on another day than its visit."""
    given = condition(encounter={"reference": "EpisodeOfCare/1"})
    assert refused(given) == ("fhir_bad_reference", "Condition.encounter")


def test_a_condition_without_an_id_is_named_by_its_identifier_else_by_its_content():
    """So that the same one again changes nothing."""
    bare = without(condition(), "id")
    named = only({**bare, "identifier": [{"system": "urn:x", "value": "7"}]})
    assert named.diagnosis == "Condition?identifier=urn:x|7"
    assert only(bare).diagnosis == only(bare).diagnosis != only({**bare, "language": "en"}).diagnosis
    assert refused(condition("a/b")) == ("fhir_no_id", "Condition.id")


def test_versions_are_ordered_by_time_then_number():
    """As numbers: the tenth is after the ninth; a version that is no number stays a text."""
    ties = [only(condition(meta=meta(version=number))).tie for number in ("9", "10", 11, "a7")]
    assert ties == sorted(ties)
    assert only(condition(meta={"lastUpdated": "2025-12-20T11:00:00.5+01:00"})).order[:2] == (
        "2025-12-20T10:00:00.500000Z",
        "",
    )


@pytest.mark.parametrize("given", [None, {}, {"versionId": "3"}])
def test_without_a_version_time_the_place_decides(given):
    """Where the topic has it."""
    fact = only(condition(meta=given))
    assert (fact.at, fact.tie, fact.is_placed) == (BROKER, "", True)


def test_a_wrong_version_time_rejects_the_resource():
    """Nothing tells which version is newer."""
    given = condition(meta={"lastUpdated": "2025-12-20"})
    assert refused(given) == ("bad_time", "Condition.meta.lastUpdated")
