"""Several processes in one: their threads take turns, call by call, as a schedule says.

    scheduler = Scheduler(seed=1)
    with runtime.replaced(SimulatedRuntime(scheduler)):
        task = scheduler.start(Process("writer"), work)
        scheduler.run(task, Order(calls=3, fate=Fate.LOST))

Each task is a real thread, but only the one that has the turn runs; between two calls to a store or a topic
it gives the turn back. So any code runs unchanged, and the same orders give the same run.
"""

import threading
from collections.abc import Callable
from enum import IntEnum
from random import Random
from typing import NamedTuple

CALL_SECONDS = 0.02
"""What a call takes on the simulated clock."""


class Killed(BaseException):
    """The process of this task is dead: nothing that it does from now on has any effect."""


class Fate(IntEnum):
    """What becomes of a call to a server."""

    OK = 0
    """Applied and answered."""
    UNANSWERED = 1
    """Applied, and the answer is lost."""
    LOST = 2
    """Never applied; the caller gets an error."""
    LATE = 3
    """Applied at some later moment; the caller gets an error now."""
    REPEATED = 4
    """Applied, the answer lost, and sent again by the client: the caller gets the answer to the second."""


class Call(NamedTuple):
    """A call that is about to be made."""

    name: str
    """As the port names it."""
    path: str
    """Where it works; of a rename the destination."""
    is_effect: bool
    """It changes something; else it only looks."""


class Order(NamedTuple):
    """How far a task may go before another has the turn."""

    calls: int = 0
    """So many calls, all applied and answered, and one more."""
    fate: Fate = Fate.OK
    """Of that one; a fate other than LOST waits for the next call that changes something."""
    until: Callable[[Call], bool] | None = None
    """Instead of `calls`: all before the first of this kind, which gets the fate; OK: it is not made yet."""


class Process:
    """What dies as a whole."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False


class Task:
    """One thread of a process."""

    def __init__(self, process: Process, name: str) -> None:
        self.process = process
        self.name = name
        self.is_done = False
        self.error: BaseException | None = None
        """What it ended with; None: it returned, or was killed."""
        self.order: Order | None = None
        self.left = 0
        self.turn = threading.Lock()
        self.turn.acquire()


class Scheduler:
    """Gives the turn to one task after the other."""

    def __init__(self, seed: int, noted: Callable[[str], None] | None = None) -> None:
        """Draw names and the order of parallel calls from `seed`; tell `noted` every call, in words."""
        self.random = Random(seed)  # noqa: S311  names of a simulation, not secrets
        self.current: Task | None = None
        self.tasks: list[Task] = []
        """Those that have not ended."""
        self.seconds = 0.0
        self._noted = noted
        self._own_turn = threading.Lock()
        self._own_turn.acquire()

    def start(self, process: Process, work: Callable[[], None], name: str = "main") -> Task:
        """Add a task; it does nothing before its first turn."""
        task = Task(process, name)

        def body() -> None:
            task.turn.acquire()
            try:
                if not process.is_dead:
                    work()
            except Killed:
                pass
            except BaseException as error:  # noqa: BLE001  raised where the schedule is played
                task.error = error
            task.is_done = True
            self._own_turn.release()

        threading.Thread(target=body, name=f"{process.name}.{name}", daemon=True).start()
        self.tasks.append(task)
        return task

    def run(self, task: Task, order: Order) -> None:
        """Give a task the turn until the order is done. Raises what the task ended with."""
        task.order, task.left = order, order.calls
        self._give(task)
        if task.error is not None:
            raise task.error

    def kill(self, process: Process) -> None:
        """End all tasks of a process where they stand."""
        process.is_dead = True
        for task in [each for each in self.tasks if each.process is process]:
            while not task.is_done:
                self._give(task)

    def point(self, call: Call) -> Fate:
        """Stand before a call: others may have the turn before it is made. Returns what becomes of it."""
        task = self.current
        self.seconds += CALL_SECONDS
        if task is None:
            return Fate.OK
        while True:
            if task.process.is_dead:
                raise Killed
            fate = _decided(task, call)
            if fate is not None:
                self.note(call, fate)
                return fate
            self._yield_turn(task)

    def advance_clock(self, seconds: float) -> None:
        """Let time pass: there is nothing to do for the task that has the turn."""
        self.seconds += seconds
        if self.current is not None:
            self._yield_turn(self.current)

    def note(self, call: Call, fate: Fate) -> None:
        """Tell of a call."""
        if self._noted is not None and self.current is not None:
            became = "" if fate is Fate.OK else f"  -> {fate.name}"
            self._noted(f"{self.current.process.name}.{self.current.name}: {call.name} {call.path}{became}")

    def _yield_turn(self, task: Task) -> None:
        task.order = None
        self._own_turn.release()
        task.turn.acquire()
        if task.process.is_dead:
            raise Killed

    def _give(self, task: Task) -> None:
        if self.current is not task:  # else who waited for it was interrupted, as by the time limit of a test
            self.current = task
            task.turn.release()
        self._own_turn.acquire()
        self.current = None
        if task.is_done:
            self.tasks.remove(task)


def _decided(task: Task, call: Call) -> Fate | None:
    """Fate of a call; None: the task gives the turn back before it is made."""
    order = task.order
    if order is None:
        return None
    if order.until is not None:
        if not order.until(call):
            return Fate.OK
        task.order = None
        return order.fate or None
    if task.left:
        task.left -= 1
        return Fate.OK
    if order.fate > Fate.OK and order.fate is not Fate.LOST and not call.is_effect:
        return Fate.OK
    task.order = None
    return order.fate
