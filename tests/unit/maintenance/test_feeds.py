"""Opt-out and replay with the decoders of feeds: HL7v2, FHIR, and records with a mapping."""

import json
from dataclasses import replace

import pytest

from healthtrends.config.source import ICD10_SYSTEMS, Source
from healthtrends.ingest.settings import IngestSettings
from healthtrends.model.opt_out import parse_opt_out
from healthtrends.model.pseudonym import pseudonymiser
from tests.unit.fhir.samples import bundle, condition, encounter, patient
from tests.unit.hl7v2.messages import adt
from tests.unit.mapped.mapping import ROW
from tests.unit.mapped.mapping import source as mapping

NAME = pseudonymiser(b"k" * 32)
OTHER = {"PID_3": "P2^^^&1.2.3.4&ISO^MR", "MSH_10": "M2", "PV1_19": "V2"}


def feed(place, listed, **source):
    """The root as one whose topic has another format, and whose list has these ids."""
    settings: IngestSettings = replace(
        place.settings, source=Source(**source), pseudonymise=NAME, key_id="k",
        opt_out=parse_opt_out("\n".join(listed), NAME) if listed else None,
    )  # fmt: skip
    place.settings = settings
    return place


def facts(place):
    return [
        json.loads(line)
        for files in place.state.fact_files.values()
        for path in files
        for line in place.pool.store.read(path).splitlines()
    ]


def counts(place):
    return place.log.read_manifest(place.state.seq).counts


def test_an_hl7v2_id_is_listed_with_its_authority(place):
    """Messages, merges and rejects that name it are skipped; those of others are not."""
    hl7 = feed(place, ["P1^1.2.3.4"], format="hl7v2")
    hl7.send(adt(), adt(**OTHER), adt(PV1_44="20261301", MSH_10="M3"), adt(without=("PV1",), MSH_10="M4"))
    hl7.send(adt("A40", MRG_1="P1^^^&1.2.3.4&ISO^MR", without=("PV1",), **{**OTHER, "MSH_10": "M5"}))
    hl7.ingest()
    assert {fact.get("patient") for fact in facts(hl7)} == {NAME("P2^1.2.3.4")}
    assert hl7.quarantine() == []
    assert counts(hl7).skips["opted_out"] >= 3
    assert hl7.faults() == []


def test_a_fhir_patient_is_listed_as_its_reference(place):
    """Of a bundle of two patients only the other's resources are stored."""
    fhir = feed(place, ["Patient/p1"], format="fhir")
    of_p2 = {"subject": {"reference": "Patient/p2"}}
    whole = bundle(
        patient("p1"), encounter("e1"), condition("c1"),
        patient("p2"), encounter("e2", **of_p2),
        condition("c2", encounter={"reference": "Encounter/e2"}, **of_p2),
    )  # fmt: skip
    fhir.send(json.dumps(whole).encode(), json.dumps(condition("c3")).encode())
    fhir.send(json.dumps({**condition("c4"), "code": 5}).encode())
    fhir.ingest()
    assert {fact["patient"] for fact in facts(fhir)} == {NAME("Patient/p2")}
    assert (counts(fhir).skips, counts(fhir).parts_skipped) == ({"opted_out": 2}, 3)
    assert (fhir.quarantine(), fhir.faults()) == ([], [])


def row(**changes):
    return json.dumps({**ROW, **changes}).encode()


def test_a_mapped_id_is_that_of_its_column(place):
    """Also in a row that breaks a rule."""
    mapped = feed(place, ["4711"])
    mapped.settings = replace(mapped.settings, source=mapping())
    mapped.send(row(PatNr="4711"), row(), row(PatNr="4711", Alter="x"), row(Alter="x"))
    mapped.ingest()
    assert mapped.patients() == {NAME("P-1"): 1}
    assert [line["offset"] for line in mapped.quarantine()] == [3]
    assert counts(mapped).skips == {"opted_out": 2}


def test_an_hl7v2_message_of_unmapped_codes_is_replayed_once_its_system_is_listed(place):
    """Nothing of it is lost meanwhile."""
    hl7 = feed(place, [], format="hl7v2")
    hl7.send(adt(diagnoses=[{3: "J10.1^flu^LOCAL"}]))
    hl7.ingest()
    assert [line["reason"] for line in hl7.quarantine()] == ["unmapped_system"]
    assert hl7.replay(reason="unmapped_system").stored == 0
    hl7.settings = replace(
        hl7.settings, source=Source(format="hl7v2", diagnosis_systems=[*ICD10_SYSTEMS, "LOCAL"])
    )
    assert hl7.replay(reason="unmapped_system").stored == 1
    assert (hl7.quarantine(), len(facts(hl7)), hl7.faults()) == ([], 1, [])


@pytest.mark.parametrize("listed", [[], ["P-1"]])
def test_a_row_whose_code_has_no_entry_is_replayed_once_it_has_one(place, listed):
    """Unless the patient opted out meanwhile: then it leaves the quarantine, counted."""

    def codes(**values):
        return mapping(diagnosis_code={"column": "ICD", "values": {"44054006": "E11.9", **values}})

    mapped = feed(place, [])
    mapped.settings = replace(mapped.settings, source=codes())
    mapped.send(row(ICD="38341003"))
    mapped.ingest()
    assert [line["reason"] for line in mapped.quarantine()] == ["unmapped_system"]
    feed(mapped, listed)
    mapped.settings = replace(mapped.settings, source=codes(**{"38341003": "I10"}))
    done = mapped.replay()
    assert (done.stored, done.skipped) == ((0, 1) if listed else (1, 0))
    assert (mapped.quarantine(), mapped.faults()) == ([], [])
