"""HL7v2: diagnoses of a message, DG1."""

from healthtrends.model.facts import DiagnosisEntry
from healthtrends.model.rejection import Reason, Rejection
from tests.unit.hl7v2.messages import adt, decode, fact

FLU = DiagnosisEntry("icd10cm", "J10.1")


def codes(value, **source):
    return [entry.code for entry in fact(value, **source).diagnoses]


def test_no_segment_says_nothing_about_diagnoses():
    """An empty set would take them back."""
    assert fact(adt(diagnoses=())).diagnoses is None


def test_spellings_of_one_system_are_one():
    """Compared without case: table 0396, url, urn."""
    spellings = ("I10C", "icd-10-cm", "http://hl7.org/fhir/sid/icd-10-cm", "urn:oid:2.16.840.1.113883.6.90")
    found = fact(adt(diagnoses=[{3: f"J10.1^x^{name}"} for name in spellings]))
    assert found.diagnoses == (FLU,)


def test_the_names_of_the_german_system_are_one():
    """Table 0396 has one for some of its years."""
    names = ["I10G2004", "I10GM2006", "ICD10GM2007", "ICD-10-GM"]
    found = fact(adt(diagnoses=[{3: f"J10.1^x^{name}"} for name in names]), diagnosis_systems=names)
    assert found.diagnoses == (DiagnosisEntry("icd10gm", "J10.1"),)


def test_the_code_i10_is_not_the_system_i10():
    """Hypertension in ICD-10-CM, and a code of the WHO's system."""
    assert fact(adt(diagnoses=[{3: "I10^x^I10C"}])).diagnoses == (DiagnosisEntry("icd10cm", "I10"),)
    assert fact(adt(diagnoses=[{3: "J10.1^x^I10"}])).diagnoses == (DiagnosisEntry("icd10", "J10.1"),)


def test_a_code_of_another_system_is_unmapped_even_if_it_looks_like_icd10():
    """E and V codes of ICD-9 do."""
    found = fact(adt(diagnoses=["J10.1", {3: "E11.9^x^I9C"}]))
    assert (found.diagnoses, found.unmapped) == ((FLU,), 1)


def test_a_message_of_unmapped_codes_alone_is_kept_for_a_replay():
    """It is no fault of the feed."""
    assert decode(adt(diagnoses=[{3: "386661006^Fever^SCT"}])) == Rejection(Reason.UNMAPPED_SYSTEM, "DG1-3")


def test_a_cancellation_of_unmapped_codes_is_a_cancellation():
    """The visit leaves its day."""
    assert fact(adt("A11", diagnoses=[{3: "386661006^Fever^SCT"}])).event == "cancel"


def test_the_alternate_coding_counts_where_the_first_is_not_listed():
    """DG1-3.4 to 3.6."""
    assert codes(adt(diagnoses=[{3: "386661006^Fever^SCT^R50.9^Fever^I10C"}])) == ["R50.9"]


def test_an_obsolete_method_names_the_system_where_nothing_else_does():
    """DG1-2; it is flagged. With a system in DG1-3 it is not looked at."""
    found = fact(adt(diagnoses=[{2: "I10", 3: "J10.1"}]))
    assert ([entry.code for entry in found.diagnoses], found.flags) == (["J10.1"], ("code_systems",))
    assert isinstance(decode(adt(diagnoses=[{2: "I10", 3: "486^x^I9C"}])), Rejection)


def test_of_one_code_one_entry_counts_or_one_of_each_type():
    """DG1-6 by the setting."""
    triple = [{3: "J10.1^x^I10C", 6: kind} for kind in "AWF"]
    assert fact(adt(diagnoses=triple)).diagnoses == (FLU,)
    kept = fact(adt(diagnoses=triple), diagnosis_types="all").diagnoses
    assert [entry.type for entry in kept] == ["A", "W", "F"]


def test_a_withdrawn_diagnosis_is_marked():
    """DG1-21 = D; another entry of the code that stays counts more."""
    gone = {3: "J10.1^x^I10C", 21: "D"}
    assert fact(adt(diagnoses=[gone])).diagnoses == (DiagnosisEntry("icd10cm", "J10.1", "", True),)
    assert fact(adt(diagnoses=[gone, "J10.1"])).diagnoses == (FLU,)


def test_one_malformed_diagnosis_is_rejected_alone():
    """The others count, and its place is kept."""
    visit, part = decode(adt(diagnoses=["J10.1", "fever", {3: "^only text^"}]))[:2]
    assert (visit.diagnoses, visit.rejected_parts) == ((FLU,), 2)
    assert part == Rejection(Reason.HL7_BAD_DIAGNOSIS, "DG1-3", "DG1[2]")


def test_malformed_diagnoses_alone_reject_the_message():
    """It can be replayed whole."""
    assert decode(adt(diagnoses=["fever"])) == Rejection(Reason.HL7_BAD_DIAGNOSIS, "DG1-3")


def test_the_mode_of_the_setting_is_kept_with_the_set():
    """Snapshot replaces, append adds."""
    assert fact(adt()).appends is False
    assert fact(adt(), diagnosis_mode="append").appends is True


def test_five_thousand_diagnoses_are_read():
    """Each code once."""
    many = [f"A{n // 100:02d}.{n % 100}" for n in range(5_000)]
    assert len(fact(adt(diagnoses=many)).diagnoses) == len(set(many))


def test_a_cancellation_does_not_touch_the_diagnoses():
    """An admission that brings the visit back finds them as they were."""
    assert fact(adt("A11")).diagnoses is None
