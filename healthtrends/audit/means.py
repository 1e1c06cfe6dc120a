"""Hidden counts that a published mean, median or other statistic tells of, when it stands beside them.

A mean times its count is a sum. It tells of its own count, and of the parts of its people that are counted,
such as age bands: the sum of all ages lies between those of the bands' least and greatest ages.
"""

from collections.abc import Iterator, Mapping, Sequence

from healthtrends.audit.description import Description, Statistic
from healthtrends.audit.released import Cell, ReleasedTable, Row

Parts = Mapping[Cell, Sequence[Cell]]
"""Hidden counts with a key, by the name that they have without it."""


def beside_statistics(
    description: Description, tables: Sequence[ReleasedTable]
) -> Iterator[tuple[Cell, str]]:
    """Give hidden counts that must not be where a statistic is published, with what tells them."""
    numbers = {row.cell: row.number for table in tables for row in table.rows if not row.is_hidden}
    for statistic in description.statistics:
        # Of whole numbers beside rounded counts `ages` looks at what they leave the parts.
        has_parts = statistic.parts and not description.policy.rounds
        parts = _hidden_parts(statistic.parts, tables) if has_parts else {}
        for table, row in _rows(statistic, tables):
            where = f"{table.about.file} line {row.line}: {statistic.column}"
            if row.is_hidden:
                yield row.cell, f"{where} stands beside it"
            whole = _without(statistic.nearly_all, row.cell)
            others = numbers.get(whole, 0) - row.number
            if whole == row.cell or (whole in numbers and others < description.policy.hidden_below):
                for cell in parts.get(whole, ()):
                    yield cell, f"{where} is of all its parts"


def _rows(statistic: Statistic, tables: Sequence[ReleasedTable]) -> Iterator[tuple[ReleasedTable, Row]]:
    """Rows in which a statistic is published."""
    for table in tables:
        if (table.about.file, table.about.count) == (statistic.table, statistic.of):
            yield from ((table, row) for row in table.rows if row.fields.get(statistic.column, "").strip())


def _hidden_parts(key: str, tables: Sequence[ReleasedTable]) -> Parts:
    found: dict[Cell, list[Cell]] = {}
    for table in tables:
        for row in table.rows:
            if row.is_hidden and any(name == key for name, _ in row.cell):
                found.setdefault(_without(key, row.cell), []).append(row.cell)
    return found


def _without(key: str, cell: Cell) -> Cell:
    return tuple(each for each in cell if each[0] != key)
