"""What stands beside rounded counts: totals that are made of them, and means whose digits tell of them."""

import math
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from healthtrends.audit.description import Description, Policy, Statistic, Sum
from healthtrends.audit.released import Bounds, Cell, ReleasedTable, Row, in_words
from healthtrends.errors import UsageError

_DIGITS = 2
"""Of a mean that is no whole number."""


def recomputed(description: Description, tables: Sequence[ReleasedTable]) -> set[Cell]:
    """Totals that are the sums of published parts, and tell no more. Raises UsageError for any other sum."""
    if not description.policy.rounded_to:
        return set()
    rows = {row.cell: row for table in tables for row in table.rows}
    return {cell for tie in description.recomputed for cell in _of(tie, rows)}


def _of(tie: Sum, rows: dict[Cell, Row]) -> Iterator[Cell]:
    shape, where = {*tie.where, tie.over, *tie.beside}, set(tie.where.items())
    parts: dict[Cell, list[Row]] = {}
    for cell, row in rows.items():
        if {column for column, _ in cell} == shape and where <= set(cell):
            whole = tuple(each for each in cell if each[0] != tie.over)
            parts.setdefault(whole, []).append(row)
    for whole, found in parts.items():
        total = rows.get(whole)
        if total is None or total.is_hidden or any(row.is_hidden for row in found):
            continue
        if total.number != sum(row.number for row in found):
            raise UsageError(
                f"the published total of {in_words(whole)} is not the sum over {tie.over}",
                "it would tell more than the rounded counts",
                "make it of the rounded counts",
            )
        yield whole


def narrowed_by_statistics(
    description: Description, tables: Sequence[ReleasedTable]
) -> Iterator[tuple[Cell, Bounds, str]]:
    """Rounded counts beside a statistic that tells of them, with what they can be then.

    A mean of 41.58 years is that of 12 people, not of 10. One beside a small count is that of few people.
    """
    means = [each for each in description.statistics if each.mean and description.policy.rounds]
    for statistic in means:
        for table in tables:
            if (table.about.file, table.about.count) == (statistic.table, statistic.of):
                yield from _narrowed(statistic, table, description.policy)


def _narrowed(
    statistic: Statistic, table: ReleasedTable, policy: Policy
) -> Iterator[tuple[Cell, Bounds, str]]:
    for row in table.rows:
        text = row.fields.get(statistic.column, "").strip()
        ends = policy.published(row.number)
        if not text or not row.number or ends is None:
            continue
        where = f"{table.about.file} line {row.line}: {statistic.column}"
        if ends[1] < policy.hidden_below:
            yield row.cell, Bounds(*ends), f"{where} stands beside a small count"
            continue
        value = _number(text, where)
        fitting = [count for count in range(ends[0], ends[1] + 1) if _fits(value, count)]
        if len(fitting) < ends[1] - ends[0] + 1:
            bounds = Bounds(min(fitting, default=ends[0]), max(fitting, default=ends[1]))
            yield row.cell, bounds, f"{where} has digits that not every count of the class gives"


def _number(text: str, where: str) -> Fraction:
    try:
        return Fraction(Decimal(text))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UsageError(f"{where} is no number", "", "leave it empty when hidden") from error


def _fits(mean: Fraction, count: int) -> bool:
    """Whether so many whole numbers can have this mean; a whole one is taken to be rounded to whole ones."""
    if mean.denominator == 1:
        return True
    half = Fraction(1, 2 * 10**_DIGITS)
    return math.ceil((mean - half) * count) <= (mean + half) * count
