"""Thread pool for calls to a file store: they wait for a server and cost little CPU here."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
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
    """A file store with a pool of threads; one for a whole command."""

    def __init__(self, store: FileStore) -> None:
        self.store = store
        self._threads = runtime.current().pool(_CALLS, "store")

    def close(self) -> None:
        """Wait for calls under way and end the threads."""
        self._threads.shutdown()

    def map(self, function: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
        """Results in the order of `items`; the first failure is raised when its turn comes."""
        return self._threads.map(function, items)

    def stream(self, function: Callable[[T], R], items: Iterable[T], at_once: int) -> Iterator[R]:
        """As `map`, with at most `at_once` items under way: for calls that hold memory."""
        under_way: deque[Future[R]] = deque()
        for item in items:
            if len(under_way) == at_once:
                yield under_way.popleft().result()
            under_way.append(self._threads.submit(function, item))
        while under_way:
            yield under_way.popleft().result()

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
