"""A topic of rows with other names: stored, verified, replayed and made again under their mapping."""

import json
from collections import Counter
from dataclasses import replace

import msgspec
import pytest

from healthtrends.config.mapping import FieldRule, Mapping
from healthtrends.config.source import Source
from healthtrends.observe import progress
from healthtrends.visits.resolve import resolve

MAPPING = Mapping(
    patient_id="PatNr",
    age="Alter",
    gender=FieldRule(column="Sex", values={"w": "F"}, default="U"),
    diagnosis_code=FieldRule(columns=["ICD1", "ICD2"]),
    visit_date=FieldRule(column="Tag", format="%d.%m.%Y"),
    treatment_code=FieldRule(constant="NONE"),
    outcome=FieldRule(constant="unknown"),
)


def row(patient, **cells) -> bytes:
    return json.dumps(
        {"PatNr": patient, "Alter": "40", "Sex": "w", "ICD1": "E11", "Tag": "20.12.2025", **cells}
    ).encode()


@pytest.fixture
def mapped(place):
    """A root with rows of one code, of two, of a wrong one, and a row that is none."""
    source = Source(format="mapped", mapping=MAPPING)
    # As it goes to worker processes.
    source = msgspec.json.decode(msgspec.json.encode(source), type=Source)
    place.settings = replace(place.settings, source=source)
    place.send(row("P-1"), row("P-2", ICD2="I10"), row("P-3", ICD2="?"), row("P-4", Alter="x"), b"[1]")
    place.ingest()
    return place


def test_each_code_of_a_row_is_a_record(mapped):
    """A wrong code is a reject of its own beside the records of its row."""
    assert mapped.patients() == {"P-1": 1, "P-2": 2, "P-3": 1}
    assert (mapped.state.messages_stored, mapped.state.messages_rejected) == (3, 2)
    assert mapped.faults() == []


def test_the_log_keeps_the_name_of_the_format(mapped):
    """So that `verify` does not expect one record a message."""
    mapped.snapshot_every = 1
    mapped.send(row("P-5"))
    mapped.ingest()
    assert (mapped.state.formats, mapped.faults()) == ({"mapped"}, [])


def test_lost_files_are_made_again(mapped):
    """Under the mapping of the settings."""
    before = mapped.patients()
    for path in mapped.files():
        mapped.pool.store.delete(path)
        mapped.restage(path, source=mapped.settings.source)
    assert (mapped.patients(), mapped.faults()) == (before, [])


def test_a_replay_takes_the_mapping_of_today(mapped):
    """So a row that a changed rule reads is stored."""
    changed = msgspec.structs.replace(MAPPING, age=FieldRule(column="Jahre", default=50))
    mapped.settings = replace(mapped.settings, source=Source(format="mapped", mapping=changed))
    assert mapped.replay(None).stored == 1
    assert mapped.patients()["P-4"] == 1


def compute(place) -> Counter[str]:
    """Codes of all records, after the records of the facts are computed."""
    place.ingest()
    with progress("t", None, "f") as bar:
        resolve(place.log, bar)
    found = [json.loads(line) for path in place.files() for line in lines_of(place, path)]
    assert place.faults() == []
    return Counter(each["diagnosis_code"] for each in found)


def lines_of(place, path) -> list[bytes]:
    return place.pool.store.read(path).splitlines()


def test_a_later_version_of_a_row_replaces_all_its_codes(place):
    """Where a row has an id and may have several codes: a code that is gone from it counts no more."""
    mapping = msgspec.structs.replace(
        MAPPING, record_id="Nr", status=FieldRule(column="Status", default="active")
    )
    place.settings = replace(place.settings, source=Source(format="mapped", mapping=mapping))
    place.send(row("P-1", Nr="1", ICD2="I10"), row("P-2", Nr="2"))
    assert compute(place) == {"E11": 2, "I10": 1}
    place.send(row("P-1", Nr="1", ICD2="J45"), row("P-2", Nr="2", ICD2="?"))
    assert compute(place) == {"E11": 2, "J45": 1}
    place.send(row("P-1", Nr="1", ICD1="", ICD2="J45"), row("P-2", Nr="2", Status="cancelled"))
    assert compute(place) == {"J45": 1}
    place.send(row("P-1", Nr="1", ICD1="E11", Tag="21.12.2025"))
    assert compute(place) == {}


def test_a_row_whose_diagnoses_are_all_ruled_out_has_none_left(place):
    """By the certainty of its codes."""
    rule = FieldRule(columns=["ICD1", "ICD2"], code_rule="icd10gm")
    mapping = msgspec.structs.replace(MAPPING, record_id="Nr", diagnosis_code=rule)
    place.settings = replace(place.settings, source=Source(format="mapped", mapping=mapping))
    place.send(row("P-1", Nr="1", ICD1="E11.9G", ICD2="I10V"))
    assert compute(place) == {"E11.9": 1, "I10": 1}
    place.send(row("P-1", Nr="1", ICD1="E11.9G", ICD2="I10A"))
    assert compute(place) == {"E11.9": 1}
    place.send(row("P-1", Nr="1", ICD1="E11.9A"))
    assert compute(place) == {}
