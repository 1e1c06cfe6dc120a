"""All counts that the released tables speak of: published, hidden, or only a part of a relation."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from healthtrends.audit.linear import Linear
from healthtrends.audit.released import Bounds, Cell, ReleasedTable, in_words
from healthtrends.errors import UsageError

_ZERO = Bounds(0, 0)


@dataclass(frozen=True, slots=True)
class HiddenCell:
    """A hidden count of one table."""

    table: str
    keys: Mapping[str, str]
    """By column, as the file has them."""
    cell: Cell


class Counts:
    """Bounds of each count by its name, as the files alone give them."""

    def __init__(self, tables: Sequence[ReleasedTable], recomputed: Container[Cell] = ()) -> None:
        """`recomputed` are totals whose published numbers say nothing, see `rounded`.

        Raises UsageError where two tables give two values for one count.
        """
        self._bounds: dict[Cell, Bounds] = {}
        self.hidden: list[HiddenCell] = []
        """Of all tables; one that is published elsewhere, too, and those that are rounded."""
        self.published: dict[Cell, int] = {}
        """As the files have them."""
        self._first: dict[Cell, tuple[str, Mapping[str, str]]] = {}
        for table in tables:
            for row in table.rows:
                bounds = Bounds(0) if row.cell in recomputed else row.bounds
                known = self._bounds.get(row.cell, bounds)
                self._bounds[row.cell] = _both(row.cell, known, bounds)
                if not row.is_hidden:
                    self.published[row.cell] = row.number
                self._first.setdefault(row.cell, (table.about.file, row.keys))
                if row.is_hidden or not bounds.exact:
                    self.hidden.append(HiddenCell(table.about.title, row.keys, row.cell))
        self._complete = [
            (
                set(_columns(table)),
                {column: set(table.values(column)) for column in table.about.keys},
                table.about.fixed,
            )
            for table in tables
            if table.about.missing == "zero"
        ]

    @property
    def bounds(self) -> Mapping[Cell, Bounds]:
        """All that were asked for."""
        return self._bounds

    def add_hidden(self, hidden: HiddenCell, bounds: Bounds) -> None:
        """Add a hidden count that has no row; one that is there stays."""
        if hidden.cell not in self._bounds:
            self._bounds[hidden.cell] = bounds
            self.hidden.append(hidden)

    def add_difference(self, rest: Cell, more: Cell, less: Cell, hidden_below: int) -> None:
        """Add what one count is above another to those that are judged; not where it is seen to be great.

        It is named by the first row that has the greater one.
        """
        greater, lesser = self.bounds_of(more), self.bounds_of(less)
        file, keys = self._first.get(more, ("(not listed)", dict(more)))
        hidden = HiddenCell(f"{file}: {dict(rest).get('of', in_words(rest))}", keys, rest)
        difference = greater.lower - lesser.lower
        if not (greater.exact and lesser.exact):
            self.add_hidden(hidden, Bounds(0))
        elif 0 < difference < hidden_below:
            self.add_hidden(hidden, Bounds(difference, difference))

    def of(self, cell: Cell) -> Linear:
        """A count as a linear form: a number when it is known."""
        bounds = self.bounds_of(cell)
        if bounds.exact:
            return Linear(int(bounds.lower))
        return Linear(factors={cell: 1})

    def as_published(self, cell: Cell) -> Linear:
        """The number that other published numbers are made of; of a hidden count as `of`."""
        return Linear(self.published[cell]) if cell in self.published else self.of(cell)

    def bounds_of(self, cell: Cell) -> Bounds:
        """Bounds of a count. One that nobody wrote down is 0 or more."""
        bounds = self._bounds.get(cell)
        if bounds is None:
            bounds = self._bounds[cell] = _ZERO if self._is_left_out(cell) else Bounds(0)
        return bounds

    def containing(self, column: str, value: str) -> Iterator[Cell]:
        """Counts of one value of a key column."""
        return (cell for cell in list(self._bounds) if (column, value) in cell)

    def _is_left_out(self, cell: Cell) -> bool:
        """Whether a table that lists all but zeros has no row for it."""
        named = dict(cell)
        return any(
            columns == set(named)
            and all(named[column] in found for column, found in values.items())
            and all(named[column] == value for column, value in fixed.items())
            for columns, values, fixed in self._complete
        )


def _columns(table: ReleasedTable) -> tuple[str, ...]:
    return (*table.about.keys, *table.about.fixed)


def _both(cell: Cell, one: Bounds, other: Bounds) -> Bounds:
    lower, upper = max(one.lower, other.lower), min(one.upper, other.upper)
    if lower > upper:
        raise UsageError(
            f"the tables give two values for the count of {in_words(cell)}",
            "equal keys in two tables mean the same count",
            "correct the file, or name the key column in which they differ (`fixed`)",
        )
    return Bounds(lower, upper)
