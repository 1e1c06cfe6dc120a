"""A bundle of FHIR resources, from the topic to the stored facts."""

import json
from dataclasses import replace

from healthtrends.config.source import Source
from tests.unit.fhir.samples import bundle, condition, encounter, patient


def test_an_ingest_stores_the_facts_and_keeps_the_rejected_part(place):
    """In one commit, and the log verifies."""
    place.settings = replace(place.settings, source=Source(format="fhir"))
    wrong = condition("c2", subject={"reference": "Group/1"})
    place.send(json.dumps(bundle(patient(), encounter(), condition(), wrong)).encode())
    place.ingest()
    assert (place.state.messages_stored, place.state.messages_rejected) == (1, 0)
    assert place.faults() == []
    (day,) = place.state.fact_files.values()
    (file,) = day.values()
    lines = place.pool.store.read(file.dst).splitlines()
    assert [json.loads(line)["fact"] for line in lines] == ["person", "visit", "diagnosis"]
