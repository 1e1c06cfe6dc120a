"""Registry of tables of other people: each module reads one type of file, found by the file's suffix.

A module has `SUFFIXES`, `ABOUT` and `rows`. A row is a dict by column name, or a list of its cells where it
has more or fewer cells than the header: no cell lands under a wrong name. Tables are read under
`[source.file]`, and only where a mapping says what their columns mean.
"""

import functools
import pkgutil
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Final, Protocol, cast

from healthtrends.config.mapping import FileForm
from healthtrends.sources.unpacking import Readable

Row = dict[str, object] | list[object]

NO_NAME: Final = ""
"""Column without a name: its cells are left out."""


class TableType(Protocol):
    """A module of this package."""

    SUFFIXES: tuple[str, ...]
    ABOUT: str
    """What such a file holds, in a few words."""

    def rows(self, file: Readable, name: str, form: FileForm) -> Iterator[Row]:
        """Yield the rows; `name` is for messages. Raises UsageError for damage when it is met."""
        ...


def find_type(suffix: str) -> TableType | None:
    """Return the type of a suffix in lower case; None: there is none."""
    return next((each for each in table_types() if suffix in each.SUFFIXES), None)


def suffixes() -> list[str]:
    """Return all suffixes."""
    return [suffix for each in table_types() for suffix in each.SUFFIXES]


def table_types() -> list[TableType]:
    """Return all types."""
    return [_load(module.name) for module in pkgutil.iter_modules(__path__)]


def column_names(cells: Sequence[object]) -> list[str]:
    """Names of the columns: trimmed, and the second of one name gets `#2` behind it."""
    found: list[str] = []
    counts: dict[str, int] = {}
    for cell in cells:
        name = "" if cell is None else str(cell).strip()
        counts[name] = counts.get(name, 0) + 1
        found.append(f"{name}#{counts[name]}" if name and counts[name] > 1 else name)
    return found


def to_row(names: Sequence[str], cells: Sequence[object]) -> Row:
    """Put the cells under their names; a list where there are more or fewer of them."""
    if len(cells) != len(names):
        return list(cells)
    return {name: cell for name, cell in zip(names, cells, strict=True) if name != NO_NAME}


@functools.cache
def _load(name: str) -> TableType:
    return cast("TableType", import_module(f"{__name__}.{name}"))
