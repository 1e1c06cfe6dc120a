"""Cells of a report as JSON values: numbers as numbers, and null where a number is not known."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from healthtrends.reports.report import Report
    from healthtrends.reports.schema import Column, ReportSchema, Value

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def json_rows(report: "Report") -> list[list["Value"]]:
    """Give the rows of a report as values."""
    return [
        [_value(column, cell) for column, cell in zip(report.columns, row, strict=True)]
        for row in report.rows
    ]


def json_row(schema: "ReportSchema", row: "Mapping[str, Value] | None") -> "dict[str, Value] | None":
    """Give one row by column as values; None: there is none."""
    columns = {column.name: column for column in schema.columns}
    return None if row is None else {name: _value(columns.get(name), cell) for name, cell in row.items()}


def _value(column: "Column | None", cell: "Value") -> "Value":
    is_text = column is None or column.kind == "text"
    if not is_text or (column is not None and column.may_be_number and cell is None):
        return cell
    text = str(cell or "")
    if column is None or not column.may_be_number or not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)
