"""Play schedules: `python -m tests.simulator SEED`, `... --count 2000`, `... --text '[...]'`.

A schedule that breaks the promise is shortened and told step by step; the exit code is then 1.
"""

import argparse
import sys

from tests.simulator.play import broken, shortened
from tests.simulator.schedule import Schedule, drawn, parsed

_SAID = 400


def main() -> int:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("seed", type=int, nargs="?", default=0, help="seed of the (first) schedule")
    parser.add_argument("--count", type=int, default=1, help="how many seeds to play, until one breaks")
    parser.add_argument("--text", help="a schedule as it was printed, instead of a seed")
    parser.add_argument("--as-it-is", action="store_true", help="do not shorten it")
    asked = parser.parse_args()
    schedules = (
        [parsed(asked.text)] if asked.text else map(drawn, range(asked.seed, asked.seed + asked.count))
    )
    for number, schedule in enumerate(schedules, 1):
        if (fault := broken(schedule)) is not None:
            say(f"seed {schedule.seed}, schedule {number}: {fault}")
            tell(schedule if asked.as_it_is else shortened(schedule))
            return 1
    say("the promise holds")
    return 0


def tell(schedule: Schedule) -> None:
    """Print a schedule, and what every process does in it."""
    said: list[str] = []
    fault = broken(schedule, said.append)
    say(schedule.text(), *said[-_SAID:], str(fault))


def say(*lines: str) -> None:
    """Print lines."""
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())
