"""Servers that are not there, Ctrl-C, a reader that goes away, and faults of the program itself."""

import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
from hdfs_native import Client

from tests.faults.servers import dfsadmin

RECORD = b'{"patient_id":"synthetic-1"}\n'


@pytest.fixture
def nobody():
    """Addresses on loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        yield {
            "HEALTHTRENDS_KAFKA__BOOTSTRAP_SERVERS": f"127.0.0.1:{port}",
            "HEALTHTRENDS_HDFS__URL": f"hdfs://127.0.0.1:{port}",
            "HEALTHTRENDS_PRIVACY__PSEUDONYMISE": "false",
            "HEALTHTRENDS_RETRY__DEADLINE": "1",
        }


def port_of(environ: dict[str, str]) -> str:
    """The port that errors must name."""
    return environ["HEALTHTRENDS_HDFS__URL"].rpartition(":")[2]


def test_a_user_without_rights_on_hdfs_is_told_so_in_one_line(cli_on_stack):
    """Without the trace that Java sends along."""
    assert cli_on_stack("produce", "--force", "-", stdin=RECORD).code == 0
    done = cli_on_stack("ingest", HADOOP_USER_NAME="nobody")
    assert done.code == 2
    assert "Permission denied: user=nobody" in done.err
    assert "FSPermissionChecker.java" not in done.err


def test_produce_without_kafka_ends_with_5_and_names_the_address(cli, nobody):
    """And says what to try."""
    done = cli("produce", "-", stdin=RECORD, **nobody)
    assert done.code == 5
    assert f"127.0.0.1:{port_of(nobody)}" in done.err
    assert "next:" in done.err


@pytest.mark.parametrize("command", [["run", "2025-12-22"], ["ingest"], ["status"], ["verify"]])
def test_without_servers_a_command_ends_with_5_and_names_the_address(cli, nobody, command):
    """Within the deadline, and with what to try."""
    done = cli(*command, **nobody)
    assert done.code == 5
    assert f"127.0.0.1:{port_of(nobody)}" in done.err
    assert "next:" in done.err
    assert "Traceback" not in done.err


def test_doctor_counts_servers_that_are_down_as_errors(cli, nobody):
    """Exit 1, each with a next step."""
    done = cli("doctor", "--json", **nobody)
    findings = {finding["name"]: finding for finding in done.document()["findings"]}
    assert done.code == 1
    assert findings["topic"]["level"] == findings["hdfs"]["level"] == "error"
    assert findings["topic"]["next_step"]
    assert findings["hdfs"]["next_step"]


def test_doctor_tells_that_the_user_may_not_write(cli_on_stack, stack):
    """To list the root needs no right to write there, so this passed for well, and the next run failed."""
    client = Client(stack.hdfs_url)
    client.set_permission("/", 0o755)
    try:
        done = cli_on_stack("doctor", "--json", HADOOP_USER_NAME="nobody")
    finally:
        client.set_permission("/", 0o700)
    findings = {finding["name"]: finding for finding in done.document()["findings"]}
    assert (done.code, findings["hdfs"]["level"], findings["writing"]["level"]) == (1, "ok", "error")
    assert "Permission denied: user=nobody" in findings["writing"]["text"]
    well = {each["name"]: each for each in cli_on_stack("doctor", "--json").document()["findings"]}
    assert well["writing"]["level"] == "ok"


def test_doctor_tells_that_hdfs_is_in_safe_mode(cli_on_stack, stack):
    """Names are listed then too; only a write tells."""
    dfsadmin(stack, "-safemode", "enter")
    try:
        done = cli_on_stack("doctor", "--json")
    finally:
        dfsadmin(stack, "-safemode", "leave")
    findings = {finding["name"]: finding for finding in done.document()["findings"]}
    assert (done.code, findings["hdfs"]["level"], findings["writing"]["level"]) == (1, "ok", "error")
    assert "safe mode" in findings["writing"]["text"]


def test_doctor_without_anything_is_well(cli):
    """A fresh machine has no stack yet; doctor says what starts one, and exits 0."""
    done = cli("doctor")
    assert done.code == 0
    assert "healthtrends up" in done.out


def test_doctor_refuses_a_key_that_others_can_read(cli, tmp_path):
    """Whoever has the key can undo the pseudonyms by trying."""
    key = tmp_path / "key"
    key.write_text("00" * 32)
    key.chmod(0o644)
    done = cli("doctor", HEALTHTRENDS_PRIVACY__KEY_FILE=str(key))
    assert done.code == 1
    assert f"chmod 600 {key}" in done.out


@pytest.fixture
def waiting(cli, nobody):
    """A command that waits for a broker, in a process group of its own."""
    environ = {**cli.environ, **nobody, "HEALTHTRENDS_RETRY__DEADLINE": "30"}
    child = subprocess.Popen(
        [sys.executable, "-m", "healthtrends.cli", "produce", "-"],
        env=environ,
        cwd=cli.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stderr is not None
    while b"engine.name" not in child.stderr.readline():  # the last of the settings
        pass
    time.sleep(0.5)
    yield child
    child.kill()
    child.communicate()


def test_ctrl_c_ends_with_130(waiting):
    """Without a traceback."""
    waiting.send_signal(signal.SIGINT)
    _, shown = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert b"Traceback" not in shown


def test_a_second_ctrl_c_stops_at_once(waiting):
    """Whatever the first one is still tidying up."""
    waiting.send_signal(signal.SIGINT)
    waiting.send_signal(signal.SIGINT)
    begin = time.monotonic()
    assert waiting.wait(5) == 130
    assert time.monotonic() - begin < 5


PRESSED = """
import sys
from healthtrends import interrupt

try:
    exec("raise KeyboardInterrupt")  # as while a dataclass is made
except KeyboardInterrupt:
    sys.exit(interrupt.handled())
"""


def test_ctrl_c_while_a_class_is_being_made_ends_with_130(cli):
    """The interpreter would end by the signal, though it was caught."""
    (cli.folder / "pressed.py").write_text(PRESSED, "utf-8")
    assert cli.python("-m", "pressed").code == 130


STUCK = """
import sys, threading
from healthtrends.cli import main as entry

@entry.cli.command("stuck")
def stuck():
    try:
        print("ready", flush=True)
        threading.Event().wait()
    finally:
        threading.Event().wait()  # tidying up that never ends

sys.exit(entry.main(["stuck"]))
"""


def test_a_second_ctrl_c_ends_tidying_up_that_hangs(cli):
    """The first one alone would wait for ever."""
    command = [sys.executable, "-c", STUCK]
    with subprocess.Popen(
        command, env=cli.environ, cwd=cli.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.send_signal(signal.SIGINT)
        while b"again" not in child.stderr.readline():
            pass
        child.send_signal(signal.SIGINT)
        assert child.wait(10) == 130


def test_a_reader_that_goes_away_is_no_fault(cli):
    """`healthtrends doctor | head -1` ends quietly."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "healthtrends.cli", "doctor", "--json"],
        env=cli.environ,
        cwd=cli.folder,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def shell(cli, redirection: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a shell with a redirection does."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, *arguments],
        env=cli.environ,
        cwd=cli.folder,
        capture_output=True,
        check=False,
    )


STATUS = ("-m", "healthtrends.cli", "status", "--json")


@pytest.mark.parametrize("redirection", ["2>/dev/full >&-", "2>&-", ">&- 2>&- <&-", "2>/dev/full"])
def test_closed_streams_and_a_log_on_a_full_disk_stop_nothing(cli, redirection):
    """The work is done, and its exit code counts; without `--json` a line goes to stderr here."""
    done = shell(cli, redirection, *STATUS[:-1])
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("arguments", [STATUS, ("-m", "healthtrends.cli", "--help")])
def test_an_output_on_a_full_disk_ends_with_1_and_words(cli, arguments):
    """It is not all there, and whoever waits for it must know."""
    done = shell(cli, ">/dev/full", *arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: the output could not be written")
    assert b"No space left on device" in done.stderr
    assert b"Traceback" not in done.stderr


ENDS_WITH_3 = """
import sys
from healthtrends.cli import main as entry

@entry.cli.command("speak")
def speak():
    print("x" * 100_000)
    return 3

sys.exit(entry.main(["speak"]))
"""


@pytest.mark.parametrize("redirection", [">/dev/full", "| true", ">&-"])
def test_an_output_that_is_lost_does_not_change_another_exit_code(cli, redirection):
    """A scheduler learns what became of the work."""
    command = f'{{ "$@"; echo $? >code; }} {redirection}'
    subprocess.run(
        ["/bin/sh", "-c", command, "sh", sys.executable, "-c", ENDS_WITH_3],
        env=cli.environ, cwd=cli.folder, capture_output=True, check=False,
    )  # fmt: skip
    assert (cli.folder / "code").read_text() == "3\n"


FAULTY = """
import click, sys
from healthtrends.cli import main as entry

@entry.cli.command("fault")
def fault():
    raise ValueError("patient synthetic-77")

sys.exit(entry.main(sys.argv[1:]))
"""


def test_a_fault_of_the_program_is_one_line_without_its_text(cli):
    """The text of a foreign error could hold a patient's value; kind and place are enough to report it."""
    done = cli.python("-c", FAULTY, "fault")
    assert done.code == 1
    assert "unexpected ValueError at" in done.err
    assert "with -v" in done.err
    assert "synthetic-77" not in done.err


def test_a_fault_of_the_program_shows_its_trace_with_v(cli):
    """For whoever reports it."""
    done = cli.python("-c", FAULTY, "-v", "fault")
    assert done.code == 1
    assert "Traceback" in done.err


def test_with_json_a_fault_is_the_one_document(cli):
    """A script sees it too."""
    done = cli.python("-c", FAULTY, "--json", "fault")
    assert json.loads(done.out)["error"]["exit_code"] == 1
