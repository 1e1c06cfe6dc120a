"""What differs between two issues: rows are told apart by the key columns of their report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from healthtrends.publish.issue_manifest import RowChanges
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Row, Value

Values = Mapping[str, Value]
"""A row, by column."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not in both issues as it is."""

    key: Row
    """Values of the key columns."""
    kind: Literal["added", "removed", "changed"]
    before: Values | None
    """None: the row was added."""
    after: Values | None
    """None: it was removed."""


def differences(before: Report, after: Report) -> Iterator[Difference]:
    """Rows of two issues of one report that differ: as the later has them, then those it has no more."""
    old, new = _by_key(before), _by_key(after)
    for key, values in new.items():
        if key not in old:
            yield Difference(key, "added", None, values)
        elif _differ(old[key], values):
            yield Difference(key, "changed", old[key], values)
    for key, values in old.items():
        if key not in new:
            yield Difference(key, "removed", values, None)


def _differ(before: Values, after: Values) -> bool:
    """Whether a value is another; a column that only one of them has came with the program."""
    return any(before[name] != after[name] for name in before.keys() & after.keys())


def row_changes(before: Report, after: Report) -> RowChanges:
    """Count the rows that differ."""
    kinds = [each.kind for each in differences(before, after)]
    return RowChanges(kinds.count("added"), kinds.count("removed"), kinds.count("changed"))


def _by_key(report: Report) -> dict[Row, dict[str, Value]]:
    """Rows by their key, which stays among the values; an earlier version's files may lack a key column."""
    key = [column.name for column in report.columns if column.is_key]
    return {tuple(record[name] for name in key): record for record in report.records()}
