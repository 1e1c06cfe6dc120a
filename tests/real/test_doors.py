"""Nobody but this process reaches the embedded engine: not another user, not another process of this one."""

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from healthtrends.adapters.engines import embedded
from healthtrends.adapters.engines.embedded import EmbeddedEngine, SailServer
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.seccomp import Supervisor, check_supervision
from healthtrends.analyze.ports import EngineBroken
from healthtrends.errors import ConfigError
from tests.real.ports import Lookout
from tests.real.stranger import NOBODY, PREFACE

STRANGER = Path(__file__).parent / "stranger.py"
RUNS = """\
import sys; from pathlib import Path
from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
for run in range(5):
    engine = EmbeddedEngine(EngineOptions(work=Path(sys.argv[1])))
    print(engine.collect(engine.session().range(run)).num_rows)
    engine.close()
"""
ONE_PORT = "import socket; here = socket.create_server(('127.0.0.1', 0)); print('listening')"

SAME = 200
"""A descriptor that nobody else has."""

Ask = Callable[[int], dict[str, Any]]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    """An engine that has answered a query."""
    engine = EmbeddedEngine(EngineOptions(work=tmp_path))
    engine.collect(engine.session().range(3))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def stranger() -> Iterator[Ask]:
    """Call with a port; gives what a second user of this machine is told there."""
    if os.geteuid() != 0:
        pytest.fail("only root can become a second user: run this test as root")
    with subprocess.Popen(
        [sys.executable, STRANGER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        told = child.stdout
        assert json.loads(told.readline()) == {"user": NOBODY}

        def ask(port: int) -> dict[str, Any]:
            print(port, file=child.stdin, flush=True)
            return dict(json.loads(told.readline()))

        yield ask
        child.stdin.close()


def watched(code: str, *arguments: object) -> tuple[list[tuple[str, int]], Lookout]:
    """Run Python code; (line printed, looks before it) of each, and what was seen of its ports meanwhile."""
    with (
        subprocess.Popen(
            [sys.executable, "-u", "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
        ) as child,
        Lookout(child.pid) as lookout,
    ):
        assert child.stdout is not None
        printed = [(line.strip(), lookout.looks) for line in child.stdout]
        child.wait(timeout=200)
    assert child.returncode == 0
    return printed, lookout


def test_no_port_opens_in_many_runs(tmp_path: Path) -> None:
    """From the start of the process to its end, on neither IPv4 nor IPv6; each run was looked at."""
    printed, lookout = watched(RUNS, tmp_path)
    assert [line for line, _ in printed] == [str(run) for run in range(5)]
    assert all(before < looks for (_, before), (_, looks) in pairwise(printed))
    assert lookout.seen == set()


def test_a_port_that_opens_is_seen() -> None:
    """Else the test above would prove nothing."""
    _, lookout = watched(ONE_PORT + "; import time; time.sleep(1)")
    assert {address for address, _ in lookout.seen} == {"0100007F"}


def test_a_second_user_is_refused_while_the_engine_works(engine: EmbeddedEngine, stranger: Ask) -> None:
    """At the address where Sail believes to listen, by a plain socket and by PySpark."""
    assert engine._server is not None
    _, port = engine._server._server.listening_address
    assert stranger(port) == {"socket": [], "pyspark": None}
    assert engine.collect(engine.session().range(5)).num_rows == 5


def test_a_second_user_is_answered_where_something_listens(stranger: Ask) -> None:
    """Else the test above would prove nothing."""
    with socket.create_server(("127.0.0.1", 0)) as here, ThreadPoolExecutor(1) as thread:
        answer = thread.submit(say_hello, here)
        assert stranger(here.getsockname()[1])["socket"] == ["127.0.0.1: b'hello'"]
        answer.result()


def test_the_way_in_is_closed_to_other_users_and_gone_afterwards(tmp_path: Path) -> None:
    """A folder of mode 0700, for as long as the client takes to connect."""
    server = SailServer(tmp_path)
    with server.single_connection() as path, socket.socket(socket.AF_UNIX) as client:
        (folder,) = tmp_path.iterdir()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        client.connect(path)
    assert list(tmp_path.iterdir()) == []
    server.stop()


def test_another_process_of_this_user_is_not_let_in(tmp_path: Path) -> None:
    """Though it was first at the door."""
    server = SailServer(tmp_path)
    with socket.socket(socket.AF_UNIX) as client:
        with server.single_connection() as path:
            (folder,) = tmp_path.iterdir()
            code = (
                "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])\n"
                "print('connected', flush=True); print(s.recv(9))\n"
            )
            other = subprocess.Popen(
                [sys.executable, "-c", code, folder / "sail"], stdout=subprocess.PIPE, text=True
            )
            assert other.stdout is not None
            assert other.stdout.readline() == "connected\n"
            client.connect(path)
        assert other.communicate(timeout=20)[0] == "b''\n"
        client.sendall(PREFACE)
        assert len(client.recv(9)) == 9
    server.stop()


def test_a_system_that_cannot_keep_it_shut_is_refused_in_words() -> None:
    """A thread can be under one supervisor only, so a check in a supervised thread meets the refusal."""
    outer = Supervisor()
    with pytest.raises(ConfigError, match="could be used by other users") as caught:
        outer.start(check_supervision)
    outer.close()
    assert "Device or resource busy" in caught.value.why
    assert "--engine spark" in caught.value.next_step


def test_a_connection_that_breaks_breaks_the_engine(tmp_path: Path) -> None:
    """It cannot come back, and is no fault of the files: another engine takes over."""
    others = connections("/sail")  # of engines that tests of other files have in this process
    with closing(EmbeddedEngine(EngineOptions(work=tmp_path))) as engine:
        frame = engine.session().range(3)
        engine.collect(frame)
        cut_connections(connections("/sail") - others)
        with pytest.raises(EngineBroken, match="no longer answers"):
            engine.collect(frame)


def test_two_engines_of_one_process_end_by_themselves(tmp_path: Path, engine: EmbeddedEngine) -> None:
    """Each has its own server and its own way in."""
    other = EmbeddedEngine(EngineOptions(work=tmp_path / "other"))
    assert other.collect(other.session().range(4)).num_rows == 4
    other.close()
    assert engine.collect(engine.session().range(5)).num_rows == 5


def say_hello(here: socket.socket) -> None:
    """Greet one caller; who comes later is answered nothing."""
    connection, _ = here.accept()
    with connection:
        connection.sendall(b"hello")


def connections(name: str) -> set[int]:
    """This process's own connections to Unix sockets of this name: the inodes of their sockets."""
    return {os.fstat(each.fileno()).st_ino for each in _sockets() if _peer(each).endswith(name)}


def cut_connections(inodes: set[int]) -> None:
    """Shut them down; there has to be one."""
    assert inodes
    for each in _sockets():
        if os.fstat(each.fileno()).st_ino in inodes:
            each.shutdown(socket.SHUT_RDWR)


def _sockets() -> Iterator[socket.socket]:
    """Every socket of this process, each by a descriptor of its own."""
    for number in [int(each.name) for each in Path("/proc/self/fd").iterdir() if each.is_socket()]:
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as each:
            yield each


def _peer(each: socket.socket) -> str:
    """The path at the other end; "" for a socket of another kind, or without one."""
    try:
        return str(each.getpeername()) if each.family == socket.AF_UNIX else ""
    except OSError:
        return ""


def test_two_engines_of_one_process_have_a_connection_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the second one gets the path that the first had: gRPC would take the first connection."""
    from healthtrends.adapters.engines.channels import SocketChannel  # PySpark

    @contextmanager
    def same_number(folder: str) -> Iterator[int]:
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        os.dup2(number, SAME)
        os.close(number)
        yield SAME
        os.close(SAME)

    monkeypatch.setattr(embedded, "_opened", same_number)
    with ExitStack() as ending:
        for _ in range(2):
            server = SailServer(tmp_path)
            ending.callback(server.stop)
            ending.callback(SocketChannel(server.single_connection).toChannel().close)
