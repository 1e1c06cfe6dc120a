"""Random schedules, each from one seed: who does a step, what becomes of its effect, who dies or sleeps."""

from random import Random

from tests.model.log import Steps
from tests.model.mutants import NONE, Mutant
from tests.model.namenode import Violation
from tests.model.world import Rules, World
from tests.model.writer import Habits

_EVENTS = 45
_MOST_WRITERS = 4


def explore(seed: int, mutants: frozenset[Mutant] = NONE) -> str | None:
    """Play one schedule; what it broke, None when the promise held."""
    try:
        _Schedule(seed, mutants).play()
    except Violation as violation:
        return str(violation)
    return None


class _Schedule:
    """One seed's world and dice."""

    def __init__(self, seed: int, mutants: frozenset[Mutant]) -> None:
        dice = self._dice = Random(seed)
        self._world = World(
            Rules(
                partitions=dice.choice((1, 2, 2, 3)),
                end=dice.choice((1, 2, 3)),
                per_date=dice.choice((1, 2)),
                dates=dice.choice((1, 2, 8)),
                every=dice.choice((1, 2, 3, 5)),
                retention=dice.choice((0, 0, 1, 3)),
            ),
            mutants,
        )
        self._asleep: list[Steps] = []
        self._risk = dice.choice((0.0, 0.03, 0.1, 0.25))
        """Share of the effects that are not both applied and answered."""
        self._burst = dice.choice((2, 8, 30))
        """Most steps that a writer does before something else happens."""

    def play(self) -> None:
        """Let things happen, then let everybody finish, then check."""
        self._start()
        for _ in range(_EVENTS):
            self._happen()
        self._wake_all()
        self._risk = 0.0
        self._world.settle()

    def _happen(self) -> None:
        dice, world = self._dice, self._world
        awake = [writer for writer in world.writers if writer not in self._asleep]
        chance = dice.random()
        if not awake or (chance < 0.1 and len(world.writers) < _MOST_WRITERS):
            self._start()
        elif chance < 0.8:
            self._go_on(awake[int(dice.random() * len(awake))], 1 + int(dice.random() * self._burst))
        elif chance < 0.86:
            self._asleep.append(dice.choice(awake))
        elif chance < 0.9 and self._asleep:
            del self._asleep[int(dice.random() * len(self._asleep))]
        elif chance < 0.94:
            world.crash(dice.choice(awake))
        elif world.namenode.pending:
            world.namenode.strike(int(dice.random() * len(world.namenode.pending)))

    def _go_on(self, writer: Steps, steps: int) -> None:
        step, random, risk = self._world.step, self._dice.random, self._risk
        for _ in range(steps):
            if step(writer, 1 + int(random() * 3) if random() < risk else 0) is None:
                return

    def _wake_all(self) -> None:
        """Everybody goes on, in turns of any length, while late effects strike now and then."""
        dice, world = self._dice, self._world
        while world.writers:
            self._go_on(dice.choice(world.writers), 1 + int(dice.random() * 60))
            if world.namenode.pending and dice.random() < 0.2:
                world.namenode.strike(int(dice.random() * len(world.namenode.pending)))

    def _start(self) -> None:
        dice, world = self._dice, self._world
        chance = dice.random()
        habits = Habits(
            batch=1 + int(dice.random() * 2),
            ahead=dice.random() < 0.3,
            release=dice.random() < 0.2,
            stubborn=dice.random() < 0.3,
            tries=1 + int(dice.random() * 3),
        )
        if chance < 0.65:
            partitions = [p for p in world.partitions if dice.random() < 0.6]
            world.start_ingest(frozenset(partitions) or world.partitions, habits)
        elif chance < 0.9:
            world.start_job(int(dice.random() * 8), habits)
        else:
            world.start_reader()
        if dice.random() < 0.3:
            world.topic.ends[int(dice.random() * len(world.topic.ends))] += 1
