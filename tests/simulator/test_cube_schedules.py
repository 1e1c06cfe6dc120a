"""Several runs make, show, record and delete cubes of one date at once; `verify` holds afterwards."""

import datetime as dt
from collections.abc import Iterator
from contextlib import suppress
from random import Random
from typing import NamedTuple

import pytest

from healthtrends import runtime
from healthtrends.errors import TransientError
from healthtrends.observe import configure, mode
from healthtrends.storage.cube_head import CubeHead, CubeSource, CubeUnusable
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.verify.cubes import cube_faults
from healthtrends.testing.scheduler import Order, Process, Scheduler
from healthtrends.testing.simulated_runtime import SimulatedRuntime
from tests.simulator.programs import start
from tests.simulator.world import Rules, World

DATE = dt.date(2025, 12, 1)
SHOWN = ("group", "place")


class Cast(NamedTuple):
    """Who takes part in a schedule."""

    writers: int
    dropping: int
    """How many leave figures only in the cube, as retention does, instead of making it."""
    engines: int
    """How many different cubes are made of the same inputs."""
    inputs_change: bool
    """Whether there are other inputs from a later commit on."""


def drawn(dice: Random) -> Cast:
    """Draw who takes part; of a date that expires nobody makes another cube."""
    dropping = dice.choice((0, 0, 1, 2))
    return Cast(
        writers=dice.choice((2, 2, 3)),
        dropping=dropping,
        engines=1 if dropping else dice.choice((1, 2, 3)),
        inputs_change=not dropping and dice.random() < 0.3,
    )


def played(seed: int) -> Iterator[str]:
    """Play a schedule; yield what `verify` says of the cube afterwards."""
    dice, scheduler = Random(seed), Scheduler(seed)
    cast = drawn(dice)
    with runtime.replaced(SimulatedRuntime(scheduler)):
        world = World(Rules(partitions=1, messages=1, every=50, folder=50), scheduler)
        start(world, "ingest", 0, 1)
        _play(scheduler, dice, most_calls=10**9)
        if cast.dropping:
            scheduler.start(Process("first"), lambda: make(world, cast, 0))
            _play(scheduler, dice, most_calls=10**9)
        for number in range(cast.writers):
            scheduler.start(Process(f"run-{number}"), lambda number=number: make(world, cast, number))
        for number in range(cast.dropping):
            scheduler.start(Process(f"expire-{number}"), lambda: drop(world, cast))
        _play(scheduler, dice, most_calls=dice.choice((2, 8, 30)))
        log = world.log()
        recorded = log.read_state().cubes[str(DATE)]
        yield from (
            f"{path}: {problem}"
            for path, problem in cube_faults(
                Cubes(log.pool, log.layout), log.layout, str(DATE), recorded, SHOWN
            )
        )


def _play(scheduler: Scheduler, dice: Random, most_calls: int) -> None:
    """Let those who have begun take turns until all have ended."""
    while scheduler.tasks:
        scheduler.run(dice.choice(scheduler.tasks), Order(dice.randrange(most_calls)))


def make(world: World, cast: Cast, number: int) -> None:
    """Make the cube at the newest state, and record it, as a run does; other runs may be in the way."""
    log = world.log()
    state, recorder = log.read_state(), Recorder(log)
    cubes = Cubes(log.pool, log.layout, recorder.note_cube)
    engine = str(number % cast.engines)
    tables = {name: f"{name} by {engine}".encode() for name in (*SHOWN, "patients-E11")}
    source = CubeSource(DATE, state.seq, inputs(cast, state.seq), engine, "1")
    try:
        found = cubes.find(DATE, source.inputs, state.cubes.get(str(DATE)))
    except CubeUnusable:
        found = None
    if found is None or cast.engines > 1:
        _until_it_passes(lambda: cubes.write(source, {}, tables, {name: tables[name] for name in SHOWN}))
    recorder.record_cubes()


def drop(world: World, cast: Cast) -> None:
    """Leave figures only, and record that."""
    log = world.log()
    state, recorder = log.read_state(), Recorder(log)
    cubes = Cubes(log.pool, log.layout, recorder.note_cube)
    with suppress(CubeUnusable):  # replaced while it was read; left to the next run
        _until_it_passes(lambda: cubes.drop_patients(DATE, inputs(cast, state.seq)))
    recorder.record_cubes()


def inputs(cast: Cast, seq: int) -> str:
    """Name of what the state has of the date."""
    return "late" if cast.inputs_change and seq > 3 else "first"


def _until_it_passes(work) -> CubeHead | None:
    """As a step of a run is tried again."""
    while True:
        try:
            return work()
        except TransientError:
            continue


@pytest.fixture(autouse=True)
def quiet():
    before = mode()
    configure(quiet=True)
    yield
    configure(quiet=before.quiet, verbose=before.verbose, json=before.json)


@pytest.mark.parametrize("first", range(0, 600, 200))
def test_the_cube_on_record_is_in_place_and_whole_after_600_schedules(first):
    """Its head, its tables, and those for other programs, whoever came last."""
    bad = {seed: faults for seed in range(first, first + 200) if (faults := list(played(seed)))}
    assert bad == {}
