"""A local folder as file store: the commit protocol without servers, for fast tests and experiments."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from healthtrends.config.permissions import make_folders
from healthtrends.storage.ports import Entry, FileWriter

_PIECE = 4 * 1024 * 1024


class LocalStore:
    """A `FileStore` whose paths lie below one real folder; `private`: for the owner's eyes only."""

    def __init__(self, folder: Path, *, private: bool = False) -> None:
        self._folder = folder
        # Of a file and of a folder, less the mask of the process.
        self._mode, self._folder_mode = (0o600, 0o700) if private else (0o666, 0o777)

    def _real(self, path: str) -> Path:
        return self._folder / path.lstrip("/")

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """Open a new file, making its parents. Raises FileExistsError."""
        del size
        real = self._real(path)
        make_folders(real.parent, self._folder_mode)
        return os.fdopen(os.open(real, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._mode), "wb")

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
        make_folders(destination.parent, self._folder_mode)
        if replace:
            source.replace(destination)
            return
        # POSIX rename overwrites; a hard link does not.
        os.link(source, destination)
        source.unlink()

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
