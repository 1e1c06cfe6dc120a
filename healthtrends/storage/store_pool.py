"""Thread pool for calls to a file store: they wait for a server and cost little CPU here."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import suppress
from typing import TypeVar

from healthtrends import runtime
from healthtrends.errors import HealthTrendsError
from healthtrends.storage.ports import FileStore

# A close waits half a second for the DataNode's report, so what can be closed at once should be: with 48 an
# issue of 71 small files takes 1.2 s, with 96 0.8 s.
_CALLS = 96

T = TypeVar("T")
R = TypeVar("R")


class StorePool:
    """A file store with pools of threads; one for a whole command.

    A call may make calls in its turn. These go to a pool of their own, so no call waits for one that is
    queued behind it, however many there are.
    """

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self._pools: list[Executor] = []
        """By depth: the first for calls, the second for calls that these make, and so on."""
        self._lock = threading.Lock()
        self._thread = threading.local()

    def close(self) -> None:
        """Wait for calls under way and end the threads."""
        for pool in self._pools:
            pool.shutdown()

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in the order of `items`; the first failure is raised when its turn comes."""
        return self._pool().map(self._deeper(function), items)

    def stream(self, function: Callable[[T], R], items: Iterable[T], at_once: int) -> Iterator[R]:
        """As `map`, with at most `at_once` items under way: for calls that hold memory."""
        under_way: deque[Future[R]] = deque()
        for item in items:
            if len(under_way) == at_once:
                yield under_way.popleft().result()
            under_way.append(self._pool().submit(self._deeper(function), item))
        while under_way:
            yield under_way.popleft().result()

    def _pool(self) -> Executor:
        """Pool for calls that this thread makes."""
        depth = self._depth()
        with self._lock:
            while len(self._pools) <= depth:
                self._pools.append(runtime.current().pool(_CALLS, "store"))
            return self._pools[depth]

    def _depth(self) -> int:
        depth: int = getattr(self._thread, "depth", 0)
        return depth

    def _deeper(self, function: Callable[[T], R]) -> Callable[[T], R]:
        """The same function, for a call that this thread makes."""
        depth = self._depth() + 1

        def call(item: T) -> R:
            before, self._thread.depth = self._depth(), depth
            try:
                return function(item)
            finally:
                self._thread.depth = before

        return call

    def write(self, path: str, data: bytes) -> None:
        """Create one small file, making its parents, or leave none. Raises FileExistsError."""
        writer = self.store.create(path, len(data))
        try:
            if data:
                writer.write(data)
            writer.close()
        except BaseException:
            with suppress(OSError, HealthTrendsError):  # what went wrong before counts
                writer.close()
            with suppress(OSError, HealthTrendsError):
                self.store.delete(path)
            raise

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Create small files, in no order."""
        list(self.map(lambda item: self.write(*item), files.items()))

    def delete_all(self, paths: Iterable[str]) -> None:
        """Remove files or folders, in no order."""
        list(self.map(self.store.delete, paths))
