"""A partition loses its end with the disk of its broker and grows again past what was stored: refused.

The topic id is still the same, and the offset that comes next is there: only the last message tells.
"""

import shutil
from pathlib import Path

import psutil
import pytest

from healthtrends.devstack.stack import LocalStack
from tests.faults.sandbox import BAD, RECORDS, Sandbox, check, wait_until
from tests.faults.servers import kill

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SENT = RECORDS + BAD
MORE = 2000


@pytest.fixture
def sandbox(own_stack, make_sandbox):
    """All of a topic is stored, on servers of our own."""
    found = make_sandbox(own_stack.up(print))
    found.send()
    return found


def wipe(folder: Path) -> None:
    """Lose all of it."""
    shutil.rmtree(folder)


def halve(folder: Path) -> None:
    """Lose the second half of its segment; what the broker derives from it is made anew at the start."""
    for segment in folder.glob("*.log"):
        with segment.open("r+b") as file:
            file.truncate(segment.stat().st_size // 2)
    for derived in (*folder.glob("*.index"), *folder.glob("*.timeindex"), *folder.glob("*.snapshot")):
        derived.unlink()


def damage(own_stack: LocalStack, sandbox: Sandbox, how) -> None:
    """Do it to a partition while its broker is dead, start that again, and send more than there was."""
    kill(own_stack, "kafka")
    (folder,) = own_stack.home.rglob(f"{sandbox.topic}-1")
    how(folder)
    own_stack.up(print)
    sandbox.send(MORE, 0, first=RECORDS)


@pytest.mark.parametrize("how", [wipe, halve])
def test_a_partition_cut_off_between_two_ingests_is_refused(own_stack, sandbox, how):
    """It names the partition and the offset, and stores nothing of any partition."""
    sandbox.start("ingest").end()
    damage(own_stack, sandbox, how)
    run = sandbox.start("ingest")
    run.end(4)
    assert "partition 1 holds another message at offset" in run.err
    assert sandbox.committed() == SENT


@pytest.mark.parametrize("sleeps", [False, True])
def test_a_partition_cut_off_under_a_follower_is_refused(own_stack, sandbox, sleeps):
    """Whether it sees the broker go, or sleeps until the partition has grown again."""
    run = sandbox.start("ingest", "--follow")
    wait_until(lambda: sandbox.committed() == SENT)
    if sleeps:
        psutil.Process(run.pid).suspend()
    damage(own_stack, sandbox, halve)
    if sleeps:
        psutil.Process(run.pid).resume()
    run.end(4)
    assert "partition 1 holds another message at offset" in run.err
    assert sandbox.committed() == SENT


def test_a_broker_that_starts_again_whole_costs_a_follower_an_attempt_only(own_stack, sandbox):
    """Each partition has another leader then; the last messages are still there."""
    run = sandbox.start("ingest", "--follow")
    wait_until(lambda: sandbox.committed() == SENT)
    kill(own_stack, "kafka")
    own_stack.up(print)
    sandbox.send(MORE, 0, first=RECORDS)
    wait_until(lambda: sandbox.committed() == SENT + MORE)
    run.terminate()
    run.end()
    check(sandbox, sent=RECORDS + MORE)
