"""Copies of files between two stores: each is written aside, read back, and renamed when it is right.

Memory: a few pieces of some MiB at once, and the names of all files.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import TypeVar

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.storage.ports import FileStore
from healthtrends.storage.store_pool import StorePool

_SMALL = 1024 * 1024
_SMALL_AT_ONCE = 64
_LARGE_AT_ONCE = 8

T = TypeVar("T")
R = TypeVar("R")


def copy_each(
    pool: StorePool, copy: Callable[[T], R], files: Iterable[T], size: Callable[[T], int]
) -> Iterator[R]:
    """Copy files, in no order: many small ones at once, as each waits for a DataNode, and few large ones.

    A small one is in memory, of a large one a piece of some MiB.
    """
    small: list[T] = []
    large: list[T] = []
    for file in files:
        (small if size(file) <= _SMALL else large).append(file)
    yield from pool.stream(copy, small, _SMALL_AT_ONCE)
    yield from pool.stream(copy, large, _LARGE_AT_ONCE)


def copy_aside(source: FileStore, path: str, target: FileStore, aside: str, length: int) -> tuple[str, int]:
    """Copy a file to a temporary path, and read it back; return SHA-256 and bytes.

    Raises FileNotFoundError when the source is gone, HdfsUnavailable when the copy is not what was written.
    """
    pieces = source.chunks(path)
    first = next(pieces, b"")
    writer = target.create(aside, length)
    seen, written = hashlib.sha256(), 0
    for piece in _with(first, pieces):
        writer.write(piece)
        seen.update(piece)
        written += len(piece)
    writer.close()
    found = _sha256(target, aside)
    if found != seen.hexdigest():
        target.delete(aside)
        raise HdfsUnavailable(f"the copy of {path} came back with another content", "", "run again")
    return found, written


def put_in_place(target: FileStore, aside: str, path: str) -> None:
    """Give a checked copy its name; one that is there is the same."""
    with suppress(FileExistsError):
        target.rename(aside, path)
        return
    target.delete(aside)


def differs(path: str, found: str, repair: str) -> DamageFound:
    """Error for a file that is not what it was."""
    return DamageFound(f"{path} is not what was written", f"its SHA-256 is {found}", repair)


def _with(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from pieces


def _sha256(store: FileStore, path: str) -> str:
    seen = hashlib.sha256()
    for piece in store.chunks(path):
        seen.update(piece)
    return seen.hexdigest()
