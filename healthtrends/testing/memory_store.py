"""A file system in memory that behaves as HDFS does where it matters, and whose calls may go wrong.

Renames do not overwrite and are atomic. A file is visible, with no bytes, from its creation on, and gets its
content when it is closed. A folder of many names is listed in pieces, and may change in between. A call may
be applied without an answer, or much later: see `Fate`.
"""

import posixpath
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TypeVar, Union

from healthtrends.errors import HdfsUnavailable
from healthtrends.storage.ports import Entry, FileWriter
from healthtrends.testing.scheduler import Call, Fate

T = TypeVar("T")

_Point = Callable[[Call], Fate]


class _File:
    """One file, which keeps what it is while it is renamed."""

    __slots__ = ("content",)

    def __init__(self) -> None:
        self.content = b""


_Folder = dict[str, Union[_File, "_Folder"]]


class MemoryNameNode:
    """What is stored, for all stores of a test."""

    def __init__(self, renamed: Callable[[str, bytes], None] | None = None) -> None:
        """Tell `renamed` the new path and the content of each file that is renamed."""
        self.late: list[tuple[Call, Callable[[], object]]] = []
        """Calls that were sent and are not applied yet."""
        self._root: _Folder = {}
        self._renamed = renamed

    def strike(self, index: int) -> Call:
        """Apply one of the late calls; nobody waits for its answer any more."""
        call, effect = self.late.pop(index)
        with suppress(OSError):
            effect()
        return call

    def content(self, path: str) -> bytes | None:
        """Content of a file; None: there is none."""
        found = self._find(path)
        return found.content if isinstance(found, _File) else None

    def names(self, path: str) -> list[Entry]:
        """What a folder holds, sorted; empty when there is none."""
        found = self._find(path)
        if not isinstance(found, dict):
            return []
        return [
            Entry(name, isinstance(node, dict), len(node.content) if isinstance(node, _File) else 0)
            for name, node in sorted(found.items())
        ]

    def files(self, folder: str) -> Iterator[str]:
        """Paths of all files below a folder."""
        for entry in self.names(folder):
            path = f"{folder}/{entry.name}"
            if entry.is_folder:
                yield from self.files(path)
            else:
                yield path

    def create(self, path: str) -> _File:
        """Make an empty file, and its parents. Raises FileExistsError."""
        folder, name = posixpath.split(path)
        parent = self.make_folders(folder)
        if name in parent:
            raise FileExistsError(path)
        parent[name] = file = _File()
        return file

    def make_folders(self, path: str) -> _Folder:
        """Make a folder and its parents, unless they are there."""
        folder = self._root
        for name in path.split("/")[1:]:
            below = folder.setdefault(name, {})
            if isinstance(below, _File):
                raise NotADirectoryError(path)
            folder = below
        return folder

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """Move a file or folder. Raises FileExistsError, FileNotFoundError, also for the parent of `dst`."""
        folder, name = posixpath.split(src)
        old, new = self._find(folder), self._find(posixpath.dirname(dst))
        if not isinstance(old, dict) or name not in old or not isinstance(new, dict):
            raise FileNotFoundError(src)
        target = posixpath.basename(dst)
        if target in new and not replace:
            raise FileExistsError(dst)
        new[target] = node = old.pop(name)
        if isinstance(node, _File) and self._renamed is not None:
            self._renamed(dst, node.content)

    def delete(self, path: str) -> None:
        """Remove a file or folder. Raises FileNotFoundError."""
        folder, name = posixpath.split(path)
        parent = self._find(folder)
        if not isinstance(parent, dict) or name not in parent:
            raise FileNotFoundError(path)
        del parent[name]

    def _find(self, path: str) -> _File | _Folder | None:
        node: _File | _Folder | None = self._root
        for name in path.split("/")[1:]:
            if not isinstance(node, dict):
                return None
            node = node.get(name)
        return node


class MemoryStore:
    """A `FileStore`: one process's client of a `MemoryNameNode`."""

    def __init__(
        self, namenode: MemoryNameNode | None = None, point: _Point | None = None, page: int = 1000
    ) -> None:
        """Ask `point` before each call what becomes of it; list `page` names at a time."""
        self.namenode = namenode or MemoryNameNode()
        self._point = point or _served
        self._page = page

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """Open a new file, making its parents. Raises FileExistsError."""
        del size
        # Repeated, a creation would find its own file; a NameNode remembers that it answered.
        file = self._act(Call("create", path, is_effect=True), lambda: self.namenode.create(path), once=True)
        return _Writer(self, path, file)

    def read(self, path: str) -> bytes:
        """Whole content of a file. Raises FileNotFoundError."""
        self.look("read", path)
        content = self.namenode.content(path)
        if content is None:
            raise FileNotFoundError(path)
        return content

    def chunks(self, path: str) -> Iterator[bytes]:
        """Content of a file in one piece. Raises FileNotFoundError."""
        if content := self.read(path):
            yield content

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """Move a file, making the parents of `dst`; see `FileStore`."""
        call = Call("rename", dst, is_effect=True)
        try:
            self._act(call, lambda: self.namenode.rename(src, dst, replace=replace))
        except FileNotFoundError:
            # As in HDFS: the source, or the parent of the destination.
            folder = posixpath.dirname(dst)
            self._act(Call("mkdirs", folder, is_effect=True), lambda: self.namenode.make_folders(folder))
            self._act(call, lambda: self.namenode.rename(src, dst, replace=replace))

    def list(self, folder: str) -> list[Entry]:
        """Names in a folder, sorted; empty when there is no such folder."""
        found: list[Entry] = []
        while True:
            self.look("list", folder)
            after = found[-1].name if found else ""
            more = [entry for entry in self.namenode.names(folder) if entry.name > after]
            found += more[: self._page]
            if len(more) <= self._page:
                return found

    def length(self, path: str) -> int | None:
        """Bytes of a file; None when there is no such file."""
        self.look("length", path)
        content = self.namenode.content(path)
        return None if content is None else len(content)

    def delete(self, path: str) -> None:
        """Remove a file or a folder with all it holds; nothing happens when it is gone."""
        try:
            self._act(Call("delete", path, is_effect=True), lambda: self.namenode.delete(path))
        except FileNotFoundError:
            return

    def look(self, name: str, path: str) -> None:
        """Stand before a call that changes nothing. Raises HdfsUnavailable."""
        if self._point(Call(name, path, is_effect=False)) is not Fate.OK:
            raise HdfsUnavailable(f"{name} {path}", "simulated")

    def close(self, path: str, file: _File, content: bytes) -> None:
        """Give an open file its content."""

        def complete() -> None:
            file.content = content

        self._act(Call("close", path, is_effect=True), complete)
        if self.namenode.content(path) is None:
            raise HdfsUnavailable(f"{path} was removed while it was written", "simulated")

    def _act(self, call: Call, effect: Callable[[], T], *, once: bool = False) -> T:
        fate = self._point(call)
        if fate is Fate.OK:
            return effect()
        if fate is Fate.LATE:
            self.namenode.late.append((call, effect))
        elif fate is not Fate.LOST:
            with suppress(OSError):
                effect()
        if fate is Fate.REPEATED and not once:
            return effect()
        raise HdfsUnavailable(f"{call.name} {call.path}", "simulated")


def _served(call: Call) -> Fate:
    del call
    return Fate.OK


class _Writer:
    """An open file: what is written can be seen once it is closed."""

    def __init__(self, store: MemoryStore, path: str, file: _File) -> None:
        self._store = store
        self._path = path
        self._file = file
        self._content = bytearray()

    def write(self, data: bytes | bytearray, /) -> int:
        self._content += data
        return len(data)

    def close(self) -> None:
        self._store.close(self._path, self._file, bytes(self._content))
