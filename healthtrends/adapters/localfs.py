"""A local folder as file store: the commit protocol without servers, for fast tests and experiments."""

import io
import os
import posixpath
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from healthtrends.config.permissions import make_folders
from healthtrends.storage.access_rights import MASKED, Access, AccessRights
from healthtrends.storage.ports import Entry, FileWriter

_PIECE = 4 * 1024 * 1024
_ATTEMPTS = 10
T = TypeVar("T")


Sync = Callable[[int], None]
"""`os.fsync`, or none: whether what was written stays when power fails."""


class _Synced(io.BufferedWriter):
    """A file that is on disk once it is closed."""

    def __init__(self, opened: int, sync: Sync) -> None:
        super().__init__(io.FileIO(opened, "wb"))
        self._sync = sync

    def close(self) -> None:
        if not self.closed:
            self.flush()
            self._sync(self.fileno())
        super().close()


class LocalStore:
    """A `FileStore` whose paths lie below one real folder; modes are those of `rights` less the mask."""

    def __init__(self, folder: Path, rights: AccessRights = MASKED, sync: Sync | None = None) -> None:
        """With `sync`, a file is on disk once it is closed, and a name once it was given."""
        self._folder = folder
        self._rights = rights
        self._sync = sync

    def _make_folder(self, folder: str) -> None:
        """With all that is missing above it, each of its own mode."""
        real = self._real(folder)
        if real.exists():
            return
        above = posixpath.dirname(folder)
        if above == folder:
            make_folders(real, self._rights.folder_mode(folder))
        else:
            self._make_folder(above)
            real.mkdir(self._rights.folder_mode(folder), exist_ok=True)
        self._sync_names(real.parent)

    def _in_folder(self, folder: str, act: Callable[[], T]) -> T:
        """Make a folder and act in it, as one step of HDFS does: another writer may remove it in between."""
        for _ in range(_ATTEMPTS):
            with suppress(FileNotFoundError):
                self._make_folder(folder)
                return act()
        self._make_folder(folder)
        return act()

    def access(self, path: str) -> Access | None:
        """Mode, owner and group of a file or folder; None when there is none."""
        real = self._real(path)
        try:
            found = real.stat()
        except FileNotFoundError:
            return None
        return Access(stat.S_IMODE(found.st_mode), real.owner(), real.group())

    def _real(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """Open a new file, making its parents. Raises FileExistsError."""
        del size
        real, flags = self._real(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL
        opened = self._in_folder(posixpath.dirname(path), lambda: os.open(real, flags, self._rights.file))
        return _Synced(opened, self._sync) if self._sync else os.fdopen(opened, "wb")

    def read(self, path: str) -> bytes:
        """Whole content of a small file. Raises FileNotFoundError."""
        return self._real(path).read_bytes()

    def chunks(self, path: str) -> Iterator[bytes]:
        """Content of a file of any size, piece by piece. Raises FileNotFoundError."""
        with self._real(path).open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """Move a file, making the parents of `dst`; see `FileStore`."""
        source, destination = self._real(src), self._real(dst)
        # POSIX rename overwrites; a hard link does not.
        move = source.replace if replace else partial(os.link, source)
        self._in_folder(posixpath.dirname(dst), lambda: move(destination))
        if not replace:
            source.unlink()
        self._sync_names(destination.parent)

    def _sync_names(self, folder: Path) -> None:
        """Put the names in a folder on disk."""
        if self._sync is None:
            return
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self._sync(opened)
        finally:
            os.close(opened)

    def list(self, folder: str) -> list[Entry]:
        """Names in a folder, sorted; empty when there is no such folder."""
        try:
            with os.scandir(self._real(folder)) as found:
                return sorted(
                    Entry(each.name, each.is_dir(), 0 if each.is_dir() else each.stat().st_size)
                    for each in found
                )
        except FileNotFoundError:
            return []

    def length(self, path: str) -> int | None:
        """Bytes of a file; None when there is no such file."""
        try:
            return self._real(path).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds; nothing happens when it is gone."""
        real = self._real(path)
        try:
            real.unlink()
        except FileNotFoundError:
            return
        except (IsADirectoryError, PermissionError):  # a folder, as Linux and as macOS say it
            shutil.rmtree(real, ignore_errors=True)
