"""Processes that outlive their starter, with a Java that is a shell script: quick to start and to fail."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from healthtrends.devstack.java import JavaHome
from healthtrends.devstack.process import INHERITED, Server, _gone, wait_ready
from healthtrends.errors import DependencyDown

LINGER = "while true; do sleep 0.1; done"


def java(folder: Path, script: str) -> JavaHome:
    """A launcher that runs `script` whatever it is asked to."""
    launcher = folder / "java home" / "bin" / "java"
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(f"#!/bin/sh\n{script}\n")
    launcher.chmod(0o755)
    return JavaHome(path=launcher.parent.parent, version="17.0.1", source="machine")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A server whose files lie in the test's folder; stopped afterwards."""
    found = Server("kafka", tmp_path)
    yield found
    found.stop(1.0)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A program that has nothing to do with the stack."""
    with subprocess.Popen(["sleep", "60"]) as process:
        yield process
        process.kill()


def identity(server: Server, pid: int, created: float) -> None:
    """Write the process file as an earlier start would have left it."""
    path = server.arguments.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode({"pid": pid, "created": created}))


def test_a_started_process_is_found_by_another_object(server, tmp_path):
    """What a later command sees is the process itself."""
    started = server.start(java(tmp_path, LINGER), ["-version"])
    assert Server("kafka", tmp_path).process() == started


def test_it_runs_in_a_session_of_its_own(server, tmp_path):
    """Ctrl-C and the end of a terminal do not reach it."""
    started = server.start(java(tmp_path, LINGER), [])
    assert os.getsid(started.pid) == started.pid


def test_starting_twice_gives_the_same_process(server, tmp_path):
    """The second start finds the first."""
    home = java(tmp_path, LINGER)
    assert server.start(home, []) == server.start(home, [])


def test_a_process_whose_file_is_lost_is_found_again(server, tmp_path):
    """A starter killed between start and note leaves no double."""
    home = java(tmp_path, LINGER)
    started = server.start(home, [])
    server.arguments.with_suffix(".json").unlink()
    assert server.start(home, []) == started


def test_a_recycled_pid_is_not_ours(server, stranger):
    """The id of the process file now belongs to another program."""
    identity(server, stranger.pid, psutil.Process(stranger.pid).create_time())
    assert server.process() is None


def test_a_recycled_pid_is_never_stopped(server, stranger):
    """`down` leaves the other program alone."""
    identity(server, stranger.pid, psutil.Process(stranger.pid).create_time())
    assert server.stop() is False
    assert stranger.poll() is None


def test_a_process_of_another_user_is_not_ours(server, tmp_path, monkeypatch):
    """Its arguments may be what they like: it is neither taken for the server nor stopped."""
    started = server.start(java(tmp_path, LINGER), [])
    with monkeypatch.context() as as_another:
        as_another.setattr(os, "getuid", lambda: started.uids().real + 1)
        assert server.process() is None
        assert server.stop() is False
    assert started.is_running()
    identity(server, started.pid, started.create_time())


def test_a_process_that_began_before_the_argument_file_is_not_ours(server):
    """The file is written anew for each start."""
    server.arguments.parent.mkdir()
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60; true", f"@{server.arguments}"]) as process:
        server.arguments.touch()
        soon = server.arguments.stat().st_mtime + 60
        os.utime(server.arguments, (soon, soon))
        assert server.stop() is False
        assert process.poll() is None
        process.kill()


def test_a_process_that_only_mentions_the_argument_file_is_not_ours(server):
    """It must be its last argument, as we start it."""
    server.arguments.parent.mkdir()
    server.arguments.touch()
    with subprocess.Popen(["/bin/sh", "-c", "sleep 60; true", f"@{server.arguments}", "-n"]) as process:
        assert server.stop() is False
        assert process.poll() is None
        process.kill()


def test_a_server_gets_no_secret_of_the_environment(server, tmp_path, monkeypatch):
    """What a Java needs on this machine, and nothing else."""
    monkeypatch.setenv("HEALTHTRENDS_KAFKA__CLIENT__SASL_PASSWORD", "s3cr3t")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cr3t")
    monkeypatch.setenv("TZ", "Pacific/Chatham")
    started = server.start(java(tmp_path, LINGER), [])
    # Empty for a moment while the program is being loaded.
    wait_ready([server], lambda: "" if started.environ() else "not yet", 10)
    found = started.environ()
    assert found["TZ"] == "Pacific/Chatham"
    assert found["LC_ALL"] == "C.UTF-8"
    assert set(found) <= INHERITED | {"LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}  # a shell adds some


def test_the_same_pid_from_before_a_restart_is_not_ours(server, tmp_path):
    """Right id, right command, but begun at another time than noted."""
    started = server.start(java(tmp_path, LINGER), [])
    identity(server, started.pid, started.create_time() - 3600)
    assert server.process() is None


def test_a_process_that_ignores_sigterm_is_killed(server, tmp_path):
    """Stopping ends after the bounded wait."""
    started = server.start(java(tmp_path, f"trap '' TERM; echo deaf; {LINGER}"), [])
    wait_ready([server], lambda: "" if "deaf" in server.last_lines() else "not yet", 10)
    assert server.stop(0.2) is True
    assert not psutil.pid_exists(started.pid)


def test_no_dead_child_is_left_uncollected_whenever_it_dies():
    """A child may die between any two questions; of twenty kills at random moments none leaves an entry."""
    for _ in range(20):
        child = psutil.Process(os.posix_spawn("/bin/sleep", ["sleep", "60"], {}))
        child.kill()
        assert _gone(child, 10.0)
        assert not psutil.pid_exists(child.pid)


def test_a_process_that_dies_ends_the_wait_with_its_last_words(server, tmp_path):
    """The reason is in the error, not only in a log somewhere."""
    server.start(java(tmp_path, "echo 'no room left for the heap'; exit 1"), [])
    with pytest.raises(DependencyDown, match="no room left for the heap"):
        wait_ready([server], lambda: "not yet", 60)


def test_a_process_killed_later_counts_as_gone(server, tmp_path):
    """A dead child that nobody has collected is not alive."""
    started = server.start(java(tmp_path, LINGER), [])
    started.send_signal(signal.SIGKILL)
    started.wait(5)
    assert server.process() is None


def test_a_check_that_never_answers_ends_with_the_deadline(server, tmp_path):
    """A client that retries inside for ever does not hold the command."""
    import threading

    never = threading.Event()
    server.start(java(tmp_path, LINGER), [])
    with pytest.raises(DependencyDown, match="kafka not ready after 0 s"):
        wait_ready([server], lambda: str(never.wait(5)), 0.3)
    never.set()


def test_arguments_with_blanks_and_quotes_reach_java_whole(server, tmp_path):
    """The argument file is read by java as it was meant."""
    from healthtrends.devstack.java import find_java

    odd = tmp_path / 'a "quoted" folder \\ with blanks'
    server.start(find_java(), [f"-Dodd={odd}", "-XshowSettings:properties", "-version"])
    with pytest.raises(DependencyDown):
        wait_ready([server], lambda: "not yet", 60)
    assert f"odd = {odd}" in server.log.read_text()
