"""The protocol keeps its promise in every schedule that was tried, and the model is the protocol's."""

import multiprocessing
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from healthtrends.adapters import failpoints
from tests.model.namenode import LATE, LOST, OK, UNANSWERED
from tests.model.schedule import explore
from tests.model.steps import EFFECTS, LOOKS
from tests.model.world import Rules, World
from tests.model.writer import Habits

PAGE = Path(__file__).parents[2] / "docs/explanation/commit-protocol.md"


def broken(seeds):
    """Return the seeds whose schedules broke the promise, with what they broke."""
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = zip(seeds, pool.map(explore, seeds, chunksize=1000), strict=True)
        return {seed: violation for seed, violation in found if violation}


def test_20_000_random_schedules_keep_the_promise():
    """Each message once, each live file in place, no gap in the log, and no reader misled."""
    assert broken(range(20_000)) == {}


@pytest.mark.long
@pytest.mark.timeout(2400)
def test_500_000_random_schedules_keep_the_promise():
    """The same with other seeds."""
    assert broken(range(1_000_000, 1_500_000)) == {}


class Commits(RuleBasedStateMachine):
    """Any sequence of starts, steps, faults, crashes and late effects, shrunk when it breaks the promise."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World(Rules(partitions=2, every=2))

    @precondition(lambda self: len(self.world.writers) < 4)
    @rule(partitions=st.sampled_from([{0}, {1}, {0, 1}]), ahead=st.booleans(), stubborn=st.booleans())
    def ingest(self, partitions, *, ahead, stubborn):
        habits = Habits(ahead=ahead, stubborn=stubborn, tries=2)
        self.world.start_ingest(frozenset(partitions), habits)

    @precondition(lambda self: len(self.world.writers) < 4)
    @rule(choice=st.integers(0, 1))
    def compact(self, choice):
        self.world.start_job(choice, Habits())

    @precondition(lambda self: len(self.world.writers) < 4)
    @rule()
    def read(self):
        self.world.start_reader()

    @rule(partition=st.integers(0, 1))
    def produce(self, partition):
        self.world.topic.ends[partition] += 1

    @precondition(lambda self: self.world.writers)
    @rule(which=st.integers(0, 3), steps=st.integers(0, 40), fate=st.sampled_from([UNANSWERED, LOST, LATE]))
    def go_on(self, which, steps, fate):
        writer = self.world.writers[which % len(self.world.writers)]
        for _ in range(steps):
            if self.world.step(writer, OK) is None:
                return
        self.world.step(writer, fate)

    @precondition(lambda self: self.world.writers)
    @rule(which=st.integers(0, 3))
    def crash(self, which):
        self.world.crash(self.world.writers[which % len(self.world.writers)])

    @precondition(lambda self: self.world.namenode.pending)
    @rule(which=st.integers(0, 9))
    def strike(self, which):
        self.world.namenode.strike(which % len(self.world.namenode.pending))

    def teardown(self):
        for writer in list(self.world.writers):
            self.world.run(writer)
        self.world.settle()


TestCommits = Commits.TestCase
TestCommits.settings = settings(
    max_examples=150, stateful_step_count=40, suppress_health_check=[HealthCheck.too_slow]
)


def steps_of_a_scenario():
    """Names that the model yields while writers, jobs and a reader do all there is to do."""
    world = World(Rules(partitions=1, end=6, every=1))
    seen = set()

    def play(writer, until=None):
        while (name := world.step(writer)) not in {None, until}:
            seen.add(name)

    dies = world.start_ingest(world.partitions, Habits())
    play(dies, until="B3.look")
    world.crash(dies)
    play(world.start_ingest(world.partitions, Habits()))
    play(world.start_job(0, Habits()))
    play(world.start_reader())
    world.settle()
    return seen


def test_every_step_of_the_model_is_declared_and_reached():
    """The two lists below say all that the model does."""
    assert steps_of_a_scenario() == EFFECTS | LOOKS


def test_the_effects_of_the_model_are_those_with_failpoints():
    """What the product does to log and data is a step here; a create of the model writes and closes too."""
    real = {name.rpartition(".")[0] for name in failpoints.NAMES}
    # Publishing and cubes follow the log and never change it.
    storing = {name for name in real if not name.startswith(("P", "C"))}
    assert {name for name in storing if not name.endswith((".write", ".close"))} == EFFECTS


def test_the_steps_of_the_model_are_those_of_the_page():
    """Every step in the table of docs/explanation/commit-protocol.md is in the model, and snapshots too."""
    named = set(re.findall(r"^\| ([RB]\d)\b", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name.partition(".")[0] for name in EFFECTS | LOOKS} == named | {"S"}
