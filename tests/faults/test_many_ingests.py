"""Two and three ingests at once, on the same partitions and on different ones: each message is there once.

When each starts is drawn from a seed, which is printed.
"""

import random
import time

import pytest

from tests.faults.sandbox import RECORDS, check

SAME = [("ingest",), ("ingest",), ("ingest",)]
HALVES = [("ingest", "--shard", "1/2"), ("ingest", "--shard", "2/2")]
THIRDS = [("ingest", "--shard", f"{n}/3") for n in (1, 2, 3)]
MIXED = [*HALVES, ("ingest", "--shard", "1/3")]
TEAMS = {
    "two of the same": SAME[:2],
    "three of the same": SAME,
    "two shards": HALVES,
    "three shards": THIRDS,
    "shards of another number": MIXED,
    "a shard and all": [*HALVES, ("ingest",)],
}
LATEST_START = 2.0  # seconds; an ingest takes about as long


def work_together(seed, commands, sandbox):
    """Send in two parts, the second while they are at work; all end with 0, and one more finds all of it."""
    print("seed", seed)  # noqa: T201  pytest shows it when the test fails
    chance = random.Random(seed)
    sandbox.send(RECORDS // 2, bad=0)
    delays = sorted(chance.uniform(0, LATEST_START) for _ in commands)
    runs = []
    for waited, (delay, command) in zip([0.0, *delays], zip(delays, commands, strict=True), strict=False):
        time.sleep(delay - waited)  # no condition to wait for: the moments themselves are what is tried
        runs.append(sandbox.start(*command))
    sandbox.send(RECORDS // 2, first=RECORDS // 2)
    for run in runs:
        run.end()
    check(sandbox)


def test_three_ingests_of_the_same_partitions(sandbox):
    """The newest owns them; those before end with 0."""
    work_together(5, SAME, sandbox)


@pytest.mark.long
def test_the_one_taken_over_says_so_and_ends_with_0(sandbox):
    """It stood before its commit when another came and did all the work."""
    sandbox.send()
    run = sandbox.start_until("B4.rename.before@2", "ingest")
    assert run.wait_until_stopped(), run.err
    sandbox.start("ingest").end()
    run.wake()
    run.end()
    assert "ingest.superseded" in run.err
    check(sandbox)


@pytest.mark.long
@pytest.mark.parametrize("team", TEAMS)
@pytest.mark.parametrize("seed", random.SystemRandom().sample(range(10**6), 3), ids=("a", "b", "c"))
def test_ingests_at_once(team, seed, sandbox):
    """Of every kind, with fresh seeds."""
    work_together(seed, TEAMS[team], sandbox)
