"""Killed at any moment, run twice, late records: who knows what was produced finds each of it once."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter

import msgspec
import pytest

from healthtrends.adapters.hdfs import HdfsStore

DAY = "2025-12-22"
EARLIER = "2025-12-20"


def record(number: int, day: str = DAY) -> dict[str, object]:
    return {
        "patient_id": f"synthetic-{number:06d}", "age": number % 100, "gender": "MFOU"[number % 4],
        "diagnosis_code": f"E1{number % 9}", "visit_date": day, "treatment_code": f"T{number}",
        "outcome": "ongoing",
    }  # fmt: skip


def send(cli_on_stack, *records: dict[str, object] | bytes) -> None:
    body = b"".join((r if isinstance(r, bytes) else json.dumps(r).encode()) + b"\n" for r in records)
    done = cli_on_stack("produce", "-", stdin=body)
    assert done.code == 0, done.err


def files(store: HdfsStore, folder: str) -> dict[str, bytes]:
    """Content of every visible file below a folder."""
    found: dict[str, bytes] = {}
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        found |= files(store, path) if entry.is_folder else {path: store.read(path)}
    return found


@pytest.fixture
def store(stack):
    return HdfsStore(stack.hdfs_url, {})


def test_ten_kills_at_random_moments_lose_and_double_nothing(cli_on_stack, store):
    """The command line dies by SIGKILL during ingest; each message ends in the data or the rejects once."""
    seed = random.SystemRandom().randrange(10**6)
    chance = random.Random(seed)
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    sent = 12_000
    send(cli_on_stack, *(record(n, f"2025-12-{1 + n % 20:02d}") for n in range(sent)), *[b"bad"] * 10)
    environ = cli_on_stack.environ | {"HEALTHTRENDS_INGEST__BATCH_RECORDS": "500"}
    for _ in range(10):
        command = [sys.executable, "-m", "healthtrends.cli", "ingest", "--quiet"]
        process = subprocess.Popen(command, cwd=cli_on_stack.folder, env=environ)
        time.sleep(chance.uniform(0.3, 2.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert cli_on_stack("ingest").code == 0
    lines = [
        msgspec.json.decode(line)
        for content in files(store, f"{root}/patient_json").values()
        for line in content.splitlines()
    ]
    rejects = [line for content in files(store, f"{root}/rejects").values() for line in content.splitlines()]
    found = Counter(line["treatment_code"] for line in lines)
    assert found == Counter(f"T{n}" for n in range(sent)), f"seed {seed}"
    assert len(rejects) == 10
    assert cli_on_stack("verify").code == 0


def test_a_second_run_changes_no_byte(cli_on_stack, store):
    """Records, rejects, reports and issues are the same files with the same content."""
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    send(cli_on_stack, *(record(n) for n in range(150)), b"broken")
    watched = [f"{root}/{name}" for name in ("patient_json", "rejects", "reports", "_ht/log", "_ht/issues")]
    seen = []
    for _ in range(2):
        done = cli_on_stack("run", DAY)
        assert done.code == 0, done.err
        seen.append([files(store, folder) for folder in watched])
    assert seen[0] == seen[1]


def test_late_records_update_their_own_date_only(cli_on_stack, store):
    """The other date's reports stay, to the byte, until its own run: its windows hold the earlier date."""
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    send(cli_on_stack, *(record(n) for n in range(30)), *(record(n, EARLIER) for n in range(30)))
    assert cli_on_stack("run", "--from", EARLIER, "--to", DAY).code == 0
    before = files(store, f"{root}/reports")
    send(cli_on_stack, *(record(n, EARLIER) for n in range(30, 45)))
    done = cli_on_stack("run", EARLIER, "--json")
    assert [row["action"] for row in done.document()["dates"]] == ["published"]
    after = files(store, f"{root}/reports")
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed
    assert all(f"date={EARLIER}/" in path for path in changed)
    actions = [cli_on_stack("run", DAY, "--json").document()["dates"][0]["action"] for _ in range(2)]
    assert actions == ["published", "up to date"]


def test_status_calls_a_date_stale_until_it_is_run_again(cli_on_stack):
    """After late records were stored, before the reports are made anew."""
    send(cli_on_stack, record(1), record(2, EARLIER))
    assert cli_on_stack("run", EARLIER).code == 0
    send(cli_on_stack, record(3, EARLIER))
    assert cli_on_stack("ingest").code == 0
    states = {row["date"]: row["report"] for row in cli_on_stack("status", "--json").document()["dates"]}
    assert states == {EARLIER: "stale", DAY: "missing"}


@pytest.mark.long
def test_compaction_changes_no_record_and_no_report(cli_on_stack, store):
    """Three files become one; the reports stay up to date, and the proof still holds."""
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    for part in range(3):
        send(cli_on_stack, *(record(n) for n in range(part * 10, part * 10 + 10)))
        assert cli_on_stack("ingest").code == 0
    assert cli_on_stack("run", DAY).code == 0
    before = files(store, f"{root}/reports"), files(store, f"{root}/patient_json")
    done = cli_on_stack("compact", DAY, "--json")
    assert (done.document()["files_before"], done.document()["files_after"]) == (3, 1)
    after = files(store, f"{root}/reports"), files(store, f"{root}/patient_json")
    assert before[0] == after[0]
    assert sorted(b"".join(before[1].values()).splitlines()) == sorted(
        b"".join(after[1].values()).splitlines()
    )
    again = cli_on_stack("run", DAY, "--json")
    assert [row["action"] for row in again.document()["dates"]] == ["up to date"]
    assert cli_on_stack("verify").code == 0


def test_a_run_compacts_a_date_of_many_files_by_itself(cli_on_stack):
    """Above the limit of the settings, after the reports are out."""
    for part in range(3):
        send(cli_on_stack, record(part))
        assert cli_on_stack("ingest").code == 0
    done = cli_on_stack("run", DAY, "--json", HEALTHTRENDS_INGEST__COMPACT_ABOVE="2")
    assert done.code == 0, done.err
    (date,) = cli_on_stack("status", "--json").document()["dates"]
    assert (date["files"], date["records"], date["report"]) == (1, 3, "provisional")


@pytest.mark.long
def test_a_run_merges_what_others_filled_and_so_does_compact_all(cli_on_stack):
    """A date that is not run, and the rejects; both by the files that the log names."""
    one_each = {"HEALTHTRENDS_INGEST__BATCH_RECORDS": "1", "HEALTHTRENDS_INGEST__COMPACT_ABOVE": "1"}
    send(cli_on_stack, record(0), *(record(n, EARLIER) for n in range(1, 4)), *[b"wrong"] * 2)
    assert cli_on_stack("ingest", **one_each).code == 0
    said = cli_on_stack("compact", "--all", "--json", **one_each).document()["days"]
    assert [(day["kind"], day["files_before"], day["files_after"]) for day in said] == [
        ("records", 3, 1),
        ("rejects", 2, 1),
    ]
    send(cli_on_stack, record(4, EARLIER), b"wrong")
    steps = cli_on_stack("run", DAY, "--json", **one_each).document()["steps"]
    assert [step["note"] for step in steps if step["name"] == "compact"] == [
        "2 record files became 1",
        "2 reject files became 1",
    ]
    assert (cli_on_stack("verify").code, cli_on_stack("compact").code) == (0, 2)
