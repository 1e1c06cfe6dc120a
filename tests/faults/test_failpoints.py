"""Every effect on HDFS as a moment to die, to fail, or to stop and be taken over; all ends up there once.

The checker knows only what was produced. In `make test` a seeded sample, in `make test-all` all of it.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from healthtrends.adapters.failpoints import NAMES, VARIABLE
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.parallel import SideBySide
from healthtrends.storage.verify import Finding, verify

DAY = "2025-12-22"
RECORDS, BAD = 400, 3
ACTIONS = ("kill", "raise", "pause")
# A run reaches these once for its fence and again for each data commit.
SEVERAL = ("B4.create", "B4.write", "B4.close", "B4.rename", "B5.rename", "S.create", "P4.rename")
CASES = [
    (f"{name}:{action}@{time}")
    for name in NAMES
    for action in ACTIONS
    for time in ((1, 2, 3) if name.startswith(SEVERAL) else (1,))
]
SAMPLE = random.Random(20251222).sample(CASES, 6)
AT_ONCE = 4
INGEST, RUN = ("ingest",), ("run", DAY)


@pytest.fixture
def new_world(stack, tmp_path):
    """Make environments, each with a topic, a root and a folder of its own, so that cases can run at once."""
    key = tmp_path / "pseudonym.key"
    key.write_text("5a" * 32 + "\n")
    key.chmod(0o600)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}

    def make() -> dict[str, str]:
        name = f"fp-{uuid.uuid4().hex[:12]}"
        admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers})
        admin.create_topics([NewTopic(name, 3, 1)])[name].result(30)
        (tmp_path / name).mkdir()
        return kept | {
            "HEALTHTRENDS_HOME": str(tmp_path / name),
            "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap_servers,
            "HEALTHTRENDS_KAFKA__TOPIC": name,
            "HEALTHTRENDS_HDFS__URL": stack.hdfs_url,
            "HEALTHTRENDS_HDFS__ROOT": f"/t/{name}",
            "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
            "HEALTHTRENDS_INGEST__BATCH_RECORDS": "250",
            "HEALTHTRENDS_INGEST__SNAPSHOT_EVERY": "2",
            "HEALTHTRENDS_INGEST__COMMIT_INTERVAL": "2",
        }

    return make


def start(world: dict[str, str], *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "healthtrends.cli", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, env=world | more, cwd=world["HEALTHTRENDS_HOME"], stdin=pipe, stdout=pipe, stderr=pipe
    )


def finish(process: subprocess.Popen[bytes], stdin: bytes = b"") -> str:
    out, err = process.communicate(stdin, timeout=120)
    assert process.returncode == 0, err.decode()
    return out.decode()


def send(world: dict[str, str]) -> None:
    """Straight to the broker: what is tested begins behind it."""
    producer = Producer({"bootstrap.servers": world["HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS"], "acks": "all"})
    for n in range(RECORDS):
        record = {
            "patient_id": f"synthetic-{n}", "age": n % 100, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DAY if n % 2 else f"2025-12-{1 + n % 4:02d}", "treatment_code": f"T{n}",
            "outcome": "ongoing",
        }  # fmt: skip
        producer.produce(world["HEALTHTRENDS_KAFKA__TOPIC"], json.dumps(record).encode(), key=b"%d" % n)
    for n in range(BAD):
        producer.produce(world["HEALTHTRENDS_KAFKA__TOPIC"], b"bad %d" % n)
    assert producer.flush(30) == 0


def lines_below(store: HdfsStore, folder: str) -> list[bytes]:
    lines = []
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        lines += lines_below(store, path) if entry.is_folder else store.read(path).splitlines()
    return lines


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def pause_and_take_over(
    world: dict[str, str], process: subprocess.Popen[bytes], command: tuple[str, ...]
) -> None:
    """Wait until the process stops itself or ends, let another do the work, and wake it up."""
    while process.poll() is None and not is_stopped(process.pid):
        time.sleep(0.05)
    if process.poll() is None:
        finish(start(world, *command))
        process.send_signal(signal.SIGCONT)
    finish(process)


def proof(store: HdfsStore, root: str) -> list[Finding]:
    calls = SideBySide(store)
    try:
        return verify(CommitLog(calls, Layout(root), 200), None)
    finally:
        calls.close()


def check(world: dict[str, str], command: tuple[str, ...]) -> None:
    """Each message exactly once, the log whole, and after a run the report of all of it published."""
    finish(start(world, *command))
    store, root = HdfsStore(world["HEALTHTRENDS_HDFS__URL"], {}), world["HEALTHTRENDS_HDFS__ROOT"]
    codes = Counter(json.loads(line)["treatment_code"] for line in lines_below(store, f"{root}/patient_json"))
    assert codes == Counter(f"T{n}" for n in range(RECORDS))
    assert len(lines_below(store, f"{root}/rejects")) == BAD
    assert [finding for finding in proof(store, root) if not finding["ok"]] == []
    if command == INGEST:
        return
    report = store.read(f"{root}/reports/trend_summary/date={DAY}/part-00000.csv")
    assert report.splitlines()[1].startswith(b"E11,200,")
    assert store.length(f"{root}/reports/trend_summary/date={DAY}/_SUCCESS") == 0


def try_case(case: str, world: dict[str, str]) -> None:
    command = RUN if case.startswith("P") else INGEST
    send(world)
    process = start(world, *command, **{VARIABLE: case})
    if ":pause" in case:
        pause_and_take_over(world, process, command)
    else:
        _, err = process.communicate(timeout=120)
        assert process.returncode in ((0, -signal.SIGKILL) if ":kill" in case else (0,)), err.decode()
    check(world, command)


def try_all(cases: list[str], new_world: Callable[[], dict[str, str]]) -> None:
    """Side by side, as each mostly waits; every failure names its case."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = {case: pool.submit(try_case, case, new_world()) for case in cases}
    failed = {case: str(future.exception()) for case, future in tried.items() if future.exception()}
    assert failed == {}


def test_a_sample_of_moments(new_world):
    """Six of all, drawn with a fixed seed."""
    try_all(SAMPLE, new_world)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_moment(name, new_world):
    """All failpoints, each with each action, at each of the times it is reached."""
    try_all([case for case in CASES if case.startswith(f"{name}:")], new_world)


def test_an_unknown_failpoint_ends_with_2(new_world):
    """It names the nearest one."""
    process = start(new_world(), "run", DAY, **{VARIABLE: "B4.renam.before:kill"})
    _, err = process.communicate(timeout=60)
    assert (process.returncode, b"did you mean B4.rename.before?" in err) == (2, True)


def test_the_names_cover_every_step_of_the_protocol():
    """A step that nobody can interrupt is a step nobody has tested."""
    assert {name.split(".")[0] for name in NAMES} == {
        "R3",
        "B3",
        "B4",
        "B5",
        "B7",
        "S",
        "P2",
        "P3",
        "P4",
        "P5",
    }
