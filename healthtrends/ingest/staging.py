"""B3: one file per date, written while consuming; few threads, short queues, so memory stays bounded.

A file belongs to one thread, which keeps its lines in order; a full queue stops the decoding.
"""

import hashlib
import queue
import threading
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from healthtrends.errors import WriteFailed
from healthtrends.model.rules import time_order
from healthtrends.storage.ports import FileStore, FileWriter

_WRITERS = 4
_QUEUED_CHUNKS = 8
# Closing waits for the DataNode's report, half a second each: all at once.
_CLOSERS = 64


@dataclass(slots=True)
class OpenFile:
    """A file under construction with the facts its manifest entry needs."""

    path: str
    lines: int = 0
    bytes: int = 0
    crc32: int = 0
    sha256: "hashlib._Hash" = field(default_factory=hashlib.sha256)
    first_time: str | None = None
    """Smallest `recorded_at`; None: no line has one."""
    last_time: str | None = None
    writer: FileWriter | None = None

    def note_times(self, first: str, last: str) -> None:
        """Widen the span of `recorded_at`."""
        self.first_time = min(first, self.first_time or first, key=time_order)
        self.last_time = max(last, self.last_time or last, key=time_order)


class Writers:
    """The threads that write; kept for a whole ingest, while files come and go."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        self._queues: list[queue.Queue[Callable[[], None] | None]] = [
            queue.Queue(_QUEUED_CHUNKS) for _ in range(_WRITERS)
        ]
        self._failure: Exception | None = None
        self._closers = ThreadPoolExecutor(_CLOSERS, thread_name_prefix="close")
        self._threads = [
            threading.Thread(target=self._work, args=(each,), name=f"write-{number}", daemon=True)
            for number, each in enumerate(self._queues)
        ]
        for thread in self._threads:
            thread.start()

    def append(self, file: OpenFile, chunk: bytes) -> None:
        """Queue `chunk` for the end of `file`; waits while its queue is full. Raises what a thread met."""
        self._raise_failure()
        file.bytes += len(chunk)
        self._queue_of(file).put(lambda: self._write(file, chunk))

    def finish(self, files: Sequence[OpenFile]) -> Callable[[], None]:
        """Wait until `files` are written, so that their facts are final, and begin to close them all.

        The result waits for the closing. Both raise what a thread met.
        """
        handed = [self._hand_over(file) for file in files]
        closing = [future.result() for future in handed]
        self._raise_failure()

        def wait() -> None:
            for future in closing:
                future.result()

        return wait

    def stop(self) -> None:
        """End the threads; chunks still queued are written first."""
        for each in self._queues:
            each.put(None)
        for thread in self._threads:
            thread.join()
        self._closers.shutdown()

    def _queue_of(self, file: OpenFile) -> queue.Queue[Callable[[], None] | None]:
        return self._queues[zlib.crc32(file.path.encode()) % _WRITERS]

    def _hand_over(self, file: OpenFile) -> Future[Future[None]]:
        handed: Future[Future[None]] = Future()
        # Behind all chunks of this file; with a failure nothing is closed, and `finish` raises it.
        self._queue_of(file).put(lambda: handed.set_result(self._closers.submit(self._close, file)))
        return handed

    def _close(self, file: OpenFile) -> None:
        if file.writer is None:
            return
        file.writer.close()
        length = self._store.length(file.path)
        if length != file.bytes:
            raise WriteFailed(
                f"{file.path} has {length} bytes after closing",
                f"{file.bytes} were written",
                "check the DataNodes; nothing was committed, so run again",
            )

    def _work(self, jobs: queue.Queue[Callable[[], None] | None]) -> None:
        while (job := jobs.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001  handed to the consuming thread, which raises it
                self._failure = error

    def _write(self, file: OpenFile, chunk: bytes) -> None:
        if self._failure is not None:
            return
        if file.writer is None:
            file.writer = self._store.create(file.path)
        file.writer.write(chunk)
        file.crc32 = zlib.crc32(chunk, file.crc32)
        file.sha256.update(chunk)

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
