"""Cells of a row: found by column name or path, and brought to one form of text."""

from collections.abc import Callable, Mapping
from typing import Final, final

Row = Mapping[str, object]


@final
class Missing:
    """Type of `MISSING`."""


MISSING: Final = Missing()
"""The row has no such column; an empty cell is None."""


def as_text(cell: object) -> object:
    """Trim a text and write a number or truth value as one; None for an empty cell.

    A list or object stays what it is: no rule takes it.
    """
    if isinstance(cell, str):
        return cell.strip() or None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell


def cell_reader(column: str) -> Callable[[Row], object]:
    """Return the function that finds a cell: by the column's whole name, else by a path such as `a.b.0.c`."""
    steps = column.split(".")

    def read(row: Row) -> object:
        if column in row or len(steps) == 1:
            return row.get(column, MISSING)
        found: object = row
        for step in steps:
            found = _inner(found, step)
        return found

    return read


def _inner(found: object, step: str) -> object:
    if isinstance(found, Mapping):
        return found.get(step, MISSING)
    if isinstance(found, list) and step.isascii() and step.isdigit() and len(step) < len(str(2**31)):
        return found[int(step)] if int(step) < len(found) else MISSING
    return MISSING
