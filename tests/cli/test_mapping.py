"""A German export through `map`, `produce --map` and `run`: its report is that of the same records."""

import json
import tomllib
import uuid

import pytest

from healthtrends.adapters.hdfs import HdfsStore

DAY = "2025-12-20"
CODES = ("E11.9", "J10.1", "I10", "U07.1")
PEOPLE = [
    (
        f"P-{number}",
        f"{1940 + number % 60}",
        "wmd"[number % 3],
        CODES[number % 4],
        ("", "07")[number % 9 == 0],
    )
    for number in range(90)
]
"""Id, year of birth, sex, code, discharge; all synthetic."""
HEADER = "PatNr;Name;GebDatum;Sex;ICD;Aufnahme;OPS;Entl"


def export() -> bytes:
    """As a German hospital's system writes it, with one row that breaks a rule."""
    rows = [
        f'{patient};"Müller; Jörg";01.02.{born};{sex};{code}!;20.12.2025 08:30;;{discharge}'
        for patient, born, sex, code, discharge in PEOPLE
    ]
    return "\r\n".join([HEADER, *rows, "P-x;Süß;31.02.1990;w;E11;20.12.2025 08:30;;"]).encode("cp1252")


def records() -> bytes:
    """The same people in the format of the contract."""
    return b"".join(
        json.dumps(
            {
                "patient_id": patient, "age": 2025 - int(born), "gender": {"w": "F", "m": "M", "d": "O"}[sex],
                "diagnosis_code": code, "visit_date": DAY, "treatment_code": "unknown",
                "outcome": "deceased" if discharge else "ongoing",
            }
        ).encode() + b"\n"
        for patient, born, sex, code, discharge in PEOPLE
    )  # fmt: skip


def reports(cli, store, **environ) -> list[bytes]:
    """Reports that name all that a mapping fills."""
    done = cli("run", DAY, **environ)
    assert done.code == 0, done.err
    assert cli("verify", **environ).code == 0
    root = environ.get("HEALTHTRENDS_HDFS__ROOT", cli.environ["HEALTHTRENDS_HDFS__ROOT"])
    names = ("trend_summary", "treatment_outcomes", "age_distribution")
    return [store.read(f"{root}/reports/{name}/date={DAY}/part-00000.csv") for name in names]


@pytest.fixture
def elsewhere():
    """Another topic and root."""
    return lambda: {
        "HEALTHTRENDS_KAFKA__TOPIC": f"t-{uuid.uuid4().hex[:8]}",
        "HEALTHTRENDS_HDFS__ROOT": f"/test/{uuid.uuid4().hex}",
    }


def test_an_export_gives_the_report_of_the_same_records(cli_on_stack, stack, elsewhere):
    """Sent by `produce --map`, and read from a topic of rows by the same mapping."""
    cli, store = cli_on_stack, HdfsStore(stack.hdfs_url, {})
    (cli.folder / "export.csv").write_bytes(export())
    (cli.folder / "records.jsonl").write_bytes(records())
    assert cli("produce", "records.jsonl").code == 0
    expected = reports(cli, store)

    mapped = cli("map", "export.csv", "--output", "MAP.toml")
    assert mapped.code == 0, mapped.err
    assert "91 rows, 1 would be rejected" in mapped.out
    mapping = cli.folder / "MAP.toml"
    assert "P-1" not in mapping.read_text()
    text = mapping.read_text().replace(
        'default = "unknown" }\n# record_id', 'default = "ongoing" }\n# record_id'
    )
    mapping.write_text(text)

    other = elsewhere()
    sent = cli("produce", "--map", "MAP.toml", "export.csv", "--json", **other)
    assert (sent.code, sent.document()["as_they_are"]) == (0, {"impossible_date age": 1}), sent.err
    assert reports(cli, store, **other) == expected

    source = tomllib.loads(text)["source"]
    rows = elsewhere() | {
        "HEALTHTRENDS_SOURCE__MAPPING": json.dumps(source["mapping"]),
        "HEALTHTRENDS_SOURCE__FILE": json.dumps(source["file"]),
        "HEALTHTRENDS_INGEST__WORKERS": "2",
        "HEALTHTRENDS_INGEST__WORKER_RECORDS": "10",
    }
    assert cli("produce", "export.csv", **rows).code == 0
    proposed = cli("map", "--topic", "--json", **rows)
    assert proposed.code == 0, proposed.err + proposed.out
    looked = proposed.document()["preview"]
    assert (looked["rows"], looked["rejected"]) == (91, 1)
    assert reports(cli, store, **rows) == expected
