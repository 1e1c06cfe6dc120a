"""Files of one batch by visit date (step B3); few are open at once, however many dates there are.

HDFS reserves a whole block for each open file, and closing one takes half a second. So the lines of a date
are held until they are worth an open file; those that are still held at the end become whole small files,
written many at a time.
"""

from collections.abc import Callable, Mapping

from healthtrends.ingest.file_writers import FileWriters, StagingFile, files_at_once

_WORTH_OPENING = 64 * 1024
MOST_OPEN = 64
"""Files that grow at the same time; others wait for the end of the batch."""
_MOST_HELD = 64 * 1024 * 1024
# Blocks of a file that says its size are whole MiB, and no larger than by default.
_LEAST_BLOCK = 1024 * 1024
_LARGEST_BLOCK = 128 * 1024 * 1024
# The size of a file is estimated from the batch's first lines, which may be no fair sample.
_MARGIN = 2


def reserved_bytes(batch_bytes: int) -> int:
    """Most bytes that HDFS reserves for the open files of one process, per replica."""
    growing = min(_MARGIN * batch_bytes + MOST_OPEN * _LEAST_BLOCK, MOST_OPEN * _LARGEST_BLOCK)
    return growing + files_at_once() * _LEAST_BLOCK


class DateFiles:
    """Files by name, such as a visit date."""

    def __init__(self, writers: FileWriters, path_of: Callable[[str], str], batch_bytes: int) -> None:
        """A batch ends after some `batch_bytes`, so that is what all files together are likely to become."""
        self.bytes = 0
        self._writers = writers
        self._path_of = path_of
        self._batch_bytes = batch_bytes
        self._files: dict[str, StagingFile] = {}
        self._held = 0
        self._growing = 0

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def __len__(self) -> int:
        return len(self._files)

    @property
    def is_full(self) -> bool:
        """True when more would be held in memory than it should be."""
        return self._held >= _MOST_HELD

    def add(self, name: str, chunk: bytes, lines: int) -> StagingFile:
        """Append whole lines to a file. Raises what a writing thread met."""
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = StagingFile(self._path_of(name))
        file.lines += lines
        file.held += chunk
        self.bytes += len(chunk)
        self._held += len(chunk)
        if len(file.held) >= _WORTH_OPENING and (file.is_growing or self._growing < MOST_OPEN):
            self._grow(file)
        return file

    def finish(self) -> Callable[[], None]:
        """Write out the rest and begin to close; the facts of `files` are final then.

        The result waits until all files are closed and checks their lengths.
        """
        return self._writers.finish(list(self._files.values()))

    @property
    def files(self) -> Mapping[str, StagingFile]:
        """Files by name, in no order."""
        return self._files

    def _grow(self, file: StagingFile) -> None:
        if not file.is_growing:
            self._growing += 1
            file.is_growing = True
            file.expected = _MARGIN * self._batch_bytes * len(file.held) // self.bytes
        self._held -= len(file.held)
        self._writers.append(file, file.take_held())
