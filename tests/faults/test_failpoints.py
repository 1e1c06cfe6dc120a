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
from collections import Counter
from pathlib import Path

import pytest

from healthtrends.adapters.failpoints import NAMES, VARIABLE
from healthtrends.adapters.hdfs import HdfsStore

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
SAMPLE = random.Random(20251222).sample(CASES, 5)
INGEST, RUN = ("ingest",), ("run", DAY)


@pytest.fixture
def world(stack, topic, root, tmp_path):
    key = tmp_path / "pseudonym.key"
    key.write_text("5a" * 32 + "\n")
    key.chmod(0o600)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}
    return kept | {
        "HEALTHTRENDS_HOME": str(tmp_path / "home"),
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": stack.bootstrap_servers,
        "HEALTHTRENDS_KAFKA__TOPIC": topic,
        "HEALTHTRENDS_HDFS__URL": stack.hdfs_url,
        "HEALTHTRENDS_HDFS__ROOT": root,
        "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
        "HEALTHTRENDS_INGEST__BATCH_RECORDS": "150",
        "HEALTHTRENDS_INGEST__SNAPSHOT_EVERY": "2",
        "HEALTHTRENDS_INGEST__COMMIT_INTERVAL": "2",
    }


def start(world: dict[str, str], folder: Path, *arguments: str, **more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "healthtrends.cli", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=world | more, cwd=folder, stdin=pipe, stdout=pipe, stderr=pipe)


def finish(process: subprocess.Popen[bytes], stdin: bytes = b"") -> str:
    out, err = process.communicate(stdin, timeout=120)
    assert process.returncode == 0, err.decode()
    return out.decode()


def send(world: dict[str, str], folder: Path) -> None:
    records = (
        {
            "patient_id": f"synthetic-{n}", "age": n % 100, "gender": "F", "diagnosis_code": "E11",
            "visit_date": DAY if n % 2 else f"2025-12-{1 + n % 4:02d}", "treatment_code": f"T{n}",
            "outcome": "ongoing",
        }
        for n in range(RECORDS)
    )  # fmt: skip
    lines = [json.dumps(record).encode() for record in records] + [b"bad %d" % n for n in range(BAD)]
    finish(start(world, folder, "produce", "-"), b"\n".join(lines))


def lines_below(store: HdfsStore, folder: str) -> list[bytes]:
    lines = []
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        lines += lines_below(store, path) if entry.is_folder else store.read(path).splitlines()
    return lines


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def pause_and_take_over(
    world: dict[str, str], folder: Path, process: subprocess.Popen[bytes], command: tuple[str, ...]
) -> None:
    """Wait until the process stops itself or ends, let another do the work, and wake it up."""
    while process.poll() is None and not is_stopped(process.pid):
        time.sleep(0.05)
    if process.poll() is None:
        finish(start(world, folder, *command))
        process.send_signal(signal.SIGCONT)
    finish(process)


def check(world: dict[str, str], folder: Path, stack, command: tuple[str, ...]) -> None:
    """Each message exactly once, the log whole, and after a run the report of all of it published."""
    finish(start(world, folder, *command))
    store, root = HdfsStore(stack.hdfs_url, {}), world["HEALTHTRENDS_HDFS__ROOT"]
    codes = Counter(json.loads(line)["treatment_code"] for line in lines_below(store, f"{root}/patient_json"))
    assert codes == Counter(f"T{n}" for n in range(RECORDS))
    assert len(lines_below(store, f"{root}/rejects")) == BAD
    finish(start(world, folder, "verify"))
    if command == INGEST:
        return
    report = store.read(f"{root}/reports/trend_summary/date={DAY}/part-00000.csv")
    assert report.splitlines()[1].startswith(b"E11,200,")
    assert store.length(f"{root}/reports/trend_summary/date={DAY}/_SUCCESS") == 0


def try_case(case: str, world: dict[str, str], folder: Path, stack) -> None:
    command = RUN if case.startswith("P") else INGEST
    send(world, folder)
    process = start(world, folder, *command, **{VARIABLE: case})
    if ":pause" in case:
        pause_and_take_over(world, folder, process, command)
    else:
        _, err = process.communicate(timeout=120)
        assert process.returncode in ((0, -signal.SIGKILL) if ":kill" in case else (0,)), err.decode()
    check(world, folder, stack, command)


@pytest.mark.parametrize("case", SAMPLE)
def test_a_sample_of_moments(case, world, tmp_path, stack):
    """Five of all, drawn with a fixed seed."""
    try_case(case, world, tmp_path, stack)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_every_moment(case, world, tmp_path, stack):
    """All failpoints, each with each action."""
    try_case(case, world, tmp_path, stack)


def test_an_unknown_failpoint_ends_with_2(world, tmp_path):
    """It names the nearest one."""
    process = start(world, tmp_path, "run", DAY, **{VARIABLE: "B4.renam.before:kill"})
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
