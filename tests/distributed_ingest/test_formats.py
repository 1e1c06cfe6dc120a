"""Executors read every format of messages by the decoder of the plain ingest, and by its settings."""

import dataclasses
import datetime as dt
import json

import pytest
from confluent_kafka import Producer

from healthtrends.sources.synthetic import SyntheticPlan
from healthtrends.sources.synthetic_formats import fhir, hl7v2
from tests.distributed_ingest.sample import HERE, stored

BY_SPARK = "-by-spark"
FIRST, LAST = dt.date(2025, 12, 1), dt.date(2025, 12, 2)
PLAN = SyntheticPlan(records=120, seed=7, first=FIRST, last=LAST, whole_visits=True)
MAPPING = """
[source.mapping]
patient_id = "PatNr"
record_id = "Nr"
age = { birth_date = "Geb", format = "%d.%m.%Y" }
gender = { column = "Sex", values = { w = "F", m = "M" }, default = "U" }
diagnosis_code = { column = "Snomed", lookup = "snomed.csv" }
visit_date = "Tag"
treatment_code = { constant = "none" }
outcome = { constant = "unknown" }
"""
LOOKUP = "theirs,ours\n73211009,E11.9\n38341003,I10\n"


def hl7v2_values():
    """Messages of which some are broken."""
    return [each.value for each in hl7v2.messages(dataclasses.replace(PLAN, bad_share=0.05))]


def fhir_values():
    """Resources, and one that is none."""
    return [*(each.value for each in fhir.messages(PLAN)), b'{"resourceType": 1}']


def rows():
    """Rows of a table whose codes only a file translates; some codes are not in it."""
    codes = "73211009", "38341003", "1"
    return [
        json.dumps(
            {
                "PatNr": f"P{number}", "Nr": f"R{number}", "Geb": "01.02.1980", "Sex": "wmx"[number % 3],
                "Snomed": codes[number % 3], "Tag": "2025-12-01",
            }
        ).encode()
        for number in range(200)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings", "values", "folders"),
    [
        ('[source]\nformat = "hl7v2"\ntimezone = "Asia/Kolkata"', hl7v2_values, ("facts", "rejects")),
        pytest.param('[source]\nformat = "fhir"', fhir_values, ("facts", "rejects"), marks=pytest.mark.long),
        pytest.param(MAPPING, rows, ("patient_json", "rejects"), marks=pytest.mark.long),
    ],
    ids=["hl7v2", "fhir", "mapped"],
)
def test_executors_decode_as_one_process_does(sandbox, settings, values, folders):
    """Line by line; a mapping's lookup file is only where the command starts."""
    (sandbox.folder / "healthtrends.toml").write_text(settings)
    (sandbox.folder / "snomed.csv").write_text(LOOKUP)
    servers = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    producer = Producer({**servers, "acks": "all"})
    for number, value in enumerate(values()):
        producer.produce(sandbox.topic, value, partition=number % 3)
    assert producer.flush(30) == 0
    spread = sandbox.start(*HERE, HEALTHTRENDS_HDFS__ROOT=sandbox.root + BY_SPARK)
    sandbox.start("ingest").end()
    spread.end()
    for folder in folders:
        lines = without_day(stored(sandbox.store(), f"{sandbox.root}/{folder}"))
        assert lines
        assert without_day(stored(sandbox.store(), f"{sandbox.root}{BY_SPARK}/{folder}")) == lines


def without_day(lines):
    """Lines without the name of their folder, in which the day of the ingest may be."""
    return sorted(line.split(b" ", 1)[1] for line in lines)
