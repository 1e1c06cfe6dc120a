"""Time, random names and threads of the process: all that makes two runs of the same code differ.

The stages and `storage` take them from here (the time through `clock`), so that a simulation can put its own
`Runtime` in place, decide what happens when, and repeat it.
"""

import datetime as dt
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Protocol


class Lane(Protocol):
    """A thread that does its jobs one after the other; no job may raise."""

    def put(self, job: Callable[[], None]) -> None:
        """Queue a job; waits while the queue is full."""
        ...

    def close(self) -> None:
        """Wait until all jobs are done, and end the thread."""
        ...


class Runtime(Protocol):
    """What a process has of its own."""

    def wall(self) -> dt.datetime:
        """Wall clock, UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...

    def sleep(self, seconds: float) -> None:
        """Do nothing for so long."""
        ...

    def nonce(self) -> str:
        """64 random bits as 16 hex digits."""
        ...

    def pool(self, threads: int, name: str) -> Executor:
        """Open a pool for calls that wait for servers and know nothing of each other."""
        ...

    def background(self, name: str) -> Executor:
        """Start one thread that works beside the caller."""
        ...

    def lane(self, jobs: int, name: str) -> Lane:
        """Start a thread with a queue of so many jobs."""
        ...

    def wait(self, future: Future[Any], seconds: float) -> bool:
        """Wait at most so long; whether the future is done."""
        ...


class System:
    """The machine's own."""

    def wall(self) -> dt.datetime:
        """The machine's clock."""
        return dt.datetime.now(dt.UTC)

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Let the thread sleep."""
        time.sleep(seconds)

    def nonce(self) -> str:
        """Random bits of the operating system."""
        return secrets.token_hex(8)

    def pool(self, threads: int, name: str) -> Executor:
        """Open a pool of threads."""
        return ThreadPoolExecutor(threads, thread_name_prefix=name)

    def background(self, name: str) -> Executor:
        """Open a pool of one thread."""
        return ThreadPoolExecutor(1, thread_name_prefix=name)

    def lane(self, jobs: int, name: str) -> Lane:
        """Start a thread."""
        return _Thread(jobs, name)

    def wait(self, future: Future[Any], seconds: float) -> bool:
        """Wait for it."""
        return bool(wait([future], seconds).done)


class _Thread:
    """A thread with a bounded queue."""

    def __init__(self, jobs: int, name: str) -> None:
        self._jobs: queue.Queue[Callable[[], None] | None] = queue.Queue(jobs)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def put(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def close(self) -> None:
        self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


class _Current:
    """Holds the runtime of the process."""

    runtime: Runtime = System()


def current() -> Runtime:
    """Return the runtime of the process."""
    return _Current.runtime


@contextmanager
def replaced(runtime: Runtime) -> Iterator[None]:
    """Put another runtime in place for the whole process, for a while."""
    before, _Current.runtime = _Current.runtime, runtime
    try:
        yield
    finally:
        _Current.runtime = before
