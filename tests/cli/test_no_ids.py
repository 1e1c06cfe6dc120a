"""No id, as it came or as a pseudonym, is anywhere but in records, rejects and the patients of cubes."""

import base64
import json

import pytest

from healthtrends.adapters.hdfs import HdfsStore

pytestmark = pytest.mark.long

DAY, LATER = "2025-12-22", "2025-12-26T12:00:00.000+00:00"
STORES = ("/patient_json/", "/rejects/", "/facts/")
"""Folders whose files hold ids, below the root."""
COMMANDS = (
    ("-v", "run", DAY), ("-v", "release", DAY, "--save", "released.html", "--exports", "released"),
    ("-v", "verify"), ("-v", "status"), ("-v", "audit", DAY), ("-v", "rejects", "list"),
    ("report", DAY, "--exports", "tables"),
    ("report", DAY, "--save", "page.html"), ("run", DAY, "--json"),
)  # fmt: skip


def records():
    """Of 30 people with ids of all kinds; every tenth breaks a rule."""
    for number in range(30):
        fields = {
            "patient_id": f"synthetic-person-{number}", "age": -1 if number % 10 == 9 else 40, "gender": "F",
            "diagnosis_code": "E11", "visit_date": DAY, "treatment_code": "T", "outcome": "ongoing",
            "visit_id": f"synthetic-visit-{number}", "record_id": f"synthetic-record-{number}",
        }  # fmt: skip
        yield json.dumps(fields)


@pytest.fixture
def logs(cli_on_stack):
    """What all commands have printed and logged."""
    cli = cli_on_stack
    cli.environ |= {"HEALTHTRENDS_QUALITY__MAX_REJECT_SHARE": "1", "HEALTHTRENDS_NOW": LATER}
    cli.environ["HEALTHTRENDS_METRICS__TEXTFILE"] = str(cli.folder / "healthtrends.prom")
    cli.environ["HEALTHTRENDS_LINEAGE__FILE"] = str(cli.folder / "lineage.jsonl")
    sent = cli("-v", "produce", "-", stdin="\n".join(records()).encode())
    done = [sent, *(cli(*command) for command in COMMANDS)]
    assert [each.code for each in done] == [0] * len(done)
    return "\n".join(each.out + each.err for each in done).encode()


def walk(store, folder):
    """Every file below a folder."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        yield from walk(store, path) if entry.is_folder else (path,)


def test_no_id_in_any_log_run_record_page_report_or_release(cli_on_stack, logs):
    """Raw, as Base64, or as a pseudonym in hex or as bytes; the stores of records do hold them."""
    cli = cli_on_stack
    root = cli.environ["HEALTHTRENDS_HDFS__ROOT"]
    store = HdfsStore(cli.environ["HEALTHTRENDS_HDFS__URL"], {})
    found = {path.removeprefix(root): store.read(path) for path in walk(store, root)}
    stored = [
        json.loads(line)
        for path, content in found.items()
        if path.startswith("/patient_json/")
        for line in content.splitlines()
    ]
    names = {fields[name] for fields in stored for name in ("patient_id", "visit_id", "record_id")}
    assert len(names) == 3 * 27
    raw = [b"synthetic-", *(base64.b64encode(b"." * at + b"synthetic-person-")[4:16] for at in range(3))]
    forms = [*raw, *(name.encode() for name in names), *map(bytes.fromhex, names)]
    places = {
        **{
            path: content
            for path, content in found.items()
            if not path.startswith(STORES) and "/patients-" not in path
        },
        **{str(path): path.read_bytes() for path in cli.folder.rglob("*") if path.is_file()},
        "logs": logs,
    }
    assert any("/release/" in path for path in places)
    assert any("/_ht/runs/" in path for path in places)
    assert any(path.endswith(".prom") for path in places)
    assert any(path.endswith("lineage.jsonl") for path in places)
    assert [path for path, content in places.items() if any(form in content for form in forms)] == []
