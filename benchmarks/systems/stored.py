"""What a system left on HDFS: its data files, their number of lines, their lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from healthtrends.storage.ports import FileStore

HIDDEN = (".", "_")  # as for every Hive-style reader: unfinished files, Spark's list of files


@dataclass(frozen=True, slots=True)
class Stored:
    """A finished run's data."""

    files: int
    lines: int
    """Line ends in all of them."""


def count(store: FileStore, folder: str) -> Stored:
    """Read all data files below a folder, piece by piece."""
    paths = list(data_files(store, folder))
    return Stored(len(paths), sum(piece.count(b"\n") for path in paths for piece in store.chunks(path)))


def lines(store: FileStore, folder: str) -> list[bytes]:
    """All lines of a small folder."""
    return [line for path in data_files(store, folder) for line in store.read(path).splitlines()]


def data_files(store: FileStore, folder: str) -> Iterator[str]:
    """Paths of the visible files below a folder."""
    for entry in store.list(folder):
        path = f"{folder}/{entry.name}"
        if entry.name.startswith(HIDDEN):
            continue
        if entry.is_folder:
            yield from data_files(store, path)
        else:
            yield path
