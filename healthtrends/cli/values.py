"""Cells of a report as JSON values: numbers as numbers, and null where a number is not known."""

import re
from collections.abc import Mapping, Sequence

from healthtrends.model.dictionary import DICTIONARY

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")

Value = str | int | float | None


def json_rows(report: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[Value]]:
    """Give the rows of a report as values."""
    kinds = _kinds(report)
    return [[_value(kinds.get(name), cell) for name, cell in zip(columns, row, strict=True)] for row in rows]


def json_row(report: str, row: Mapping[str, str] | None) -> dict[str, Value] | None:
    """Give one row by column as values; None: there is none."""
    kinds = _kinds(report)
    return None if row is None else {name: _value(kinds.get(name), cell) for name, cell in row.items()}


def _kinds(report: str) -> dict[str, str]:
    kinds: dict[str, str] = {column.name: column.kind for column in DICTIONARY[report]}
    if report == "quality":  # a number where its metric is one, else a time
        kinds |= dict.fromkeys(("value", "threshold"), "mixed")
    return kinds


def _value(kind: str | None, cell: str) -> Value:
    if kind in (None, "text"):
        return cell
    if not cell:
        return None
    if not _NUMBER.fullmatch(cell):
        return cell
    return float(cell) if "." in cell else int(cell)
