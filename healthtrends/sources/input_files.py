"""Records from files, pipes and standard input; the type is found by the suffix of the name.

The types are the modules of `file_types/`, each also with `.gz` or `.zst`. `-`, and a pipe or device whose
name has no suffix, are read as JSON lines.

What can be read twice is read once before the first record, so that damage is found before anything is sent.
A pipe is opened once, when its turn comes: a second opening would find nothing, or end its writer.
"""

import dataclasses
import errno
import hashlib
import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from healthtrends.errors import UsageError
from healthtrends.observe import progress
from healthtrends.sources import file_types
from healthtrends.sources.file_types import FileType
from healthtrends.sources.input_damage import UNREADABLE, damage, unreadable
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.unpacking import GZIP, MAGIC, TITLES, ZSTANDARD, Readable, split_name, unpacked

STDIN = "-"
FOREIGN = {
    MAGIC[GZIP]: "gzip data",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "bzip2 data",
    b"\xfd7zXZ": "xz data",
    MAGIC[ZSTANDARD]: "Zstandard data",
    b"PAR1": "a Parquet file",
    b"Obj\x01": "an Avro file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}
_CHECKED_AT_ONCE = 1_000  # rows between two steps of the bar


def read_files(names: Sequence[str]) -> Iterator[SourceRecord]:
    """Yield the records of all inputs, one after the other.

    All names are looked at before the first record, and what can be read twice is read through. Raises
    UsageError at once for a name that cannot be read or has no known suffix, and for damage; for damage in a
    pipe when it is met.
    """
    inputs = [_Input.named(name) for name in names]
    seekable = [each for each in inputs if each.seekable]
    if seekable:
        with progress("checking the input", None, "rows") as bar:
            for each in seekable:
                for count in each.check():
                    bar.advance(count)
    return (record for each in inputs for record in each.records())


def can_be_read_twice(names: Sequence[str]) -> bool:
    """Whether all inputs are files, so that nobody waits for their first record."""
    return all(_is_seekable(name) for name in names)


def content_digest(name: str) -> str | None:
    """SHA-256 of a file's bytes as hex; None for what is no file, such as a pipe."""
    if name == STDIN or not _is_seekable(name):
        return None
    with Path(name).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class _Input:
    """One name of the command line. `seekable`: it can be read twice and gives the same."""

    name: str
    title: str  # for messages
    type: FileType
    packing: str  # suffix of it, or empty
    seekable: bool

    @classmethod
    def named(cls, name: str) -> "_Input":
        if name == STDIN:
            title = "standard input"
            return cls(name, title, file_types.standard_input(), "", seekable=_is_seekable(name))
        suffix, packing = split_name(name)
        seekable = _is_seekable(name)
        found = file_types.find_type(suffix) if suffix or seekable else file_types.standard_input()
        if found is None:
            known = ", ".join(file_types.suffixes())
            raise UsageError(
                f"cannot tell what {name} holds",
                f"a file is told by its ending: {known}, each also with {GZIP} or {ZSTANDARD}",
                "rename it, or pipe JSON lines into `produce -`",
            )
        return cls(name, name, found, packing, seekable)

    def check(self) -> Iterator[int]:
        """Read all of it and yield how many rows have come since; raises UsageError for damage."""
        begin = sys.stdin.buffer.tell() if self.name == STDIN else 0
        try:
            with self._opened() as file:
                yield from _counted(self.type.rows(file, self.title))
        except UsageError as fault:
            raise UsageError(fault.what, fault.why, f"{fault.next_step}; nothing was sent") from fault
        if self.name == STDIN:
            sys.stdin.buffer.seek(begin)

    def records(self) -> Iterator[SourceRecord]:
        """Yield what is to be sent; raises UsageError for damage when it is met."""
        with self._opened() as file:
            yield from self.type.records(file, self.title)

    @contextmanager
    def _opened(self) -> Iterator[Readable]:
        if self.name == STDIN:
            yield _recognised(cast("io.BufferedReader", sys.stdin.buffer), self.title)
            return
        try:
            file = Path(self.name).open("rb")  # noqa: SIM115  closed below; here only its opening fails
        except OSError as fault:
            raise _unopened(self.name, fault) from fault
        with file:
            if not self.packing:
                yield _recognised(file, self.title)
            elif _begin(file, self.title).startswith(MAGIC[self.packing]):
                with unpacked(file, self.packing) as content:
                    yield _recognised(content, self.title)
            else:
                what, why = f"not {TITLES[self.packing]} data", f"its name ends in {self.packing}"
                raise damage(self.title, 1, what, why, "rename or restore it")


def _is_seekable(name: str) -> bool:
    """Whether an input can be read twice and gives the same; raises UsageError when it cannot be read."""
    if name == STDIN:
        if sys.stdin is None:
            raise UsageError("standard input is closed", "nothing can be read from it", "name a file")
        return sys.stdin.buffer.seekable()
    path = Path(name)
    # Opening a name such as /dev/stdin anew may go on where somebody else stands; /dev/shm holds plain files.
    is_device = path.parts[:2] == ("/", "dev") and path.parts[2:3] != ("shm",)
    return stat.S_ISREG(_mode(path)) and not is_device


def _mode(path: Path) -> int:
    """What the name stands for, without opening it; raises UsageError when it cannot be read."""
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except (OSError, ValueError) as fault:  # ValueError: a zero byte in the name
        raise _unopened(str(path), fault) from fault
    return mode


def _unopened(name: str, fault: OSError | ValueError) -> UsageError:
    why = (fault.strerror if isinstance(fault, OSError) else "") or type(fault).__name__
    return UsageError(f"cannot read {name}", why, "check the path and its permissions")


def _begin(file: Readable, title: str) -> bytes:
    try:
        return file.peek(1)
    except UNREADABLE as fault:
        raise unreadable(title, 1, fault) from fault


def _recognised(file: Readable, title: str) -> Readable:
    """The same file; raises UsageError when it begins as no UTF-8 text does."""
    begin = _begin(file, title)
    found = next((what for magic, what in FOREIGN.items() if begin.startswith(magic)), None)
    if found is None and b"\0" in begin[:4]:
        found = "zero bytes: UTF-16 text, or a file that was never written"
    if found is not None:
        why = "records are read as UTF-8 text"
        raise damage(title, 1, f"it begins as {found}", why, "unpack or convert it first")
    return file


def _counted(rows: Iterable[object]) -> Iterator[int]:
    since = 0
    for since, _ in enumerate(rows, 1):
        if since % _CHECKED_AT_ONCE == 0:
            yield _CHECKED_AT_ONCE
    yield since % _CHECKED_AT_ONCE
