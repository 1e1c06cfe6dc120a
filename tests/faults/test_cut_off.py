"""A partition loses its end with the disk of its broker and grows again past what was stored: refused.

The topic id is still the same, and the offset that comes next is there: only the last message tells.
"""

import shutil
from pathlib import Path

import psutil
import pytest

from healthtrends.devstack.stack import LocalStack
from tests.faults.servers import kill
from tests.faults.worlds import BAD, RECORDS, World, check, wait_until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

SENT = RECORDS + BAD
MORE = 2000


@pytest.fixture
def world(own_stack, make_world):
    """All of a topic is stored, on servers of our own."""
    found = make_world(own_stack.up(print))
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


def damage(own_stack: LocalStack, world: World, how) -> None:
    """Do it to a partition while its broker is dead, start that again, and send more than there was."""
    kill(own_stack, "kafka")
    (folder,) = own_stack.home.rglob(f"{world.topic}-1")
    how(folder)
    own_stack.up(print)
    world.send(MORE, 0, first=RECORDS)


@pytest.mark.parametrize("how", [wipe, halve])
def test_a_partition_cut_off_between_two_ingests_is_refused(own_stack, world, how):
    """It names the partition and the offset, and stores nothing of any partition."""
    world.start("ingest").end()
    damage(own_stack, world, how)
    run = world.start("ingest")
    run.end(4)
    assert "partition 1 holds another message at offset" in run.err
    assert world.committed() == SENT


@pytest.mark.parametrize("sleeps", [False, True])
def test_a_partition_cut_off_under_a_follower_is_refused(own_stack, world, sleeps):
    """Whether it sees the broker go, or sleeps until the partition has grown again."""
    run = world.start("ingest", "--follow")
    wait_until(lambda: world.committed() == SENT)
    if sleeps:
        psutil.Process(run.pid).suspend()
    damage(own_stack, world, halve)
    if sleeps:
        psutil.Process(run.pid).resume()
    run.end(4)
    assert "partition 1 holds another message at offset" in run.err
    assert world.committed() == SENT


def test_a_broker_that_starts_again_whole_costs_a_follower_an_attempt_only(own_stack, world):
    """Each partition has another leader then; the last messages are still there."""
    run = world.start("ingest", "--follow")
    wait_until(lambda: world.committed() == SENT)
    kill(own_stack, "kafka")
    own_stack.up(print)
    world.send(MORE, 0, first=RECORDS)
    wait_until(lambda: world.committed() == SENT + MORE)
    run.terminate()
    run.end()
    check(world, sent=RECORDS + MORE)
