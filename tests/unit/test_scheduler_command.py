"""A scheduler starts the command without a shell, sees its lines, stops it in order, knows its exit code."""

import sys
import threading
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from healthtrends.adapters.schedulers.command import Command, Ended, arguments, not_started

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).resolve().parents[2]
SAYS = """
import json, os, sys
print("first line", file=sys.stderr)
print("second \\xe9 line", *sys.argv[1:], file=sys.stderr)
print(json.dumps({"stored": 3, "seen": sorted(os.environ)}))
sys.exit(3)
"""
WAITS = """
import signal, sys
def stop(*_):
    print("committed what it held", file=sys.stderr)
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
print("ready", file=sys.stderr, flush=True)
signal.pause()
"""


CAREFUL = """
import os, signal, sys, time
def stop(*_):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print("asked", file=sys.stderr, flush=True)
    while not os.path.exists(sys.argv[1]):
        time.sleep(0.01)
    sys.exit(130)
signal.signal(signal.SIGINT, stop)
print("ready", file=sys.stderr, flush=True)
signal.pause()
"""


def run_command(line, environ, log):
    """Run a command to its end."""
    with Command(line, environ) as command:
        return command.wait(log)


def test_a_date_and_a_range_are_arguments():
    """The summary is asked for; a range of one date is that date."""
    assert arguments("2025-12-22", None, "a b.toml") == [
        "healthtrends", "run", "2025-12-22", "--json", "--config", "a b.toml"
    ]  # fmt: skip
    assert arguments("2025-12-20", "yesterday", None, ["p"]) == [
        "p", "--from", "2025-12-20", "--to", "yesterday", "--json"
    ]  # fmt: skip
    assert arguments("2025-12-22", "2025-12-22", None, ["p"]) == ["p", "2025-12-22", "--json"]


@pytest.mark.parametrize("date", ["", "--master=x", "2025-12-22; id", "2025-12-22\n", "22.12.2025"])
def test_a_text_that_is_no_date_starts_nothing(date):
    """Whoever starts a task by hand may write anything."""
    with pytest.raises(ValueError, match="is no date"):
        arguments(date, None, None)
    with pytest.raises(ValueError, match="is no date"):
        arguments("2025-12-22", date, None)


def test_lines_come_as_they_are_said_and_the_summary_is_read():
    """An argument with signs of a shell is one argument."""
    lines: list[str] = []
    ended = run_command([sys.executable, "-c", SAYS, "$(id); x"], {}, lines.append)
    assert lines == ["first line", "second \xe9 line $(id); x"]
    assert (ended.exit_code, ended.summary["stored"]) == (3, 3)


def test_the_command_gets_no_secret_of_the_scheduler(monkeypatch):
    """Nor its Python; the variables of the task it does get."""
    for name in ("AIRFLOW__CORE__FERNET_KEY", "DAGSTER_HOME", "PYTHONPATH"):
        monkeypatch.setenv(name, "synthetic")
    monkeypatch.setenv("CLINIC", "1")
    seen = run_command([sys.executable, "-c", SAYS], {"OPENLINEAGE_PARENT_ID": "a/b/c"}, list).summary["seen"]
    assert {"CLINIC", "OPENLINEAGE_PARENT_ID"} <= set(seen)
    assert not [name for name in seen if name.startswith(("AIRFLOW", "DAGSTER", "PYTHONPATH"))]


def test_a_command_that_is_stopped_ends_in_order():
    """By one SIGINT: it commits what it holds."""
    lines: list[str] = []
    with Command([sys.executable, "-c", WAITS]) as command:

        def log(line: str) -> None:
            lines.append(line)
            if line == "ready":
                threading.Thread(target=command.stop).start()

        ended = command.wait(log)
    assert (ended.exit_code, lines) == (130, ["ready", "committed what it held"])


def test_a_command_that_ends_in_order_gets_no_second_signal(tmp_path):
    """As where a task is killed and then runs into its time limit: that signal would cut it off."""
    done = tmp_path / "done"
    with Command([sys.executable, "-c", CAREFUL, str(done)]) as command:

        def log(line: str) -> None:
            command.stop()
            if line == "asked":
                done.touch()

        ended = command.wait(log)
    assert ended.exit_code == 130


def test_a_task_that_ends_early_takes_its_command_along():
    """As by the time limit of a task."""
    with pytest.raises(TimeoutError), Command([sys.executable, "-c", WAITS]) as command:
        command.wait(_raise)
    assert command._process.returncode == 130


def _raise(_: str) -> None:
    raise TimeoutError


def test_a_program_that_is_not_there_is_told_as_such(tmp_path):
    """The wrappers make a failure of it that is not tried again."""
    with pytest.raises(FileNotFoundError) as found:
        run_command([str(tmp_path / "healthtrends")], None, list)
    assert "by its path in `command`" in not_started(found.value)


@pytest.mark.parametrize("code", [-9, -15, 137, 143])
def test_a_command_that_was_killed_is_run_again(code):
    """It goes on from what is stored."""
    assert Ended(code).is_worth_a_retry


def test_the_error_of_the_summary_is_in_the_line_for_the_scheduler():
    """Its first sentence."""
    ended = Ended(5, {"error": {"what": "HDFS does not answer", "why": "w"}})
    assert ended.text == "healthtrends ended with exit code 5: HDFS does not answer"
    assert Ended(2, {}).text == "healthtrends ended with exit code 2"


def test_airflow_is_told_of_the_package_by_an_entry_point():
    """Where the name is not that of the package, or a field lacks, Airflow lists no provider at all."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    ((name, value),) = project["entry-points"]["apache_airflow_provider"].items()
    info = EntryPoint(name, value, "apache_airflow_provider").load()()
    assert info["package-name"] == project["name"]
    assert info["name"]
    assert "HealthTrendsOperator" in info["description"]


def test_the_lock_has_every_extra_but_the_schedulers():
    """A new extra is not forgotten, and the schedulers have locks of their own."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    names = dict(
        line.split(" := ", 1)
        for line in (REPOSITORY / "Makefile").read_text("utf-8").splitlines()
        if " := " in line
    )
    extras, schedulers = names["EXTRAS"].split(), names["SCHEDULERS"].split()
    assert {*extras, *schedulers} == set(project["optional-dependencies"])
    for name in schedulers:
        wanted = (REPOSITORY / "tests" / "schedulers" / f"{name}.in").read_text("utf-8").split()
        assert wanted == project["optional-dependencies"][name]
