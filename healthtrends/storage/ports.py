"""Protocols of the file system: what storage needs; HDFS and a local folder implement them."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """One name in a folder."""

    name: str
    """Last part of the path."""
    is_folder: bool
    length: int
    """Bytes; 0 for a folder."""


class FileWriter(Protocol):
    """An open new file; nothing is promised before `close` has returned."""

    def write(self, data: bytes | bytearray, /) -> int:
        """Append all of `data`."""
        ...

    def close(self) -> None:
        """Make what was written durable and visible."""
        ...


class FileStore(Protocol):
    """A file system with absolute paths and slashes. All calls may raise HdfsUnavailable.

    After that error the call may have worked or not: the caller looks at the paths again.
    """

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """Open a new file, making its parents. Raises FileExistsError.

        `size`: bytes it is likely to become, so that no more is reserved for it; None: not known.
        """
        ...

    def read(self, path: str) -> bytes:
        """Whole content of a small file. Raises FileNotFoundError."""
        ...

    def chunks(self, path: str) -> Iterator[bytes]:
        """Content of a file of any size, piece by piece. Raises FileNotFoundError."""
        ...

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """Move a file, making the parents of `dst`; atomic.

        Raises FileExistsError when `dst` is there and `replace` is not asked for, FileNotFoundError
        when `src` is gone.
        """
        ...

    def list(self, folder: str) -> list[Entry]:
        """Names in a folder, sorted; empty when there is no such folder."""
        ...

    def length(self, path: str) -> int | None:
        """Bytes of a file; None when there is no such file."""
        ...

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds; nothing happens when it is gone."""
        ...
