"""Published means and medians of ages, each with what was rounded to it."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import NamedTuple

from healthtrends.audit.description import Description, Policy, Statistic
from healthtrends.audit.released import Cell, ReleasedTable, Row
from healthtrends.errors import UsageError

OLD = 90
"""In means and medians ages from this on count as this."""
_HALF = Fraction(1, 2)
_MOST = 100
"""Rows that are looked at from each side, where there are very many."""


class Ages(NamedTuple):
    """A mean or median of one row."""

    cell: Cell
    """Count of the row's people."""
    words: str
    is_median: bool
    lower: Fraction
    upper: Fraction
    """Ends of what was rounded to it; a lower end above the upper one: half of the people are old."""


def published_ages(description: Description, tables: Sequence[ReleasedTable], key: str) -> Sequence[Ages]:
    """Give each mean and median of people who are counted by the values of a key, once.

    Of very many rows those of the youngest and the oldest people, and the first ones: files begin with the
    most people, and of ten thousand people the others leave the bands free. Raises UsageError for one that is
    no number.
    """
    ages = list(_ages(description, tables, key))
    rows = list(dict.fromkeys(each.cell for each in ages))
    if len(rows) <= 3 * _MOST:
        return ages
    means = {each.cell: each.lower for each in ages if not each.is_median}
    by_age = sorted(means, key=lambda cell: (means[cell], cell))
    chosen = {*rows[:_MOST], *by_age[:_MOST], *by_age[-_MOST:]}
    return [each for each in ages if each.cell in chosen]


def _ages(description: Description, tables: Sequence[ReleasedTable], key: str) -> Iterator[Ages]:
    seen: set[tuple[Cell, bool]] = set()
    for statistic in sorted(description.statistics, key=lambda each: each.median):
        for row in _rows(statistic, tables) if statistic.parts == key else ():
            if row.is_hidden or not row.number or (row.cell, statistic.median) in seen:
                continue
            text = row.fields.get(statistic.column, "").strip()
            words = f"{statistic.table} line {row.line}: {statistic.column}"
            if text:
                yield Ages(row.cell, words, statistic.median, *_ends(text, statistic, description.policy))
            elif statistic.median and (row.cell, False) in seen:
                # It is hidden beside a mean only where one of the two in the middle is old, and one is not.
                yield Ages(row.cell, f"{words} is hidden", True, Fraction(OLD), Fraction(OLD - 1))
            else:
                continue
            seen.add((row.cell, statistic.median))


def _rows(statistic: Statistic, tables: Sequence[ReleasedTable]) -> Iterator[Row]:
    for table in tables:
        if (table.about.file, table.about.count) == (statistic.table, statistic.of):
            yield from table.rows


def _ends(text: str, statistic: Statistic, policy: Policy) -> tuple[Fraction, Fraction]:
    try:
        value = Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UsageError(f"a field of {statistic.column} is no number", "", "leave it empty") from error
    half = _HALF if policy.rounds else Fraction(0) if statistic.median else Fraction(1, 200)
    return value - half, value + half
