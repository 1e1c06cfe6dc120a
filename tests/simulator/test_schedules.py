"""The product's own ingest, log, compaction and verify keep their promise whatever happens in between."""

import multiprocessing
import os
import re
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from healthtrends.adapters import failpoints
from healthtrends.testing.scheduler import Call
from tests.simulator.play import broken, step_of
from tests.simulator.schedule import STEPS, drawn, parsed

_PAGE = Path(__file__).parents[2] / "docs/explanation/commit-protocol.md"
_HOW = "told, step by step, by: python -m tests.simulator {}"


def fault_of(seed):
    """Say what the schedule of a seed broke; None: nothing."""
    return broken(drawn(seed))


@pytest.mark.parametrize("first", range(0, 2_000, 500))
def test_2_000_schedules_keep_the_promise(first):
    """Each message once, each committed file in place, no gap in the log, and no reader misled."""
    for seed in range(first, first + 500):
        fault = fault_of(seed)
        assert fault is None, f"seed {seed}: {fault}; {_HOW.format(seed)}"


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_50_000_other_schedules_keep_the_promise():
    """The same with other seeds; SCHEDULES says how many."""
    seeds = range(1_000_000, 1_000_000 + int(os.environ.get("SCHEDULES", "50000")))
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for seed, fault in zip(seeds, pool.map(fault_of, seeds, chunksize=250), strict=True):
            assert fault is None, f"seed {seed}: {fault}; {_HOW.format(seed)}"


def test_a_seed_gives_the_same_run_every_time():
    """Else a seed that failed would tell nothing."""
    runs = [[], []]
    for told in runs:
        for seed in range(10):
            broken(drawn(seed), told.append)
    assert runs[0] == runs[1]
    assert len(runs[0]) > 1_000


def test_a_printed_schedule_is_the_schedule():
    """A shortened one has no seed, so its text is kept."""
    assert parsed(drawn(7).text()) == drawn(7)


@pytest.fixture(scope="module")
def told():
    """All that happens in some schedules."""
    lines = []
    for seed in range(40):
        broken(drawn(seed), lines.append)
    return "\n".join(lines)


@pytest.mark.parametrize("program", ["ingest", "follow", "compact", "replay", "record", "read", "verify"])
def test_the_schedules_run_every_program(told, program):
    """Writers, jobs, and those who only look."""
    assert f"\n{program}-" in told


@pytest.mark.parametrize("fate", ["UNANSWERED", "LOST", "LATE", "REPEATED"])
def test_the_schedules_hold_every_fault(told, fate):
    """A call may be applied or not, answered or not, and applied later."""
    assert f"-> {fate}" in told


@pytest.mark.parametrize("event", ["kill", "sleep", "wake", "late", "send", "stop"])
def test_the_schedules_hold_every_event(told, event):
    """Processes die and sleep, late calls strike, and the topic grows meanwhile."""
    assert f"* {event} " in told


@pytest.fixture(scope="module")
def steps(told):
    """Names of all steps that were taken."""
    calls = re.findall(r"^\S+: (create|close|rename|delete) (\S+)", told, re.MULTILINE)
    return {step_of(Call(name, path, is_effect=True)) for name, path in calls}


@pytest.mark.parametrize("step", STEPS)
def test_the_schedules_take_every_step(steps, step):
    """Each may be the last of a process, and each may go wrong."""
    assert step in steps


def test_the_steps_are_those_with_failpoints():
    """What the product does to log and data; publishing and cubes follow the log and never change it.

    An erasure has its own matrix (tests/faults/test_erasure_killed.py).
    """
    real = {name.rpartition(".")[0] for name in failpoints.NAMES if not name.startswith(("P", "C", "E"))}
    assert {name for name in real if not name.endswith(".write")} == set(STEPS)


def test_the_steps_are_those_of_the_page():
    """All that its table has and that change something."""
    named = set(re.findall(r"^\| ([RB]\d)\b", _PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {step.partition(".")[0] for step in STEPS} <= named | {"S"}
