"""Feeds of other formats on a real Kafka and HDFS: the reports of the same people are those of records."""

import uuid
from contextlib import contextmanager

import pytest

from healthtrends.adapters.hdfs import HdfsStore
from tests.cli.connect_servers import sail_for_this_user

FIRST, LAST = "2025-12-20", "2025-12-22"
WHOLE_REPORTS = ("trend_summary", "top_diagnoses", "age_distribution", "gender_breakdown", "visit_frequency")
"""Those that need neither treatments nor recoveries, which FHIR does not have."""
ALL_REPORTS = (*WHOLE_REPORTS, "diagnosis_detail", "treatment_outcomes")


@contextmanager
def started(engine, folder):
    """Options of `run` for an engine."""
    if engine != "connect":
        yield ("--engine", engine)
        return
    with sail_for_this_user(folder) as port:
        yield ("--engine", "connect", "--master", f"sc://localhost:{port}")


def reports(cli, store, names, *engine, **environ):
    """All days of these reports, after one run."""
    done = cli("run", *engine, "--from", FIRST, "--to", LAST, **environ)
    assert done.code == 0, done.err
    assert cli("verify", **environ).code == 0
    root = environ.get("HEALTHTRENDS_HDFS__ROOT", cli.environ["HEALTHTRENDS_HDFS__ROOT"])
    return {
        (name, day): store.read(f"{root}/reports/{name}/date={day}/part-00000.csv")
        for name in names
        for day in (FIRST, "2025-12-21", LAST)
    }


def produce(cli, *arguments, **environ):
    made = cli("produce", "--synthetic", "3000", "--from", FIRST, "--to", LAST, *arguments, **environ)
    assert made.code == 0, made.err
    assert "confirmed" in made.out


@pytest.mark.parametrize(
    ("message_format", "names", "engine"),
    [
        ("fhir", WHOLE_REPORTS, "embedded"),
        ("hl7v2", ALL_REPORTS, "embedded"),
        pytest.param("fhir", WHOLE_REPORTS, "spark", marks=pytest.mark.long),
        pytest.param("hl7v2", ALL_REPORTS, "spark", marks=pytest.mark.long),
        pytest.param("fhir", WHOLE_REPORTS, "connect", marks=pytest.mark.long),
        pytest.param("hl7v2", ALL_REPORTS, "connect", marks=pytest.mark.long),
    ],
)
def test_the_reports_of_the_same_people_are_the_same_bytes(
    cli_on_stack, stack, tmp_path, message_format, names, engine
):
    """Shuffled over partitions, with corrections, cancellations, repeats and merges."""
    store = HdfsStore(stack.hdfs_url, {})
    produce(cli_on_stack, "--whole-visits")
    expected = reports(cli_on_stack, store, names)
    other = {
        "HEALTHTRENDS_SOURCE__FORMAT": message_format,
        "HEALTHTRENDS_KAFKA__TOPIC": f"{message_format}-{uuid.uuid4().hex[:8]}",
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
    }
    produce(cli_on_stack, "--format", message_format, **other)
    with started(engine, tmp_path) as options:
        assert reports(cli_on_stack, store, names, *options, **other) == expected


def test_a_table_with_other_names_gives_the_reports_of_the_same_people(cli_on_stack, stack):
    """With the mapping that `map` proposes, as it is."""
    cli, store = cli_on_stack, HdfsStore(stack.hdfs_url, {})
    produce(cli, "--whole-visits")
    expected = reports(cli, store, ALL_REPORTS)
    table = ("--synthetic", "3000", "--from", FIRST, "--to", LAST, "--format", "csv")
    assert cli("produce", *table, "--save", "visits.csv").code == 0
    assert cli("map", "visits.csv", "--output", "MAP.toml").code == 0
    other = {
        "HEALTHTRENDS_KAFKA__TOPIC": f"csv-{uuid.uuid4().hex[:8]}",
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
    }
    sent = cli("produce", "--map", "MAP.toml", "visits.csv", **other)
    assert sent.code == 0, sent.err
    assert reports(cli, store, ALL_REPORTS, **other) == expected
