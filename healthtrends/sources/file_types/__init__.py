"""Registry of file sources: each module of this package reads one type of file, found by the file's suffix.

A module has `SUFFIXES` (lower case, with the dot), `ABOUT` (for `--help`), `records` and `rows`. The type of
standard input comes first.
"""

import functools
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from typing import Final, Protocol, cast

from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.unpacking import Readable

_STANDARD_INPUT: Final = "json_lines"


class FileType(Protocol):
    """A module of this package."""

    SUFFIXES: tuple[str, ...]
    ABOUT: str
    """What such a file holds, in a few words."""

    def records(self, file: Readable, name: str) -> Iterator[SourceRecord]:
        """Yield the records; `name` is for messages. Raises UsageError for damage when it is met."""
        ...

    def rows(self, file: Readable, name: str) -> Iterator[object]:
        """Yield one item a record, to look for damage only; arguments and errors as of `records`."""
        ...


def standard_input() -> FileType:
    """Return the type of standard input, and of a pipe without a suffix."""
    return file_types()[0]


def find_type(suffix: str) -> FileType | None:
    """Return the type of a suffix, in any case; None: there is none."""
    return next((each for each in file_types() if suffix.lower() in each.SUFFIXES), None)


def suffixes() -> list[str]:
    """Return all suffixes."""
    return [suffix for each in file_types() for suffix in each.SUFFIXES]


def describe() -> str:
    """Return in words, for `--help`, what files are read."""
    *others, last = [f"{each.ABOUT} ({', '.join(each.SUFFIXES)})" for each in file_types()]
    return f"{', '.join(others)} or {last}" if others else last


def file_types() -> list[FileType]:
    """Return all types, that of standard input first."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [_load(name) for name in sorted(names, key=lambda name: name != _STANDARD_INPUT)]


@functools.cache
def _load(name: str) -> FileType:
    return cast("FileType", import_module(f"{__name__}.{name}"))
