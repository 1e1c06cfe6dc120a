"""What differs between two issues: rows are told apart by the key columns of their report."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from healthtrends.model.csvtext import csv_rows
from healthtrends.model.dictionary import keys
from healthtrends.model.report import Row
from healthtrends.publish.issued import RowChanges

Values = Mapping[str, str]
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


def differences(report: str, before: bytes, after: bytes) -> Iterator[Difference]:
    """Rows of two CSV files of one report that differ: as the later has them, then those it has no more."""
    old, new = _by_key(report, before), _by_key(report, after)
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


def row_changes(report: str, before: bytes, after: bytes) -> RowChanges:
    """Count the rows that differ."""
    kinds = [each.kind for each in differences(report, before, after)]
    return RowChanges(kinds.count("added"), kinds.count("removed"), kinds.count("changed"))


def _by_key(report: str, content: bytes) -> dict[Row, dict[str, str]]:
    """Rows by their key, which stays among the values; an earlier version's files may lack a key column."""
    header, *rows = csv_rows(content)
    key = [place for place, name in enumerate(header) if name in keys(report)]
    return {tuple(row[place] for place in key): dict(zip(header, row, strict=True)) for row in rows}
