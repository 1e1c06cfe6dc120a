"""The content of every live file, read once, a few at a time and piece by piece."""

import hashlib
import threading
import zlib
from collections.abc import Iterator

from healthtrends.errors import HealthTrendsError
from healthtrends.observe import Bar, counted
from healthtrends.storage.log import CommitLog
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.verify.findings import Days, Finding, failed, is_selected, passed, restage_command

# Each holds a piece of some MiB.
_AT_ONCE = 8


def live_files(state: State, days: Days | None) -> Iterator[StagedFile]:
    """Record files of the dates asked for; reject and fact files when all are."""
    for date, files in state.files.items():
        if is_selected(date, days):
            yield from files.values()
    if days is None:
        for index in (state.reject_files, state.fact_files):
            for found in index.values():
                yield from found.values()


def check_files(log: CommitLog, state: State, days: Days | None, bar: Bar | None) -> Iterator[Finding]:
    """Each live file exists with the length, line count, CRC-32 and SHA-256 of its manifest.

    Raises HdfsUnavailable when not one file could be read.
    """
    yield from check_content(log, state, list(live_files(state, days)), bar)


def check_content(
    log: CommitLog, state: State, files: list[StagedFile], bar: Bar | None
) -> Iterator[Finding]:
    """The same of certain live files."""
    if bar is not None:
        bar.set_total(sum(file.bytes for file in files))
    look = _Look(log, bar)
    problems = zip(files, log.pool.stream(look.problem, files, _AT_ONCE), strict=True)
    bad = [(file, problem) for file, problem in problems if problem is not None]
    if look.failure is not None and look.unreadable == len(files):
        raise look.failure
    # A job may have taken files out meanwhile: whoever reads from now on does not meet them.
    newest = log.read_state(since=state) if bad else state
    bad = [(file, problem) for file, problem in bad if newest.is_live(file.dst)]
    for file, problem in bad:
        yield failed("files", problem, restage_command(file.dst), file.dst, file.date)
    if not bad:
        size = sum(file.bytes for file in files) / 1e6
        unhashed = sum(file.sha256 is None for file in files)
        older = f" ({unhashed:,} of an earlier version have no SHA-256)" if unhashed else ""
        yield passed(
            "files",
            f"{counted(len(files), 'file')}, {size:,.1f} MB, with the length, lines, CRC-32 and SHA-256"
            f" committed{older}",
        )


def find_problem(log: CommitLog, file: StagedFile) -> str | None:
    """Return what is wrong with a file; None: it is what was committed."""
    return _Look(log, None).problem(file)


class _Look:
    """One pass over files, from several threads."""

    def __init__(self, log: CommitLog, bar: Bar | None) -> None:
        self.unreadable = 0
        self.failure: HealthTrendsError | None = None
        """Of the last file that is there and could not be read."""
        self._log = log
        self._bar = bar
        self._lock = threading.Lock()

    def problem(self, file: StagedFile) -> str | None:
        try:
            found = self._measure(file.dst)
        except FileNotFoundError:
            return "it is missing"
        except HealthTrendsError as failure:
            # The NameNode answers, or this raises: it is the blocks that cannot be had.
            if self._log.store.length(file.dst) is None:
                return "it is missing"
            with self._lock:
                self.unreadable += 1
                self.failure = failure
            return f"it cannot be read, {failure}"
        *measures, sha256 = found
        wanted = [file.bytes, file.lines, file.crc32]
        if measures != wanted:
            detail = "it has {} bytes, {} lines, CRC-32 {}, committed were {}, {}, {}"
            return detail.format(*measures, *wanted)
        if file.sha256 not in (None, sha256):
            return f"its SHA-256 is {sha256}, committed was {file.sha256}"
        return None

    def _measure(self, path: str) -> tuple[int, int, int, str]:
        crc32 = lines = length = 0
        content = hashlib.sha256()
        for piece in self._log.store.chunks(path):
            crc32 = zlib.crc32(piece, crc32)
            content.update(piece)
            lines += piece.count(b"\n")
            length += len(piece)
            if self._bar is not None:
                with self._lock:
                    self._bar.advance(len(piece))
        return length, lines, crc32, content.hexdigest()
