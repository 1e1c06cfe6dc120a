"""Runs the command line under a wall clock that jumps: `python jumping_clock.py SEED ARGUMENTS`."""

import datetime as dt
import os
import random
import sys
import threading

from healthtrends.cli.main import main

STEPS = (-366, -365, -31, -1, 0, 1, 31, 365, 366)  # days
BEGIN = dt.datetime(2026, 1, 10, 23, 59, 59, tzinfo=dt.UTC)
PAUSE = 0.02  # seconds between two jumps


def jumps(seed: int) -> list[str]:
    """A thousand times of day, each some days from `BEGIN`, all spelled with the same length."""
    chance = random.Random(seed)
    return [(BEGIN + dt.timedelta(days=chance.choice(STEPS))).isoformat() for _ in range(1000)]


def jump(times: list[str], over: threading.Event) -> None:
    """Set the clock to one after the other until it is over."""
    turn = 0
    while not over.wait(PAUSE):
        os.environ["HEALTHTRENDS_NOW"] = times[turn % len(times)]
        turn += 1


if __name__ == "__main__":
    over = threading.Event()
    drawn = jumps(int(sys.argv[1]))
    os.environ["HEALTHTRENDS_NOW"] = drawn[0]
    clock = threading.Thread(target=jump, args=(drawn, over))
    clock.start()
    code = main(sys.argv[2:])
    over.set()
    clock.join()
    sys.exit(code)
