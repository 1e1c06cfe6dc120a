"""What a root says of itself, on a real HDFS: its format, which all commands look at, and its last proof."""

import pytest

from healthtrends.adapters.hdfs import HdfsStore

DAY = "2025-12-22"
COMMANDS = [
    ("run", DAY), ("ingest",), ("status",), ("verify",), ("report", DAY), ("compact", DAY),
    ("rejects", "list"), ("upgrade",), ("backfill",), ("expire",), ("resolve",), ("unpublish", DAY),
    ("forget", "--pseudonym", "0" * 32), ("rejects", "replay"), ("release", DAY),
    ("ingest", "--restage", "x"), ("outbreaks", "list"), ("watch", "--once"), ("delta", "write"),
]  # fmt: skip


@pytest.fixture
def newer(cli_on_stack, stack):
    """A command line on a root of format 99, and the names under it."""
    store = HdfsStore(stack.hdfs_url, stack.hdfs_client)
    state = cli_on_stack.environ["HEALTHTRENDS_HDFS__ROOT"] + "/_ht"
    writer = store.create(f"{state}/format.json")
    writer.write(b'{"format": 99, "program": "9.0"}')
    writer.close()
    yield cli_on_stack
    assert [entry.name for entry in store.list(state)] == ["format.json"]
    assert len(store.list(state.removesuffix("/_ht"))) == 1


def check(cli, command):
    done = cli(*command)
    assert (done.code, "has format 99" in done.out + done.err) == (4, True), (command, done)


def test_a_newer_root_is_refused_with_4(newer):
    """Nothing is written, not even the record of the run; `doctor` says it as a finding, too."""
    check(newer, COMMANDS[0])
    done = newer("doctor")
    assert (done.code, "ERROR   root format: the root" in done.out) == (1, True)


@pytest.mark.long
@pytest.mark.parametrize("command", COMMANDS, ids="-".join)
def test_every_command_refuses_a_newer_root(newer, command):
    """Those that read and those that write."""
    check(newer, command)


@pytest.mark.long
def test_doctor_and_status_tell_the_format(cli_on_stack):
    """None before the first run, then that of the program."""
    assert "root format: /" in cli_on_stack("doctor").out
    cli_on_stack("run", DAY, "--allow-empty", "--only", "ingest")
    status = cli_on_stack("status", "--json").document()
    assert status["hdfs"]["format"] == 3
    assert "nothing to do: the root has format 3" in cli_on_stack("upgrade").out


@pytest.mark.long
def test_a_proof_is_kept_and_gone_on_from(cli_on_stack):
    """`verify --since` on a real HDFS: refused without a proof, right with one, and not mixed with dates."""
    cli = cli_on_stack
    cli("run", DAY, "--allow-empty")
    cli("produce", "--synthetic", "20", "--seed", "1", "--from", DAY, "--to", DAY)
    cli("ingest")
    assert cli("verify", "--since").code == 2
    assert cli("verify").code == 0
    cli("run", DAY)
    done = cli("verify", "--since")
    assert (done.code, "are not looked at again" in done.out) == (0, True)
    assert cli("verify", DAY, "--since").code == 2
