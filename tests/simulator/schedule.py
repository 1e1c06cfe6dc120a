"""Schedules: what happens, one event after the other, drawn from a seed or read from a text."""

import json
from random import Random
from typing import NamedTuple

from tests.simulator.world import Rules

_EVENTS = 45
_FINISHING = 30
_KINDS = (
    ("start",) * 14
    + ("go",) * 64
    + ("sleep",) * 4
    + ("wake",) * 4
    + ("kill",) * 4
    + ("late",) * 5
    + (
        "send",
        "send",
        "send",
        "stop",
        "stop",
    )
)
_PROGRAMS = (
    ("ingest",) * 7 + ("follow",) * 2 + ("compact",) * 3 + ("replay", "replay", "record", "read", "verify")
)
STEPS = (
    "R3.delete", "B3.create", "B3.close", "B4.create", "B4.close", "B4.rename", "B5.rename", "B7.delete",
    "S.create", "S.close", "S.rename", "S.delete",
)  # fmt: skip
LOOKS = (
    "list snapshots", "list commits", "read commits", "read snapshots", "length", "list staging", "consume",
    "read lists",
)  # fmt: skip
_RACES = ("B4.rename", "list snapshots", "list commits", "read commits", "S.rename")


class Event(NamedTuple):
    """One thing that happens."""

    kind: str
    which: int = 0
    """Counts round the tasks, late calls or partitions there are."""
    number: int = 0
    """How many calls or messages, or which choice."""
    what: str = ""
    """Step until which a task goes on, or the program that starts."""
    fate: int = 0


_PRELUDE = (
    Event("start", what="ingest", number=1),
    Event("settle"),
    *(Event("send", p, 2) for p in range(3)),
)
"""A root that holds something already, of which jobs can make something else."""


class Schedule(NamedTuple):
    """All of it."""

    seed: int
    """Of names and of the order of calls side by side."""
    rules: Rules
    events: tuple[Event, ...]

    def text(self) -> str:
        """As `parsed` reads it."""
        return json.dumps([self.seed, self.rules, self.events])


def parsed(text: str) -> Schedule:
    """Read a schedule from its text."""
    seed, rules, events = json.loads(text)
    return Schedule(seed, Rules(*rules), tuple(Event(*each) for each in events))


class _Habits(NamedTuple):
    """How the tasks of a schedule take turns."""

    risk: float
    """Share of the turns that end with a call that goes wrong."""
    burst: int
    """Most calls of a turn."""
    stops: tuple[str, ...]
    """Steps before which a turn may end."""
    stopping: float
    """Share of the turns that end there."""


def drawn(seed: int) -> Schedule:
    """Draw a schedule."""
    dice = Random(seed)
    rules = Rules(
        partitions=dice.choice((1, 2, 2, 3)),
        messages=dice.choice((1, 2, 4, 5)),
        dates=dice.choice((1, 2, 3)),
        every=dice.choice((1, 1, 2, 3, 5)),
        retention=dice.choice((0, 0, 1, 3)),
        folder=dice.choice((1, 1, 2, 5)),
        page=dice.choice((1, 2, 1000, 1000)),
        batch=dice.choice((1, 2, 3)),
    )
    habits = _Habits(
        risk=dice.choice((0.0, 0.1, 0.3, 0.7)),
        burst=dice.choice((5, 20, 80)),
        stops=dice.choice((STEPS + LOOKS, STEPS, _RACES)),
        stopping=dice.choice((0.3, 0.5, 0.8)),
    )
    if habits.stops is _RACES:
        rules = rules._replace(every=1, retention=0, folder=1)
    events = list(_PRELUDE) if dice.random() < 0.5 else []
    events += [_start(dice), *(_event(dice, habits) for _ in range(_EVENTS)), Event("finish")]
    habits = habits._replace(risk=0.0, burst=60)
    events += [
        Event("late", dice.randrange(8)) if dice.random() < 0.15 else _go(dice, habits)
        for _ in range(_FINISHING)
    ]
    return Schedule(seed, rules, tuple(events))


def _event(dice: Random, habits: _Habits) -> Event:
    kind = dice.choice(_KINDS)
    if kind == "start":
        return _start(dice)
    if kind == "go":
        return _go(dice, habits)
    return Event(kind, dice.randrange(8), 1 + dice.randrange(2))


def _go(dice: Random, habits: _Habits) -> Event:
    fate = dice.choice((1, 2, 3, 3, 4)) if dice.random() < habits.risk else 0
    until = dice.choice(habits.stops) if dice.random() < habits.stopping else ""
    return Event("go", dice.randrange(8), dice.randrange(habits.burst), until, fate)


def _start(dice: Random) -> Event:
    return Event("start", dice.randrange(6), dice.randrange(1, 4), dice.choice(_PROGRAMS))
