"""What a fault is tried on, and the checker that knows only what was produced.

A sandbox is a topic, a root and a folder of its own on servers that others may use at the same time.
"""

import base64
import json
import os
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from healthtrends.adapters.failpoints import VARIABLE
from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.devstack.stack import StackAddresses
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import Finding, verify

DAY = "2025-12-22"
RECORDS, BAD = 400, 3
BATCH = 250
INGEST = ("ingest",)
LONGEST = 240.0  # seconds that anything here may take, on a busy machine
HDFS_URL, HDFS_ROOT = "HEALTHTRENDS_HDFS__URL", "HEALTHTRENDS_HDFS__ROOT"
HDFS_CLIENT = "HEALTHTRENDS_HDFS__CLIENT"
_LOOK = 0.05


class Run:
    """One command of a sandbox as a process of its own; what it prints goes to files."""

    def __init__(self, command: Sequence[str], folder: Path, environ: dict[str, str]) -> None:
        self._out = folder / f"{uuid.uuid4().hex}.out"
        self._err = self._out.with_suffix(".err")
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(
                command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=out, stderr=err
            )
        self._itself = psutil.Process(self._process.pid)

    @property
    def out(self) -> str:
        """What it has printed."""
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        """What it has said so far."""
        return self._err.read_text("utf-8")

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def has_stopped(self) -> bool:
        """Whether it, or a process that it started, lies at a failpoint of the kind `pause`."""
        return any(_status(each) == psutil.STATUS_STOPPED for each in self._family())

    def wait_until_stopped(self) -> bool:
        """Wait for its failpoint; False when it ended without coming by."""
        wait_until(lambda: self.has_ended() or self.has_stopped())
        return not self.has_ended()

    def wake(self) -> None:
        """Let go on what has stopped."""
        for each in self._family():
            each.resume()

    def _family(self) -> list[psutil.Process]:
        """It and all that it started; none once it has ended, when its number may be somebody else's."""
        if self.has_ended():
            return []
        return [self._itself, *self._itself.children(recursive=True)]

    def end(self, *codes: int) -> int:
        """Wait for its end, which must be by one of `codes`, 0 when none is given."""
        code = self._process.wait(LONGEST)
        assert code in (codes or (0,)), self.err
        return code

    @property
    def pid(self) -> int:
        """Its process number."""
        return self._process.pid

    def terminate(self) -> None:
        """Ask it to end in order."""
        self._process.terminate()

    def kill(self) -> None:
        """End it with all that it started, whatever they do."""
        for each in self._family():
            with suppress(psutil.NoSuchProcess):
                each.kill()
        self._process.wait()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A configured command line; `environ` leads to the topic and the root."""

    servers: StackAddresses
    folder: Path
    topic: str
    environ: dict[str, str]
    runs: list[Run] = field(default_factory=list)

    @property
    def root(self) -> str:
        return self.environ[HDFS_ROOT]

    def store(self) -> HdfsStore:
        """The files of the sandbox, seen without any fault in between."""
        return HdfsStore(self.environ[HDFS_URL], json.loads(self.environ.get(HDFS_CLIENT, "{}")))

    def committed(self) -> int:
        """Messages that are part of the data or the rejects, by the log."""
        pool = StorePool(self.store())
        try:
            state = CommitLog(pool, Layout(self.root), 200).read_state()
        finally:
            pool.close()
        return state.messages_stored + state.messages_rejected

    def python(self, *arguments: str, **environ: str) -> Run:
        """Start the interpreter of the tests; keywords are more environment variables."""
        run = Run([sys.executable, *arguments], self.folder, self.environ | environ)
        self.runs.append(run)
        return run

    def start(self, *arguments: str, **environ: str) -> Run:
        """Start `healthtrends ARGUMENTS`."""
        return self.python("-m", "healthtrends.cli", *arguments, **environ)

    def start_until(self, failpoint: str, *arguments: str, **environ: str) -> Run:
        """Start `healthtrends ARGUMENTS`, which stops at `failpoint`, such as `B4.rename.before@2`."""
        name, _, time_ = failpoint.partition("@")
        return self.start(*arguments, **environ, **{VARIABLE: f"{name}:pause@{time_ or 1}"})

    def send(self, records: int = RECORDS, bad: int = BAD, first: int = 0) -> None:
        """Produce records `first` and after, and messages that break the rules, straight to the broker."""
        settings = {"bootstrap.servers": self.servers.bootstrap_servers, **self.servers.kafka_client}
        # Small batches, so that a client may have fetched one part of the topic and not yet the other.
        producer = Producer({**settings, "acks": "all", "batch.num.messages": 20})
        for n in range(first, first + records):
            producer.produce(self.topic, json.dumps(_record(n)).encode(), key=b"%d" % n)
        for n in range(bad):
            producer.produce(self.topic, b"bad %d" % n)
        assert producer.flush(30) == 0


def patience(seconds: int) -> dict[str, str]:
    """Environment in which an HDFS call that has no answer for so long is given up."""
    return {HDFS_CLIENT: json.dumps({"ipc.client.rpc-timeout.ms": str(seconds * 1000)})}


def new_sandbox(servers: StackAddresses, folder: Path, copies: int = 1) -> Sandbox:
    """Make a topic of three partitions on `copies` brokers, and an empty folder below `folder`."""
    name = f"faults-{uuid.uuid4().hex[:12]}"
    admin = AdminClient({"bootstrap.servers": servers.bootstrap_servers, **servers.kafka_client})
    admin.create_topics([NewTopic(name, 3, copies)])[name].result(30)
    (folder / name).mkdir()
    key = folder / name / "pseudonym.key"
    key.write_text("5a" * 32 + "\n", "utf-8")
    key.chmod(0o600)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("HEALTHTRENDS_")}
    environ = {
        "HEALTHTRENDS_HOME": str(folder / name),
        "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": servers.bootstrap_servers,
        "HEALTHTRENDS_KAFKA__CLIENT": json.dumps(servers.kafka_client),
        "HEALTHTRENDS_KAFKA__TOPIC": name,
        HDFS_URL: servers.hdfs_url,
        HDFS_ROOT: f"/t/{name}",
        "HEALTHTRENDS_PRIVACY__KEY_FILE": str(key),
        "HEALTHTRENDS_INGEST__BATCH_RECORDS": str(BATCH),
        "HEALTHTRENDS_INGEST__SNAPSHOT_EVERY": "2",
        "HEALTHTRENDS_INGEST__COMMIT_INTERVAL": "2",
        "HEALTHTRENDS_RELEASE__ENABLED": "false",  # it takes seconds a run; tests of releases do it
    }
    return Sandbox(servers, folder / name, name, kept | environ)


def stopped_at_each(failpoints: Sequence[str], sandboxes: Sequence[Sandbox], **environ: str) -> list[Run]:
    """Start an ingest of two batches in each sandbox, and return when each has stopped at its failpoint."""
    runs = []
    for failpoint, sandbox in zip(failpoints, sandboxes, strict=True):
        sandbox.send()
        runs.append(sandbox.start_until(failpoint, *INGEST, **environ))
    for run in runs:
        assert run.wait_until_stopped(), run.err
    return runs


def wait_until(condition: Callable[[], bool]) -> None:
    """Look often; fails when it takes longer than anything here may."""
    end = time.monotonic() + LONGEST
    while not condition():
        assert time.monotonic() < end
        time.sleep(_LOOK)


def check(
    sandbox: Sandbox,
    command: Sequence[str] = INGEST,
    *,
    sent: int = RECORDS,
    bad: int = BAD,
    late: bool = False,
) -> None:
    """Run `command` without any fault; then every message must be there once, and the log whole.

    `late`: records may also lie in the rejects, as they do when the clock says that their date is to come.
    """
    sandbox.start(*command).end()
    store = sandbox.store()
    stored = Counter(_code(line) for line in _lines(store, f"{sandbox.root}/patient_json"))
    rejected = Counter(_code(_raw(line)) for line in _lines(store, f"{sandbox.root}/rejects"))
    produced = Counter([*(f"T{n}" for n in range(sent)), *(f"bad {n}" for n in range(bad))])
    assert stored + rejected == produced
    assert late or rejected.keys() == {f"bad {n}" for n in range(bad)}
    assert [finding for finding in _proof(store, sandbox.root) if not finding["ok"]] == []


def check_report(sandbox: Sandbox) -> None:
    """The report of all that was produced for `DAY` is published."""
    folder = f"{sandbox.root}/reports/trend_summary/date={DAY}"
    report = sandbox.store().read(f"{folder}/part-00000.csv")
    assert report.splitlines()[1].startswith(b"E11,%d," % (RECORDS // 2))
    assert sandbox.store().length(f"{folder}/_SUCCESS") == 0


def _status(process: psutil.Process) -> str:
    """State of a process that may end meanwhile."""
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return psutil.STATUS_DEAD


def _record(n: int) -> dict[str, object]:
    """Synthetic; half of them of `DAY`, the others of four dates before it."""
    return {
        "patient_id": f"synthetic-{n}", "age": n % 100, "gender": "F", "diagnosis_code": "E11",
        "visit_date": DAY if n % 2 else f"2025-12-{1 + n % 4:02d}", "treatment_code": f"T{n}",
        "outcome": "ongoing",
    }  # fmt: skip


def _code(message: bytes) -> str:
    """What tells a message from all others."""
    return message.decode() if message.startswith(b"bad") else json.loads(message)["treatment_code"]


def _raw(reject: bytes) -> bytes:
    return base64.b64decode(json.loads(reject)["raw_base64"])


def _lines(store: HdfsStore, folder: str) -> Iterator[bytes]:
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        yield from _lines(store, path) if entry.is_folder else store.read(path).splitlines()


def _proof(store: HdfsStore, root: str) -> list[Finding]:
    pool = StorePool(store)
    try:
        return verify(CommitLog(pool, Layout(root), 200), None)
    finally:
        pool.close()
