"""Damage on a real HDFS is named, and the command that is named repairs it; rejects are mended and stored."""

import json

import pytest

from healthtrends.adapters.hdfs import HdfsStore

DAY = "2025-12-22"
TRANSFORM = """
import json

def years(value: bytes, reason: str, field: str | None) -> bytes | None:
    if field != "age":
        return None
    record = json.loads(value)
    return json.dumps({**record, "age": int(record["age"])}).encode()
"""


@pytest.fixture
def filled(cli_on_stack):
    """Twenty records over three partitions; two more with an age in quotes; one that is no JSON."""
    records = [
        {
            "patient_id": f"synthetic-{n}", "age": 40 if n < 20 else "40", "gender": "F",
            "diagnosis_code": "E11", "visit_date": DAY, "treatment_code": "T", "outcome": "ongoing",
        }
        for n in range(22)
    ]  # fmt: skip
    body = b"".join(json.dumps(record).encode() + b"\n" for record in records) + b"broken\n"
    assert cli_on_stack("produce", "-", stdin=body).code == 0
    assert cli_on_stack("ingest").code == 0
    return cli_on_stack


def test_the_repair_that_verify_names_repairs_a_deleted_and_a_changed_file(filled, stack):
    """Records and rejects; afterwards the proof holds, over the same lines."""
    store, root = HdfsStore(stack.hdfs_url, {}), filled.environ["HEALTHTRENDS_HDFS__ROOT"]
    records, rejects = (
        f"{root}/{folder}/{store.list(f'{root}/{folder}')[0].name}" for folder in ("patient_json", "rejects")
    )
    lost, changed = (f"{folder}/{store.list(folder)[0].name}" for folder in (records, rejects))
    before = sorted(store.read(lost).splitlines())
    store.delete(lost)
    content = store.read(changed)
    store.delete(changed)
    writer = store.create(changed)
    writer.write(content.replace(b"reason", b"season", 1))
    writer.close()
    proof = filled("verify")
    repairs = [
        line.partition("repair: healthtrends ")[2] for line in proof.out.splitlines() if "FAILED" in line
    ]
    assert (proof.code, len(repairs)) == (4, 2)
    assert filled(*repairs[0].split()[:2], *(repair.split()[-1] for repair in repairs)).code == 0
    after = filled("verify", "--json")
    assert (after.code, after.document()["ok"]) == (0, True)
    (found,) = store.list(records)
    assert sorted(store.read(f"{records}/{found.name}").splitlines()) == before


def test_rejects_are_mended_by_a_transform_once(filled):
    """A second replay has nothing to do; the one that cannot be mended stays."""
    (filled.folder / "mending.py").write_text(TRANSFORM)
    filled.environ |= {
        "PYTHONPATH": str(filled.folder),
        "HEALTHTRENDS_REJECTS__TRANSFORM": "mending:years",
    }
    done = [filled("rejects", "replay", "--json") for _ in range(2)]
    assert [each.document()["stored"] for each in done] == [2, 0]
    assert filled("rejects", "list", "--json").document()["by_reason"] == {"invalid_json": 1}
    assert filled("verify").code == 0
