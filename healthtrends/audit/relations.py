"""Relations between released counts: totals, groupings and published numbers that follow from counts."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from healthtrends.audit.counts import Counts, HiddenCell
from healthtrends.audit.description import Derived, Description, Grouping, Table
from healthtrends.audit.expression import Count, Expression, Ratio
from healthtrends.audit.linear import Linear, Relation, add
from healthtrends.audit.released import Bounds, Cell, ReleasedTable, Row, cell_of, in_words
from healthtrends.errors import UsageError

NOT_LISTED = "(not listed)"
"""In a key column: all values without a row, where the description says that these are hidden."""


def relations(description: Description, tables: Sequence[ReleasedTable], counts: Counts) -> list[Relation]:
    """All that a reader can add up. Counts that have no row, but are a part of a sum, go into `counts`.

    Raises UsageError for an expression that cannot be used, or a number that is none.
    """
    found = [
        relation for table in tables for relation in _Totals(table, counts, description.groupings).relations()
    ]
    for grouping in description.groupings:
        found += _grouped(grouping, counts)
    for derived in description.derived:
        about = next(table for table in description.tables if table.title == derived.table)
        of_file = {each.count: each.title for each in about.narrow()}
        by_name = {table.about.title: table for table in tables}
        found += _derived(derived, {name: by_name[title] for name, title in of_file.items()}, counts)
    return found


def _equal(whole: Linear, parts: Linear, words: str) -> Relation:
    rest = parts.plus(whole, -1)
    return Relation(Linear(factors=rest.factors), float(-rest.constant), float(-rest.constant), words)


class _Totals:
    """Sums over the values of each key column of one table."""

    def __init__(self, table: ReleasedTable, counts: Counts, groupings: Sequence[Grouping]) -> None:
        self._about = table.about
        self._counts = counts
        self._rows = {tuple(row.keys.values()): row for row in table.rows}
        self._parts = {
            column: _without_groups(column, list(table.values(column)), groupings)
            for column in table.about.keys
        }
        self._waiting = [row.keys for row in table.rows]

    def relations(self) -> Iterator[Relation]:
        """Each total against its parts; a total that is not in the file, but is a part of one, too."""
        done: set[tuple[str, ...]] = set()
        while self._waiting:
            keys = self._waiting.pop()
            if tuple(keys.values()) in done:
                continue
            done.add(tuple(keys.values()))
            for column, value in keys.items():
                if value == self._about.total and self._parts[column]:
                    yield self._sum(keys, column)

    def _sum(self, keys: Mapping[str, str], column: str) -> Relation:
        cell = cell_of(self._about, keys)
        parts = [self._part({**keys, column: value}) for value in self._parts[column]]
        if self._about.missing == "hidden":
            parts.append(self._unlisted({**keys, column: NOT_LISTED}))
        words = f"{self._about.title}: {in_words(cell)} is the sum over {column}"
        return _equal(self._counts.of(cell), add(parts), words)

    def _part(self, keys: Mapping[str, str]) -> Linear:
        if tuple(keys.values()) not in self._rows:
            if self._about.missing == "hidden":
                return Linear()  # it is in the rest
            if self._about.total in keys.values():
                self._waiting.append(keys)  # a total that the file leaves out
        return self._counts.of(cell_of(self._about, keys))

    def _unlisted(self, keys: Mapping[str, str]) -> Linear:
        """All that have no row, together; may be nobody."""
        cell = cell_of(self._about, keys)
        self._counts.add_hidden(HiddenCell(self._about.title, keys, cell), Bounds(0))
        return self._counts.of(cell)


def _without_groups(column: str, values: list[str], groupings: Sequence[Grouping]) -> list[str]:
    """Put the parts in the place of a value that is a sum of others, where the table has some of them."""
    parts = {each.group: each.of for each in groupings if each.column == column}
    listed = set(values)

    def is_divided(value: str) -> bool:
        return any(part in listed or is_divided(part) for part in parts.get(value, ()))

    def leaves(value: str) -> Iterator[str]:
        if not is_divided(value):
            yield value
            return
        for part in parts[value]:
            yield from leaves(part)

    return list(dict.fromkeys(leaf for value in values for leaf in leaves(value)))


def _grouped(grouping: Grouping, counts: Counts) -> Iterator[Relation]:
    for cell in counts.containing(grouping.column, grouping.group):
        parts = add(counts.of(_with(cell, grouping.column, value)) for value in grouping.of)
        words = f"{in_words(cell)} is the sum of {', '.join(grouping.of)}"
        yield _equal(counts.of(cell), parts, words)


def _with(cell: Cell, column: str, value: str) -> Cell:
    return tuple(sorted((dict(cell) | {column: value}).items()))


def _derived(derived: Derived, tables: Mapping[str, ReleasedTable], counts: Counts) -> Iterator[Relation]:
    """`tables` are those of the file, by the column of their counts."""
    table = next(iter(tables.values()))
    for row in table.rows:
        if derived.column not in row.fields:
            raise UsageError(f"{table.about.file} has no column {derived.column}", "`derived` names it", "")
        text = row.fields[derived.column].strip()
        if text:
            number = _number(text, derived, table, row)
            named = {name: _count_of(row, of.about, derived, counts) for name, of in tables.items()}
            value = Expression(derived.equals, named).value()
            words = f"{table.about.file} line {row.line}: {derived.column} of {in_words(row.cell)}"
            yield from _rounded(value, number, derived.digits, words)


def _number(text: str, derived: Derived, table: ReleasedTable, row: Row) -> Fraction:
    try:
        return Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UsageError(
            f"{table.about.file} line {row.line}: {derived.column} is no number",
            "",
            "leave it empty when hidden",
        ) from error


def _count_of(row: Row, about: Table, derived: Derived, counts: Counts) -> Count:
    """Gives counts as seen from a row."""

    def count(changes: Mapping[str, str]) -> Linear:
        unknown = next((column for column in changes if column not in about.keys), None)
        if unknown is not None and not about.of_wide:
            raise UsageError(f"{derived.equals}: {unknown} is no key column of {about.title}", "", "")
        cell = cell_of(about, {**{key: row.fields[key] for key in about.keys}, **changes})
        return counts.as_published(cell)

    return count


def _rounded(value: Ratio, number: Fraction, digits: int, words: str) -> Iterator[Relation]:
    """The true value lies within half a unit of the last digit, both ends included."""
    half, unit = Fraction(1, 2 * 10**digits), Fraction(2 * 10**digits)
    for limit, sign in ((number - half, 1), (number + half, -1)):
        # above >= limit * below, and above <= limit * below; in whole numbers
        form = value.above.plus(value.below, -limit).times(sign * unit)
        yield Relation(Linear(factors=form.factors), float(-form.constant), float("inf"), words)
