"""The tables of an issue in other forms: Parquet, one JSON document, and a data package around the CSV.

They are attachments of the issue, so they are there together with its reports or not at all, and stay
readable when a later issue comes. In Parquet and JSON what is missing has its reason beside it; the CSV has
no column for that.
"""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from healthtrends.model.epi_week import WeekSystem, epi_week
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_meta import format_json
from healthtrends.publish.schemas import (
    DOCUMENT_NAME,
    DOCUMENT_VERSION,
    PACKAGE_NAME,
    SCHEMA_NAME,
    data_package,
    json_schema,
)
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Kind, NullReason, ReportSchema, Value

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "exports"


class ExportRow(NamedTuple):
    """One row of a report in Parquet and JSON."""

    values: Mapping[str, Value]
    """By column, all of the schema; None where there is no number or text."""
    missing: Mapping[str, NullReason]
    """Why, by column; only of numbers, as a text that is empty lacks nothing."""


def exports(issue: Issue, reports: Mapping[str, Report], weeks: WeekSystem = "mmwr") -> dict[str, bytes]:
    """Make all files of the folder, by `exports/name`; of reports that the program knows.

    `weeks` says in which calendar the week of the date is named.
    """
    week = str(epi_week(issue.date, weeks))
    known = {name: report for name, report in reports.items() if name in schemas()}
    tables = {name: export_rows(report) for name, report in known.items()}
    files = {f"{name}.csv": report.csv() for name, report in known.items()}
    files |= {
        f"{name}.parquet": parquet(issue, known[name].schema, rows, week) for name, rows in tables.items()
    }
    files[DOCUMENT_NAME] = msgspec.json.encode(_document(issue, tables, week, weeks)) + b"\n"
    files[SCHEMA_NAME] = format_json(json_schema())
    files[PACKAGE_NAME] = format_json(data_package(issue, known))
    return {f"{FOLDER}/{name}": content for name, content in files.items()}


def export_rows(report: Report) -> list[ExportRow]:
    """Give the rows without the zeros that are no counts; a column that an earlier version lacks is None."""
    names = report.schema.column_names
    return [
        ExportRow({name: None if name in reasons else record.get(name) for name in names}, reasons)
        for record, reasons in zip(report.records(), report.null_reasons(), strict=True)
    ]


def parquet(issue: Issue, schema: ReportSchema, rows: Sequence[ExportRow], week: str) -> bytes:
    """One table as a Parquet file, see `arrow_table`."""
    import pyarrow.parquet as pq  # noqa: PLC0415  a fifth of a second that only a publication needs

    out = io.BytesIO()
    pq.write_table(arrow_table(issue, schema, rows, week), out)
    return out.getvalue()


def arrow_table(issue: Issue, schema: ReportSchema, rows: Sequence[ExportRow], week: str) -> "pa.Table":
    """Rows of one issue of a report, in the columns of `arrow_schema`."""
    import pyarrow as pa  # noqa: PLC0415  as in `parquet`

    fields = arrow_schema(schema)
    fixed = {"date": issue.date, "epi_week": week, "state": issue.source.state}
    columns = {name: [value] * len(rows) for name, value in fixed.items()}
    for name in fields.names[len(fixed) : -1]:
        columns[name] = [row.values[name] for row in rows]
    columns["missing"] = [[(name, reason.value) for name, reason in row.missing.items()] for row in rows]
    return pa.table(columns, schema=fields)


def arrow_schema(schema: ReportSchema) -> "pa.Schema":
    """Columns of a report for other programs: date, week, state, its own, and `missing`, a reason by column.

    Date, week and state are in every row, so that the rows of many dates are one table without more work. A
    column of a report that is called so says the same.
    """
    import pyarrow as pa  # noqa: PLC0415  as in `parquet`

    types: Mapping[Kind, pa.DataType] = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}
    fixed = {"date": pa.date32(), "epi_week": pa.string(), "state": pa.string()}
    own = {column.name: types[column.kind] for column in schema.columns if column.name not in fixed}
    return pa.schema({**fixed, **own, "missing": pa.map_(pa.string(), pa.string())}.items())


def _document(
    issue: Issue, tables: Mapping[str, Sequence[ExportRow]], week: str, weeks: WeekSystem
) -> dict[str, object]:
    source = issue.source
    return {
        "$schema": SCHEMA_NAME,
        "version": DOCUMENT_VERSION,
        "date": issue.date,
        "epi_week": week,
        "epi_week_system": weeks,
        "issue": issue.number,
        "published_at": issue.published_at,
        "state": source.state,
        "provisional_until": source.provisional_until,
        "feed": "observed" if source.fed else "none",
        "commit_sequence": source.seq,
        "input_records": source.input_records,
        "engine": source.engine,
        "engine_version": source.engine_version,
        "program_version": issue.program_version,
        "reports": {name: [_row(row) for row in rows] for name, rows in tables.items()},
    }


def _row(row: ExportRow) -> dict[str, object]:
    return {**row.values, "missing": row.missing} if row.missing else dict(row.values)
