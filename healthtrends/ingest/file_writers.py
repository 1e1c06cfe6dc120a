"""Threads that write the files of a batch while it is decoded (step B3); short queues bound the memory.

A growing file belongs to one thread, which keeps its lines in order; a full queue stops the decoding.
"""

import resource
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from healthtrends import runtime
from healthtrends.errors import HealthTrendsError, WriteFailed
from healthtrends.storage.file_writer import FileFacts
from healthtrends.storage.ports import FileStore, FileWriter

_WRITERS = 4
_QUEUED_CHUNKS = 8
# Closing waits for the DataNode's report, half a second each: as many at once as a NameNode answers.
_FILES_AT_ONCE = 256
_OTHER_FILES = 128
"""Open files, sockets too, of everything else, growing files among them."""
FILES_WANTED = _FILES_AT_ONCE + _OTHER_FILES
"""Open files that an ingest of many dates makes use of; with fewer it is slower."""
_LEAST_AT_ONCE = 8


def files_at_once() -> int:
    """Small files that are written at the same time: each is a socket, and `ulimit -n` bounds those."""
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY:
        return _FILES_AT_ONCE
    return max(_LEAST_AT_ONCE, min(_FILES_AT_ONCE, allowed - _OTHER_FILES))


@dataclass(slots=True, eq=False)
class StagingFile(FileFacts):
    """A file of a batch: its facts, the lines that are held in memory, and its writer once it is open."""

    held: bytearray = field(default_factory=bytearray)
    """Whole lines that are not handed to a writer yet."""
    is_growing: bool = False
    """Open on the file store, or about to be; False: all of it is held."""
    expected: int | None = None
    """Bytes that it is likely to become; None: as many as are held."""
    writer: FileWriter | None = None

    def take_held(self) -> bytearray:
        """Return what is held, and hold nothing any more."""
        chunk, self.held = self.held, bytearray()
        return chunk


class FileWriters:
    """The writing threads of a whole ingest; files come and go."""

    def __init__(self, store: FileStore) -> None:
        self._store = store
        here = runtime.current()
        self._lanes = [here.lane(_QUEUED_CHUNKS, f"write-{number}") for number in range(_WRITERS)]
        self._failure: Exception | None = None
        self._open: set[StagingFile] = set()
        """Files that are created and not closed."""
        self._closers = here.pool(files_at_once(), "close")

    def append(self, file: StagingFile, chunk: bytearray) -> None:
        """Queue `chunk` for the end of `file`; waits while its queue is full. Raises what a thread met."""
        self._raise_failure()
        file.size += len(chunk)
        self._queue(file, lambda: self._write(file, chunk))

    def finish(self, files: Sequence[StagingFile]) -> Callable[[], None]:
        """Wait until `files` are written, so that their facts are final, and begin to close them all.

        A file that is held as a whole is written and closed in one go, beside the closing of the others. The
        result waits for the closing. Both raise what a thread met.
        """
        growing = [file for file in files if file.is_growing]
        for file in growing:
            self.append(file, file.take_held())
        handed = [self._hand_over(file) for file in growing]
        closing = [self._whole(file) for file in files if not file.is_growing]
        closing += [future.result() for future in handed]
        self._raise_failure()

        def wait() -> None:
            for future in closing:
                future.result()

        return wait

    def stop(self) -> None:
        """End the threads; files that were begun and not closed, those of a failed batch, are deleted."""
        if self._open and self._failure is None:
            self._failure = WriteFailed("the batch was given up")
        for lane in self._lanes:
            lane.close()
        self._closers.shutdown()
        left = list(self._open)
        if left:
            with runtime.current().pool(len(left), "discard") as pool:
                list(pool.map(self._discard, left))

    def _queue(self, file: StagingFile, job: Callable[[], None]) -> None:
        lane = self._lanes[zlib.crc32(file.path.encode()) % _WRITERS]
        lane.put(lambda: self._do(job))

    def _hand_over(self, file: StagingFile) -> Future[Future[None]]:
        handed: Future[Future[None]] = Future()
        # Behind all chunks of this file; with a failure nothing is closed, and `finish` raises it.
        self._queue(file, lambda: handed.set_result(self._closers.submit(self._close, file)))
        return handed

    def _whole(self, file: StagingFile) -> Future[None]:
        chunk = file.take_held()
        file.size, file.expected = len(chunk), len(chunk)
        file.hash(chunk)
        return self._closers.submit(self._write_whole, file, chunk)

    def _write_whole(self, file: StagingFile, chunk: bytearray) -> None:
        self._raise_failure()  # of another file: there are thousands, and none of them will be committed
        try:
            self._create(file).write(chunk)
            self._close(file)
        except Exception as error:
            self._failure = error
            raise

    def _close(self, file: StagingFile) -> None:
        if file.writer is None:
            return
        file.writer.close()
        self._open.discard(file)
        length = self._store.length(file.path)
        if length != file.size:
            raise WriteFailed(
                f"{file.path} has {length} bytes after closing",
                f"{file.size} were written",
                "check the DataNodes; nothing was committed, so run again",
            )

    def _discard(self, file: StagingFile) -> None:
        """Free what the file store reserves for a file; best effort, errors are ignored."""
        if file.writer is not None:
            with suppress(OSError, HealthTrendsError):
                file.writer.close()
        with suppress(OSError, HealthTrendsError):
            self._store.delete(file.path)

    def _do(self, job: Callable[[], None]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001  handed to the consuming thread, which raises it
            self._failure = error

    def _write(self, file: StagingFile, chunk: bytearray) -> None:
        if self._failure is not None:
            return
        writer = file.writer or self._create(file)
        writer.write(chunk)
        file.hash(chunk)

    def _create(self, file: StagingFile) -> FileWriter:
        file.writer = self._store.create(file.path, file.expected)
        self._open.add(file)
        return file.writer

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._failure
