"""Two releases of one date, side by side: a difference is a count of people, too."""

from collections.abc import Mapping

from healthtrends.audit.description import Description
from healthtrends.audit.judge import Finding
from healthtrends.audit.released import Bounds, Cell, ReleasedTable, in_words, read_tables


def compare_releases(
    description: Description, before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> list[Finding]:
    """Counts whose difference between two releases is small, sorted by table and keys.

    One of a hidden count counts where the ranges that its reason leaves tell it more closely than "small".
    """
    small = range(1, description.policy.hidden_below)
    earlier = _bounds(read_tables(description, before))
    findings: dict[Cell, Finding] = {}
    for table in read_tables(description, after):
        for row in table.rows:
            old = earlier.get(row.cell)
            if old is not None and row.cell not in findings and _is_narrow(old, row.bounds, len(small)):
                findings[row.cell] = Finding(
                    table.about.title, row.keys, _difference(old, row.bounds), is_exposed=True,
                    reasons=(f"two releases differ in {in_words(row.cell)}",),
                )  # fmt: skip
    return sorted(findings.values(), key=lambda each: (each.table, sorted(each.keys.items())))


def _bounds(tables: list[ReleasedTable]) -> dict[Cell, Bounds]:
    return {row.cell: row.bounds for table in tables for row in table.rows}


def _difference(before: Bounds, after: Bounds) -> Bounds:
    """How many more or fewer there are."""
    ends = (after.lower - before.upper, after.upper - before.lower)
    return Bounds(*ends) if ends[0] > 0 else Bounds(-ends[1], -ends[0])


def _is_narrow(before: Bounds, after: Bounds, greatest: int) -> bool:
    """Whether all that the difference can be is small, on one side of zero, and fewer than all small ones."""
    found = _difference(before, after)
    return found.lower >= 1 and found.upper <= greatest and found.upper - found.lower + 1 < greatest
