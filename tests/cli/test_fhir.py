"""FHIR feeds on a real Kafka and HDFS: the reports of the same people are those of the record format."""

import json
import uuid

from healthtrends.adapters.hdfs import HdfsStore
from tests.unit.fhir.samples import condition, encounter, patient

FIRST, LAST = "2025-12-20", "2025-12-22"
WHOLE_REPORTS = ("trend_summary", "top_diagnoses", "age_distribution", "gender_breakdown", "visit_frequency")
"""Those that need neither treatments nor recoveries, which FHIR does not have."""
FHIR = {"HEALTHTRENDS_SOURCE__FORMAT": "fhir"}


def reports(cli, store, **environ):
    """All days of these reports, after one run."""
    done = cli("run", "--from", FIRST, "--to", LAST, **environ)
    assert done.code == 0, done.err
    assert cli("verify", **environ).code == 0
    root = environ.get("HEALTHTRENDS_HDFS__ROOT", cli.environ["HEALTHTRENDS_HDFS__ROOT"])
    return {
        (name, day): store.read(f"{root}/reports/{name}/date={day}/part-00000.csv")
        for name in WHOLE_REPORTS
        for day in (FIRST, "2025-12-21", LAST)
    }


def produce(cli, *arguments, **environ):
    made = cli("produce", "--synthetic", "3000", "--from", FIRST, "--to", LAST, *arguments, **environ)
    assert made.code == 0, made.err
    assert "confirmed" in made.out


def test_the_reports_of_the_same_people_are_the_same_bytes(cli_on_stack, stack):
    """Bundles and resources apart, shuffled over partitions, with corrections, deletions and merges."""
    store = HdfsStore(stack.hdfs_url, {})
    produce(cli_on_stack)
    expected = reports(cli_on_stack, store)
    other = {
        **FHIR,
        "HEALTHTRENDS_KAFKA__TOPIC": f"fhir-{uuid.uuid4().hex[:8]}",
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
    }
    produce(cli_on_stack, "--format", "fhir", **other)
    assert reports(cli_on_stack, store, **other) == expected


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
