"""A large backlog staged by several processes: the same records as by one, whoever of them dies."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter

import msgspec
import psutil
import pytest

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool

SENT, BAD = 6_000, 7
SEVERAL = {"HEALTHTRENDS_INGEST__WORKERS": "3", "HEALTHTRENDS_INGEST__WORKER_RECORDS": "100"}
BATCHES = {"HEALTHTRENDS_INGEST__BATCH_RECORDS": "2500"}


def record(number: int) -> dict[str, object]:
    return {
        "patient_id": f"synthetic-{number:06d}", "age": number % 100, "gender": "MFOU"[number % 4],
        "diagnosis_code": f"E1{number % 9}", "visit_date": f"2025-12-{1 + number % 20:02d}",
        "treatment_code": f"T{number}", "outcome": "ongoing",
    }  # fmt: skip


def send(cli_on_stack, sent: int, bad: int) -> None:
    lines = [json.dumps(record(n)) for n in range(sent)] + ["bad"] * bad
    done = cli_on_stack("produce", "-", stdin="\n".join(lines).encode() + b"\n")
    assert done.code == 0, done.err


def contents(store: HdfsStore, folder: str) -> list[bytes]:
    found = []
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        found += contents(store, path) if entry.is_folder else store.read(path).splitlines()
    return found


def check(cli_on_stack, store: HdfsStore, sent: int, bad: int) -> None:
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    lines = [msgspec.json.decode(line) for line in contents(store, f"{root}/patient_json")]
    assert Counter(line["treatment_code"] for line in lines) == Counter(f"T{n}" for n in range(sent))
    assert len(contents(store, f"{root}/rejects")) == bad
    proof = cli_on_stack("verify")
    assert proof.code == 0, proof.out


def start(cli_on_stack, **environ: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "healthtrends.cli", "ingest", "--quiet"]
    return subprocess.Popen(command, cwd=cli_on_stack.folder, env=cli_on_stack.environ | environ)


def workers_of(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    """The worker processes, once there are some."""
    while not (found := psutil.Process(process.pid).children()):
        assert process.poll() is None
        time.sleep(0.01)
    return found


@pytest.fixture
def store(stack):
    return HdfsStore(stack.hdfs_url, {})


def test_several_processes_store_each_message_once(cli_on_stack, store):
    """Three workers and three commits: the data and the rejects hold what was sent, and verify agrees."""
    send(cli_on_stack, SENT, BAD)
    done = cli_on_stack("ingest", "--json", **SEVERAL, **BATCHES)
    assert (done.document()["stored"], done.document()["commits"]) == (SENT, 3), done.err
    check(cli_on_stack, store, SENT, BAD)


def test_no_process_stores_a_patient_who_opted_out(cli_on_stack, store):
    """Each reads the list; records and rejects are counted, and verify accounts for them."""
    listed = cli_on_stack.folder / "opt-out.txt"
    listed.write_text("synthetic-000003  # asked for it\nsynthetic-004000\n")
    listed.chmod(0o600)
    send(cli_on_stack, SENT, BAD)
    done = cli_on_stack("ingest", "--json", **SEVERAL, HEALTHTRENDS_PRIVACY__OPT_OUT_FILE=str(listed))
    told = done.document()
    assert (told["stored"], told["rejected"], told["skips"]) == (SENT - 2, BAD, {"opted_out": 2}), done.err
    root = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]
    lines = [msgspec.json.decode(line) for line in contents(store, f"{root}/patient_json")]
    assert {"T3", "T4000"}.isdisjoint(line["treatment_code"] for line in lines)
    assert cli_on_stack("verify").code == 0


def test_a_worker_takes_no_code_from_the_working_directory(cli_on_stack, store):
    """It may be somebody else's folder; Python itself would look there first."""
    send(cli_on_stack, SENT, 0)
    for name in ("healthtrends", "msgspec", "signal"):
        (cli_on_stack.folder / f"{name}.py").write_text("open('ran', 'w').close()\nraise SystemExit(1)\n")
    entry = "import sys; from healthtrends.cli.main import main; sys.exit(main(sys.argv[1:]))"
    done = cli_on_stack.python("-P", "-c", entry, "ingest", "--json", **SEVERAL)
    assert (done.code, (cli_on_stack.folder / "ran").exists()) == (0, False), done.err
    assert done.document()["stored"] == SENT


def test_files_of_one_commit_come_from_ranges_that_meet(cli_on_stack, store):
    """The workers cut the batch's offsets, no offset lies in two pieces or in none."""
    send(cli_on_stack, SENT, 0)
    assert cli_on_stack("ingest", **SEVERAL).code == 0
    pool = StorePool(store)
    manifest = CommitLog(pool, Layout(cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"]), 200).read_manifest(2)
    pool.close()
    ranges = sorted({each for file in manifest.add for each in file.ranges})
    by_partition = {p: [each[1:] for each in ranges if each[0] == p] for p, _, _ in ranges}
    for partition, found in by_partition.items():
        assert [end for _, end in found] == [start for start, _ in found[1:]] + [
            manifest.parts[partition].next
        ]
    assert len({file.ranges for file in manifest.add}) == 3


def test_a_worker_that_is_killed_costs_a_second_attempt(cli_on_stack, store):
    """The ingest goes on with new workers, ends with 0, and nothing is lost or doubled."""
    send(cli_on_stack, SENT, BAD)
    process = start(cli_on_stack, **SEVERAL, **BATCHES)
    workers_of(process)[0].kill()
    assert process.wait(120) == 0
    check(cli_on_stack, store, SENT, BAD)


def test_workers_end_with_the_writer(cli_on_stack, store):
    """After kill -9 of the command no process goes on reading, and the next ingest does the work."""
    send(cli_on_stack, SENT, BAD)
    process = start(cli_on_stack, **SEVERAL, **BATCHES)
    workers = workers_of(process)
    # They get their settings, which may be secret, through a pipe.
    assert [name for name in workers[0].environ() if name.startswith("HEALTHTRENDS_") and "__" in name] == []
    process.kill()
    process.wait()
    gone, alive = psutil.wait_procs(workers, timeout=20)
    assert (len(gone), alive) == (len(workers), [])
    assert cli_on_stack("ingest").code == 0
    check(cli_on_stack, store, SENT, BAD)


def test_a_small_backlog_starts_no_process(cli_on_stack):
    """One process stages what would not be worth the start of another."""
    send(cli_on_stack, 300, 0)
    process = start(cli_on_stack, HEALTHTRENDS_INGEST__WORKERS="3")
    seen = 0
    while process.poll() is None:
        try:
            seen += len(psutil.Process(process.pid).children())
        except psutil.NoSuchProcess:
            break
        time.sleep(0.02)
    assert (process.wait(), seen) == (0, 0)


def test_ctrl_c_ends_reading_and_tells_what_is_stored(cli_on_stack, store):
    """Also while the workers start, whom Ctrl-C in a terminal must not reach. The next one does the rest."""
    send(cli_on_stack, SENT, BAD)
    command = [sys.executable, "-m", "healthtrends.cli", "ingest", "--json"]
    with subprocess.Popen(
        command,
        cwd=cli_on_stack.folder,
        env=cli_on_stack.environ | SEVERAL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        workers_of(process)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(out)["stored"] < SENT
    assert cli_on_stack("ingest").code == 0
    check(cli_on_stack, store, SENT, BAD)


def test_ctrl_c_in_a_run_ends_it_after_the_ingest(cli_on_stack):
    """It does not go on with the reports, and is on record."""
    send(cli_on_stack, SENT, BAD)
    command = [sys.executable, "-m", "healthtrends.cli", "run", "2025-12-20", "--json"]
    with subprocess.Popen(
        command,
        cwd=cli_on_stack.folder,
        env=cli_on_stack.environ | SEVERAL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        workers_of(process)
        os.killpg(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    found = json.loads(out)
    assert (process.returncode, found["exit_code"], found["dates"]) == (130, 130, [])
    assert found["error"]["kind"] == "Interrupted"


def test_rejects_of_several_processes_are_listed_by_position(cli_on_stack):
    """Each has a file of its own, with pieces of several partitions."""
    send(cli_on_stack, 300, 30)
    assert cli_on_stack("ingest", **SEVERAL).code == 0
    listed = cli_on_stack("rejects", "list", "--json", "--limit", "20").document()["rejects"]
    positions = [(each["partition"], each["offset"]) for each in listed]
    assert (len(positions), positions) == (20, sorted(positions))
