"""Records at a steady rate for an hour, followers killed and started again: `make soak`.

A line every ten seconds; `make soak SECONDS=600` is shorter, and in `make test-all` it is three minutes.
"""

import os
import random
import time

import pytest

from tests.concurrency.memory import growth
from tests.concurrency.sender import Sender
from tests.concurrency.soak import Soak, times_found
from tests.faults.sandbox import wait_until

SECONDS = float(os.environ.get("SOAK_SECONDS", "180"))
RATE = float(os.environ.get("SOAK_RATE", "1000"))
MOST_GROWTH = 1.10
STOP_SECONDS = 5.0


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 600)
def test_soak(shared, capsys):
    """Each offset is stored once, nothing is left running, SIGTERM is quick, and memory does not grow."""
    seed = random.SystemRandom().randrange(10**6)

    def say(line: str) -> None:
        with capsys.disabled():
            print(line, flush=True)  # noqa: T201  watched while it runs

    say(f"\nsoak: {SECONDS:.0f} s, {RATE:.0f} messages a second, seed {seed}")
    sender = Sender(shared.sandbox.servers, shared.sandbox.topic, RATE)
    try:
        soak = Soak(shared, sender, seed, say)
        soak.run(SECONDS)
    finally:
        sender.close()
    wait_until(lambda: sum(p.next for p in shared.state().parts.values()) == sender.sent)
    took = [seconds_to_stop(run) for run in (soak.steady, soak.victim)]
    grown = growth(soak.steady_memory)
    found = times_found(shared, sender)
    say(f"found once: {found[1]:,} of {sender.sent:,}; {soak.kills} kills; memory x {grown:.2f}")
    assert found == {1: sender.sent}
    assert soak.orphans == []
    assert max(took) <= STOP_SECONDS
    assert grown <= MOST_GROWTH
    shared.sandbox.start("verify").end()


def seconds_to_stop(run) -> float:
    """From SIGTERM to the end, which is by exit code 0."""
    begin = time.monotonic()
    run.terminate()
    run.end()
    return time.monotonic() - begin
