"""The `Runtime` of a scheduler: its time, its names, and threads that wait for their turn."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from random import Random
from typing import Any, TypeVar

from healthtrends.runtime import Lane
from healthtrends.testing.scheduler import CALL_SECONDS, Scheduler

T = TypeVar("T")

_MIDNIGHT = dt.datetime(2025, 12, 23, tzinfo=dt.UTC)
_SECONDS_TO_MIDNIGHT = 5.0


class SimulatedRuntime:
    """A `Runtime` whose time, names and threads are the scheduler's."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def wall(self) -> dt.datetime:
        """Simulated clock, which passes midnight after some hundred calls."""
        return _MIDNIGHT + dt.timedelta(seconds=self._scheduler.seconds - _SECONDS_TO_MIDNIGHT)

    def monotonic(self) -> float:
        """Simulated seconds."""
        return self._scheduler.seconds

    def sleep(self, seconds: float) -> None:
        """Give the turn back."""
        self._scheduler.advance_clock(seconds)

    def nonce(self) -> str:
        """Return the next name of the seed."""
        return f"{self._scheduler.random.getrandbits(64):016x}"

    def pool(self, threads: int, name: str) -> Executor:
        """Return a pool whose calls are made by the caller, in any order."""
        del threads, name
        return _InlinePool(self._scheduler.random)

    def background(self, name: str) -> Executor:
        """Return a thread that the scheduler gives turns of its own."""
        return _Background(self._scheduler, name)

    def lane(self, jobs: int, name: str) -> Lane:
        """Return a lane whose jobs are done by the caller."""
        del jobs, name
        return _InlineLane()

    def wait(self, future: Future[Any], seconds: float) -> bool:
        """Give the turn back unless the future is done."""
        if not future.done():
            self._scheduler.advance_clock(seconds)
        return future.done()


class _InlineLane:
    def put(self, job: Callable[[], None]) -> None:
        job()

    def close(self) -> None:
        pass


class _InlinePool(Executor):
    """Does at once what it is given; a dead process ends in the middle."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401  as in Executor
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001  whoever asks for the result gets it
            future.set_exception(error)
        return future

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
    ) -> Iterator[T]:
        """Results in the order of the items, whose calls are made in any."""
        del timeout, chunksize
        items = list(zip(*iterables, strict=False))
        order = list(range(len(items)))
        if len(order) > 1:
            self._random.shuffle(order)
        done = {number: self.submit(fn, *items[number]) for number in order}
        return (done[number].result() for number in range(len(items)))


class _Background(Executor):
    """A task beside the caller's, of the same process."""

    def __init__(self, scheduler: Scheduler, name: str) -> None:
        self._scheduler = scheduler
        self._name = name
        self._last: Future[Any] | None = None

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:  # noqa: ANN401  as in Executor
        current = self._scheduler.current
        if current is None:
            raise RuntimeError("only a task of the scheduler can start another")
        future: Future[T] = Future()
        before, self._last = self._last, future

        def work() -> None:
            self._await(before)
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001  whoever asks for the result gets it
                future.set_exception(error)

        self._scheduler.start(current.process, work, self._name)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        del cancel_futures
        if wait:
            self._await(self._last)

    def _await(self, future: Future[Any] | None) -> None:
        while future is not None and not future.done():
            self._scheduler.advance_clock(CALL_SECONDS)
