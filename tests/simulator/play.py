"""Plays a schedule, says what it broke, and shortens it."""

from collections.abc import Callable

from healthtrends import runtime
from healthtrends.adapters import failpoints
from healthtrends.observe import configure, mode
from healthtrends.testing.scheduler import Call, Fate, Order, Scheduler, Task
from healthtrends.testing.simulated_runtime import SimulatedRuntime
from tests.simulator.programs import start
from tests.simulator.schedule import Event, Schedule
from tests.simulator.world import Violation, World

_MOST_PROCESSES = 5
_MOST_TURNS = 3_000


class Play:
    """One schedule as it is played."""

    def __init__(self, schedule: Schedule, noted: Callable[[str], None] | None = None) -> None:
        self._schedule = schedule
        self._noted = noted
        self._scheduler = Scheduler(schedule.seed, noted)
        self.world = World(schedule.rules, self._scheduler)
        self._asleep: list[Task] = []

    def run(self) -> None:
        """Let everything happen, let everybody finish, and check. Raises what is wrong."""
        with runtime.replaced(SimulatedRuntime(self._scheduler)):
            try:
                for event in self._schedule.events:
                    self._happen(event)
                self._finish()
            finally:
                for task in list(self._scheduler.tasks):
                    self._scheduler.kill(task.process)

    def _happen(self, event: Event) -> None:
        self._say(f"* {' '.join(str(part) for part in event)}")
        do = {
            "start": self._start,
            "go": self._go,
            "sleep": self._sleep,
            "wake": self._wake,
            "kill": self._kill,
            "late": self._strike,
            "send": self._send,
            "stop": self._stop,
            "settle": self._settle,
            "finish": self._wake_all,
        }
        do[event.kind](event)

    def _start(self, event: Event) -> None:
        if len({task.process for task in self._scheduler.tasks}) < _MOST_PROCESSES:
            start(self.world, event.what, event.which, event.number)

    def _go(self, event: Event) -> None:
        if (task := self._awake(event.which)) is not None:
            until = (lambda call: step_of(call) == event.what) if event.what else None
            self._scheduler.run(task, Order(event.number, Fate(event.fate), until))

    def _sleep(self, event: Event) -> None:
        if (task := self._awake(event.which)) is not None:
            self._asleep.append(task)

    def _wake(self, event: Event) -> None:
        if self._asleep:
            del self._asleep[event.which % len(self._asleep)]

    def _kill(self, event: Event) -> None:
        if (task := self._awake(event.which)) is not None:
            self._scheduler.kill(task.process)
            self._asleep = [each for each in self._asleep if not each.process.is_dead]

    def _send(self, event: Event) -> None:
        self.world.send(event.which % self._schedule.rules.partitions, event.number)

    def _stop(self, event: Event) -> None:
        del event
        self.world.stop.set()

    def _strike(self, event: Event) -> None:
        late = self.world.namenode.late
        if late:
            call = self.world.namenode.strike(event.which % len(late))
            self._say(f"late: {call.name} {call.path}")

    def _wake_all(self, event: Event) -> None:
        """Nobody sleeps any more, and followers come to their end."""
        del event
        self._asleep.clear()
        self.world.stop.set()

    def _settle(self, event: Event) -> None:
        """Those who have begun come to their ends."""
        del event
        self._exhaust()

    def _awake(self, which: int) -> Task | None:
        awake = [task for task in self._scheduler.tasks if task not in self._asleep]
        return awake[which % len(awake)] if awake else None

    def _finish(self) -> None:
        """All end; a clean writer ingests to the end; all late calls are applied."""
        self._wake_all(Event("finish"))
        self._exhaust()
        start(self.world, "ingest", 0, 1)
        self._exhaust()
        while self.world.namenode.late:
            self._strike(Event("late", -1))
        start(self.world, "recover", 0, 1)
        self._exhaust()
        self.world.check()

    def _exhaust(self) -> None:
        for _ in range(_MOST_TURNS):
            for task in list(self._scheduler.tasks):
                if not task.is_done:
                    self._scheduler.run(task, Order(10**9))
            if not self._scheduler.tasks:
                return
        raise Violation("a process does not end")

    def _say(self, words: str) -> None:
        if self._noted is not None:
            self._noted(words)


def step_of(call: Call) -> str:
    """Name of a call: that of its failpoint when it changes something, else what it looks at."""
    if call.name in failpoints._CALLS:
        # A file is closed as the one that was created.
        return f"{failpoints._step(call.name, call.path)}.{call.name}"
    for folder in ("snapshots", "commits", "staging", "lists"):
        if f"/{folder}" in call.path:
            return f"{call.name} {folder}"
    return call.name


def broken(schedule: Schedule, noted: Callable[[str], None] | None = None) -> str | None:
    """Play a schedule; what it broke, None when the promise held. `noted` is told every call."""
    before = mode()
    configure(quiet=True)
    try:
        Play(schedule, noted).run()
    except Exception as error:  # noqa: BLE001  whatever ends a process that no server failed
        return f"{type(error).__name__}: {error}"
    finally:
        configure(quiet=before.quiet, verbose=before.verbose, json=before.json)
    return None


def shortened(schedule: Schedule) -> Schedule:
    """Leave out events, and make others plainer, while the same kind of error comes of it."""
    kind = _kind(broken(schedule))
    before = None
    while before != schedule:
        before = schedule
        for size in (32, 16, 8, 4, 2, 1):
            for at in range(len(schedule.events) - size, -1, -size):
                fewer = schedule.events[:at] + schedule.events[at + size :]
                schedule = _bad(schedule, fewer, kind)
        for at, event in enumerate(schedule.events):
            for plainer in (event._replace(fate=0), event._replace(what=""), event._replace(number=0)):
                if plainer != event and event.kind == "go":
                    events = (*schedule.events[:at], plainer, *schedule.events[at + 1 :])
                    schedule = _bad(schedule, events, kind)
    return schedule


def _bad(schedule: Schedule, events: tuple[Event, ...], kind: str | None) -> Schedule:
    """Return the schedule with these events if it is as bad, else as it was."""
    other = schedule._replace(events=events)
    return other if _kind(broken(other)) == kind else schedule


def _kind(fault: str | None) -> str | None:
    return None if fault is None else " ".join(fault.split(" ", 3)[:3])
