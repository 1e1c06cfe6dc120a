"""Every effect on HDFS as a moment to die, to fail, or to stop and be taken over; all ends up there once.

The checker knows only what was produced. In `make test` a seeded sample, in `make test-all` all of it.
"""

import random
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from healthtrends.adapters.failpoints import NAMES, VARIABLE
from tests.faults.sandbox import DAY, INGEST, Sandbox, check, check_report

ACTIONS = ("kill", "raise", "pause")
# A run reaches these once for its fence and again for each data commit.
SEVERAL = ("B4.create", "B4.write", "B4.close", "B4.rename", "B5.rename", "S.create", "C.rename", "P4.rename")
CASES = [
    (f"{name}:{action}@{time}")
    for name in NAMES
    for action in ACTIONS
    for time in ((1, 2, 3) if name.startswith(SEVERAL) else (1,))
]
SAMPLE = random.Random(20251222).sample(CASES, 6)
AT_ONCE = 4
RUN = ("run", DAY)


@pytest.fixture
def new_sandbox(stack, make_sandbox) -> Callable[[], Sandbox]:
    """Worlds on the session's servers, so that cases can run at once."""
    return lambda: make_sandbox(stack)


def try_case(case: str, sandbox: Sandbox) -> None:
    command = RUN if case.startswith(("P", "C")) else INGEST
    sandbox.send()
    run = sandbox.start(*command, **{VARIABLE: case})
    if ":pause" in case and run.wait_until_stopped():
        sandbox.start(*command).end()  # another does the work meanwhile
        run.wake()
    run.end(0, -signal.SIGKILL) if ":kill" in case else run.end()
    check(sandbox, command)
    if command == RUN:
        check_report(sandbox)


def try_all(cases: list[str], new_sandbox: Callable[[], Sandbox]) -> None:
    """Side by side, as each mostly waits; every failure names its case."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        tried = {case: pool.submit(try_case, case, new_sandbox()) for case in cases}
    failed = {case: str(future.exception()) for case, future in tried.items() if future.exception()}
    assert failed == {}


def test_a_sample_of_moments(new_sandbox):
    """Six of all, drawn with a fixed seed."""
    try_all(SAMPLE, new_sandbox)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_moment(name, new_sandbox):
    """All failpoints, each with each action, at each of the times it is reached."""
    try_all([case for case in CASES if case.startswith(f"{name}:")], new_sandbox)


def test_an_unknown_failpoint_ends_with_2(new_sandbox):
    """It names the nearest one."""
    run = new_sandbox().start("run", DAY, **{VARIABLE: "B4.renam.before:kill"})
    run.end(2)
    assert "did you mean B4.rename.before?" in run.err


def test_the_names_cover_every_step_of_the_protocol():
    """A step that nobody can interrupt is a step nobody has tested."""
    assert {name.split(".")[0] for name in NAMES} == {
        "R3",
        "B3",
        "B4",
        "B5",
        "B7",
        "S",
        "C",
        "E",
        "P2",
        "P3",
        "P4",
        "P5",
    }
