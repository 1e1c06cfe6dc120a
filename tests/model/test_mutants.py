"""The model notices every wrong form of the protocol, so its silence about the right one means something."""

import pytest

from tests.model.mutants import NONE, Mutant
from tests.model.namenode import LATE, Violation
from tests.model.schedule import explore
from tests.model.world import Rules, World
from tests.model.writer import Habits

# No random schedule of those tried shows it: five things must happen in one order.
DIRECTED = {Mutant.SAME_NAME}
SCHEDULES = 3_000


@pytest.mark.parametrize("mutant", sorted(set(Mutant) - DIRECTED, key=lambda mutant: mutant.name))
def test_random_schedules_catch(mutant):
    """One of a few thousand schedules breaks the promise when this rule is left out."""
    assert any(explore(seed, frozenset({mutant})) for seed in range(SCHEDULES))


def advance(world, writer, name):
    """Let a writer go on until `name` is what it does next."""
    while world.step(writer) != name:
        pass


def a_ghost_of_a_staged_file(mutants):
    """Play it: a create comes through after its file was committed, placed and removed.

    A first create seems to fail, a second works; the file is committed. Somebody who recovers sees it staged
    and falls asleep. It is put in place, and a job replaces it. Now the first create comes through, and the
    sleeper wakes up and puts the ghost in place.
    """
    world = World(Rules(partitions=1, end=1, every=99), mutants)
    writer = world.start_ingest(world.partitions, Habits(stubborn=True))
    advance(world, writer, "B3.create")
    world.step(writer, LATE)
    advance(world, writer, "B5.look")
    sleeper = world.start_ingest(world.partitions, Habits())
    advance(world, sleeper, "B5.rename")
    world.run(writer)
    world.run(world.start_job(0, Habits()))
    world.namenode.strike(0)
    world.run(sleeper)
    world.settle()


def a_commit_that_its_writer_takes_for_lost(mutants):
    """Play it: the rename to the number comes through after the writer has looked; a job replaces the file.

    The writer still owns its partitions, so only the next offset tells it that the batch is in already.
    """
    world = World(Rules(partitions=1, end=1, every=99), mutants)
    writer = world.start_ingest(world.partitions, Habits())
    advance(world, writer, "B3.look")
    advance(world, writer, "B4.rename")
    world.step(writer, LATE)
    advance(world, writer, "R1.snapshots")
    world.namenode.strike(0)
    world.run(world.start_job(0, Habits()))
    world.run(writer)
    world.settle()


SHOWN = [
    (Mutant.SAME_NAME, a_ghost_of_a_staged_file),
    (Mutant.NO_NEXT_CHECK, a_commit_that_its_writer_takes_for_lost),
]


@pytest.mark.parametrize(("mutant", "schedule"), SHOWN)
def test_a_directed_schedule_catches(mutant, schedule):
    """A rare order of events, played as it is written."""
    with pytest.raises(Violation, match=r"no commit names|reports damage"):
        schedule(frozenset({mutant}))


@pytest.mark.parametrize(("mutant", "schedule"), SHOWN)
def test_a_directed_schedule_keeps_the_promise(mutant, schedule):
    """The right protocol survives the same order of events."""
    schedule(NONE)
