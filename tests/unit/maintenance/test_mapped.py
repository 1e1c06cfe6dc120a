"""A topic of rows with other names: stored, verified, replayed and made again under their mapping."""

import json
from dataclasses import replace

import msgspec
import pytest

from healthtrends.config.mapping import FieldRule, Mapping
from healthtrends.config.source import Source

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
