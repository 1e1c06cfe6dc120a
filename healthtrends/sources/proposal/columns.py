"""What the columns of some rows hold: names, and the texts of their cells."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from healthtrends.formats.mapped.columns import as_text

_MOST_ITEMS: Final = 20
"""Of a list in a row; each is a column of its own."""


class Columns:
    """Cells of a sample of rows, by column."""

    def __init__(self, messages: Iterable[bytes]) -> None:
        """Take rows as JSON objects; what is none is passed over."""
        self.rows = 0
        self._cells: dict[str, list[str]] = {}
        for message in messages:
            try:
                row = json.loads(message)
            except ValueError:
                continue
            if isinstance(row, dict):
                self.rows += 1
                for name, cell in _flat(row, ""):
                    self._cells.setdefault(name, []).append(cell)

    @property
    def names(self) -> list[str]:
        """Columns, and paths into objects and lists, in the order of their first row."""
        return list(self._cells)

    def texts(self, name: str) -> list[str]:
        """Cells of a column that are not empty."""
        return self._cells.get(name, [])

    def words(self, name: str) -> list[str]:
        """Different texts of a column, the most frequent first."""
        counts: dict[str, int] = {}
        for text in self.texts(name):
            counts[text] = counts.get(text, 0) + 1
        return sorted(counts, key=lambda text: (-counts[text], text))


def _flat(row: Mapping[str, object], head: str) -> Iterator[tuple[str, str]]:
    for name, cell in row.items():
        yield from _cell(f"{head}{name}", cell)


def _cell(name: str, cell: object) -> Iterator[tuple[str, str]]:
    if isinstance(cell, dict):
        yield from _flat(cell, f"{name}.")
    elif isinstance(cell, list):
        for number, each in enumerate(cell[:_MOST_ITEMS]):
            yield from _cell(f"{name}.{number}", each)
    elif isinstance(text := as_text(cell), str):
        yield name, text
