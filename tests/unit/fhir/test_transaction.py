"""What the bundle of a visit gives."""

from healthtrends.model.facts import DiagnosisEntry, DiagnosisFact, PersonFact, Stamp, VisitFact
from healthtrends.model.rejection import Rejection
from tests.unit.fhir.samples import bundle, condition, decoded, encounter, patient

AT, VERSION = "2025-12-20T10:00:00.000000Z", "00000000000000000001"


def test_a_bundle_gives_a_person_a_visit_and_a_diagnosis():
    """Each with the time and number of its version."""
    person, visit, diagnosis = decoded(bundle(patient(), encounter(), condition()))
    assert (person.at, person.tie, person.patient) == (AT, VERSION, "Patient/p1")
    assert isinstance(person, PersonFact)
    assert (person.birth_date, person.gender, person.death) == ("1980-05-01", "F", "")
    assert isinstance(visit, VisitFact)
    assert (visit.visit, visit.patient, visit.event) == ("Encounter/e1", "Patient/p1", "admit")
    assert visit.start == Stamp("2025-12-20T08:00:00.000000Z", "2025-12-20")
    assert isinstance(diagnosis, DiagnosisFact)
    assert (diagnosis.diagnosis, diagnosis.visit) == ("Condition/c1", "Encounter/e1")
    assert diagnosis.entries == (DiagnosisEntry("icd10cm", "J10.1"),)


def test_one_bad_entry_of_a_bundle_is_rejected_alone():
    """Its place is kept, and the others count."""
    outcome = decoded(bundle(patient(), encounter(period={"start": "20261301"}), condition()))
    assert [type(part) for part in outcome] == [PersonFact, Rejection, DiagnosisFact]
    assert (outcome[1].part, outcome[1].field) == ("entry[1]", "Encounter.period.start")
