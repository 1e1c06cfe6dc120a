"""When a long process counts as stuck, and what file and service manager hear of it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time

import msgspec
import pytest

from healthtrends import runtime
from healthtrends.adapters import service_manager
from healthtrends.config import Settings
from healthtrends.config.health import Health
from healthtrends.errors import HdfsUnavailable
from healthtrends.interrupt import FORCED_EXIT_CODE
from healthtrends.observe import attached, measure
from healthtrends.orchestrate.health import LoopHealth, Readiness
from healthtrends.orchestrate.wiring.long_process import watched


class Clock(runtime.System):
    """Goes only when it is told to."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def moment():
    clock = Clock()
    with runtime.replaced(clock):
        yield clock


@pytest.fixture
def health(moment):
    """Of a follower that commits every ten seconds, and may be silent for 60."""
    found = LoopHealth("ingest.looked", 60.0, commit_interval=10.0)
    with attached(found):
        yield found


def at(read: int, stored: int, end: int, partition: int = 2) -> None:
    measure("ingest.looked", partitions=3)
    measure("ingest.position", partition=partition, read=read, stored=stored, end=end)


def test_a_loop_that_does_not_move_is_stuck(moment, health):
    """As when the broker hangs: nobody says that the look at it has come back."""
    measure("ingest.looked", partitions=3)
    moment.seconds += 60
    assert health.faults() == []
    moment.seconds += 1
    assert health.faults() == ["the main loop has not moved for 61 s"]
    measure("ingest.looked", partitions=3)
    assert health.faults() == []


def test_a_partition_that_stands_before_its_end_shows(moment, health):
    """The loop moves, and so do the others."""
    for _ in range(8):
        at(5, 5, 9)
        at(int(moment.seconds), int(moment.seconds), 10**6, partition=0)
        moment.seconds += 10
    assert health.faults() == ["partition 2 stands at offset 5, 4 offsets before its end, for 80 s"]
    at(6, 5, 9)
    assert health.faults() == []


def test_a_partition_at_its_end_has_all_the_time_for_what_comes(moment, health):
    """A quiet night is no fault, nor is the first message after it."""
    at(9, 9, 9)
    moment.seconds += 50_000
    at(9, 9, 9)
    moment.seconds += 10
    at(9, 9, 10)
    moment.seconds += 10
    at(9, 9, 11)
    assert health.faults() == []


def test_a_commit_that_does_not_come_shows(moment, health):
    """It may be as late as the interval of commits, and then as late as the loop."""
    for _ in range(8):
        at(9, 5, 9)
        moment.seconds += 10
    assert health.faults() == ["partition 2 is read to offset 9, but committed to 5 only, for 80 s"]
    at(9, 9, 9)
    assert health.faults() == []


def test_readiness_names_what_is_missing():
    """Until all checks have passed once it says that it starts."""
    faults = [HdfsUnavailable("HDFS refuses", "safe mode"), FileNotFoundError("no key")]

    def check():
        if faults:
            raise faults.pop(0)

    readiness = Readiness({"HDFS": check})
    assert readiness.faults() == ["it starts"]
    readiness.look()
    assert readiness.faults() == ["HDFS: HDFS refuses (safe mode)"]
    readiness.look()
    assert readiness.faults() == ["HDFS: no key"]
    readiness.look()
    assert readiness.faults() == []


@pytest.fixture(params=["path", "abstract"])
def manager(request, tmp_path, monkeypatch):
    """A service manager's socket, of each kind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = str(tmp_path / "notify") if request.param == "path" else f"@ht-{os.getpid()}"
        listening.bind(name.replace("@", "\0"))
        listening.settimeout(30)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        yield listening


def hear(manager, *words: str) -> None:
    """Return once each of these was heard, in this order; others may come between."""
    for word in words:
        while manager.recv(100).decode() != word:
            pass


def test_a_service_manager_hears_of_the_start_the_life_and_the_end(manager, monkeypatch):
    """The watchdog from the beginning; ready once the loop has turned and every check has passed."""
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    stop = threading.Event()
    with watched(Settings(), "ingest.looked", print) as process:
        process.begin({}, stop)
        hear(manager, "WATCHDOG=1")
        measure("ingest.looked", partitions=3)
        hear(manager, "READY=1", "WATCHDOG=1")
        stop.set()
        hear(manager, "STOPPING=1")


@pytest.mark.parametrize(
    ("microseconds", "pid", "seconds"),
    [("3000000", None, 3.0), ("3000000", "1", None), ("", None, None), ("x", None, None), ("0", None, None)],
)
def test_the_watchdog_is_that_of_this_process(monkeypatch, microseconds, pid, seconds):
    """A child inherits the variables of its parent."""
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    if pid:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert service_manager.watchdog_seconds() == seconds


def test_without_a_service_manager_nothing_is_sent(monkeypatch):
    """And one that is gone is no fault of the work."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    service_manager.notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/missing/notify")
    service_manager.notify("READY=1")


def test_the_file_is_touched_while_the_process_is_healthy(tmp_path):
    """Its age tells a monitor that has no HTTP."""
    file = tmp_path / "alive"
    settings = msgspec.structs.replace(Settings(), health=Health(file=str(file)))
    with watched(settings, "ingest.looked", print) as process:
        process.begin({}, threading.Event())
        end = time.monotonic() + 60
        while not file.exists():
            assert time.monotonic() < end
            time.sleep(0.02)


_STUBBORN = """
import time
from healthtrends import interrupt
interrupt.install()
with interrupt.stop_request(patience=0.2):
    print("ready", flush=True)
    while True:
        time.sleep(0.05)
"""


def test_a_process_that_cannot_end_in_order_ends_after_its_patience():
    """A service manager would kill it two seconds later, with nothing in the log."""
    child = subprocess.Popen(
        [sys.executable, "-c", _STUBBORN], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    child.send_signal(signal.SIGTERM)
    _, said = child.communicate(timeout=60)
    assert child.returncode == FORCED_EXIT_CODE
    assert "nothing accepted is lost" in said
