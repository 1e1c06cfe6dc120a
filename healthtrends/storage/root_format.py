"""Version of the root's format, in one small file: an older program refuses a newer root.

    1   no such file: written by a program before it; the same layout
    2   the file; nothing else differs
    3   names of merged files that follow each other are stored as ranges, see `storage.file_names`

It is read once by each process, before its first other call, and written before anything else in a new root.
The root of an earlier version is read and continued as it is; `healthtrends upgrade` brings it up to date.
"""

import threading
from collections.abc import Iterable, Iterator

import msgspec

from healthtrends import __version__
from healthtrends.errors import DamageFound, RootRefused
from healthtrends.storage.file_names import fold
from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import Entry, FileStore, FileWriter

FORMAT = 3
_UNMARKED = 1
"""Format of a root with a log and without the file."""
_FOLDING = 3
"""First format in which names are ranges."""


class _Mark(msgspec.Struct, frozen=True):
    format: int
    program: str = ""
    """Version that wrote the file."""


_DECODER = msgspec.json.Decoder(_Mark)


def root_format(store: FileStore, layout: Layout) -> int | None:
    """Return the format of a root that this program can read; None: there is no root yet.

    Raises RootRefused for a newer one, and for one that is being restored; DamageFound, HdfsUnavailable.
    """
    names = {entry.name for entry in store.list(layout.state)}
    if _name(layout.restoring) in names:
        raise RootRefused(
            f"the root {layout.root} is not whole",
            "a restore into it was not finished",
            "repeat the `healthtrends restore`, which goes on",
        )
    if _name(layout.format) not in names:
        return _UNMARKED if "log" in names else None
    try:
        mark = _DECODER.decode(store.read(layout.format))
    except msgspec.DecodeError as error:
        raise DamageFound(
            f"{layout.format} cannot be read", str(error), "restore it from a backup of the root"
        ) from error
    if mark.format > FORMAT:
        raise RootRefused(
            f"the root {layout.root} has format {mark.format}",
            f"healthtrends {mark.program} wrote it; this one, {__version__}, knows formats up to {FORMAT}",
            "install that version or a newer one; nothing was read or changed",
        )
    return mark.format


def write_format(store: FileStore, layout: Layout, *, replace: bool = False) -> None:
    """Put this program's format on record; another process may do the same. `replace`: of an earlier one."""
    content = msgspec.json.encode(_Mark(FORMAT, __version__)) + b"\n"
    put_whole(store, layout.aside_of(layout.format), layout.format, content, replace=replace)


def put_whole(store: FileStore, aside: str, path: str, content: bytes, *, replace: bool = False) -> None:
    """Write a small file whole or not at all: whoever is killed leaves none cut short.

    One that is there stays, unless it is to be replaced.
    """
    writer = store.create(aside, len(content))
    writer.write(content)
    writer.close()
    try:
        store.rename(aside, path, replace=replace)
    except FileExistsError:
        store.delete(aside)


class GuardedStore:
    """A file store of one root, which looks at its format before the first other call.

    A failed look is repeated by the next call, so that a server that does not answer is met where the
    program expects it, and is asked again for as long as the step may take.
    """

    def __init__(self, store: FileStore, layout: Layout) -> None:
        self._store = store
        self._layout = layout
        self._lock = threading.Lock()
        self._is_checked = False
        self._is_new = False
        self._found: int | None = None

    @property
    def format(self) -> int:
        """Format of the root, as of the first look at it; a new one gets this program's."""
        self._reading()
        return self._found or FORMAT

    def _reading(self) -> FileStore:
        if not self._is_checked:
            with self._lock:
                if not self._is_checked:
                    self._found = root_format(self._store, self._layout)
                    self._is_new = self._found is None
                    self._is_checked = True
        return self._store

    def _writing(self) -> FileStore:
        store = self._reading()
        if self._is_new:
            with self._lock:
                if self._is_new:
                    write_format(store, self._layout)
                    self._is_new = False
        return store

    def create(self, path: str, size: int | None = None) -> FileWriter:
        """As the store."""
        return self._writing().create(path, size)

    def read(self, path: str) -> bytes:
        """As the store."""
        return self._reading().read(path)

    def chunks(self, path: str) -> Iterator[bytes]:
        """As the store."""
        return self._reading().chunks(path)

    def rename(self, src: str, dst: str, *, replace: bool = False) -> None:
        """As the store."""
        self._writing().rename(src, dst, replace=replace)

    def list(self, folder: str) -> list[Entry]:
        """As the store."""
        return self._reading().list(folder)

    def length(self, path: str) -> int | None:
        """As the store."""
        return self._reading().length(path)

    def delete(self, path: str) -> None:
        """As the store."""
        self._reading().delete(path)


def folds_names(store: FileStore) -> bool:
    """Whether a root may have names as ranges, as older programs refuse it; a bare store is a new root."""
    return not isinstance(store, GuardedStore) or store.format >= _FOLDING


def stored_names(store: FileStore, names: Iterable[str]) -> tuple[str, ...]:
    """Return names as they are stored in this root."""
    return fold(names) if folds_names(store) else tuple(names)


def _name(path: str) -> str:
    return path.rpartition("/")[2]
