"""Patients of each code by facility and region, counted by the engine; see tests/parity for all engines."""

import datetime as dt
import json

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.analyze.compute_day import compute_day

DATE = dt.date(2025, 12, 22)
RECORDS = (
    ("P1", "J10.1", "H1", "north"),
    ("P1", "J10.1", "H1", "north"),
    ("P1", "J10.1", "H2", "north"),
    ("P2", "J10.1", "H1", None),
    ("P3", "J10.1", None, None),
    ("P3", "E11", "H2", "south"),
)


def line(patient, code, facility, region):
    """A stored line."""
    fields = {
        "patient_id": patient, "age": 40, "gender": "F", "diagnosis_code": code, "visit_date": str(DATE),
        "treatment_code": "T", "outcome": "ongoing", "recorded_at": f"{DATE}T08:00:00Z",
        "facility_id": facility, "region": region,
    }  # fmt: skip
    return json.dumps({name: value for name, value in fields.items() if value is not None})


def test_a_patient_counts_once_for_each_place_of_a_code(tmp_path):
    """Records without a place are none of it; without a question nothing is counted."""
    path = tmp_path / "part.jsonl"
    path.write_text("\n".join(line(*each) for each in RECORDS) + "\n", encoding="utf-8")
    engine = open_engine(EngineOptions(work=tmp_path / "work"))
    try:
        asked = compute_day(engine, [path.as_uri()], DATE, code_levels=("facility", "region"))
        unasked = compute_day(engine, [path.as_uri()], DATE)
    finally:
        engine.close()
    assert asked.places.to_pydict() == {
        "level": ["facility", "facility", "facility", "region", "region"],
        "diagnosis": ["E11", "J10.1", "J10.1", "E11", "J10.1"],
        "part": ["H2", "H1", "H2", "south", "north"],
        "patients": [1, 2, 1, 1, 1],
    }
    assert unasked.places is None
