"""A FHIR bulk export on a real Kafka and HDFS."""

import json

from tests.unit.fhir.samples import condition, encounter, patient

FIRST = "2025-12-20"
FHIR = {"HEALTHTRENDS_SOURCE__FORMAT": "fhir"}


def test_a_folder_of_a_bulk_export_becomes_a_report(cli_on_stack):
    """Confirmed message by message."""
    folder = cli_on_stack.folder / "export"
    folder.mkdir()
    for name, resource in (("c", condition()), ("e", encounter()), ("p", patient())):
        (folder / f"{name}.ndjson").write_text(json.dumps(resource) + "\n")
    sent = cli_on_stack("produce", "--fhir", str(folder), "--json", **FHIR)
    assert (sent.code, sent.document()["confirmed"]) == (0, 3)
    assert cli_on_stack("run", FIRST, **FHIR).code == 0
    assert (
        cli_on_stack("report", FIRST, **FHIR).out
        == "diagnosis,count,avg_age,gender_ratio\nJ10.1,1,45.0,0.0\n"
    )
