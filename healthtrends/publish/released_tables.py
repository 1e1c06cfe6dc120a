"""Released reports in the columns of the exports: a hidden field is null, with the reason `hidden`."""

from dataclasses import replace

from healthtrends.publish.exports import ExportRow
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report
from healthtrends.reports.schema import NullReason, ReportSchema
from healthtrends.reports.suppressed import ROUNDED, SUPPRESSED, rounded, rules_of


def releasable() -> dict[str, ReportSchema]:
    """Reports that have a released form, by name, with their schemas inside the house."""
    return {name: schema for name, schema in schemas().items() if schema.relations is not None}


def released_schema(schema: ReportSchema, report: Report | None = None) -> ReportSchema:
    """Give the schema of the released form of a report; of one release with the names that it has.

    In tables of many dates, which may be rounded or not, all columns have the names of the report.
    """
    columns = schema.columns
    if report is not None:
        both = [(column, rounded(column)) for column in columns]
        columns = tuple(new if new.name in report.column_names else column for column, new in both)
    return replace(schema, columns=(*columns, SUPPRESSED))


def released_rows(report: Report, schema: ReportSchema) -> list[ExportRow]:
    """Give the rows of a released report, by the columns of a `released_schema`."""
    names = schema.column_names
    own = {name: name if name in names else name.removesuffix(ROUNDED) for name in report.column_names}
    empty = dict.fromkeys(names)
    rows = []
    for record, undefined in zip(report.records(), report.null_reasons(), strict=True):
        missing = {**undefined, **dict.fromkeys(rules_of(record), NullReason.HIDDEN)}
        values = {own[name]: value for name, value in record.items()}
        reasons = {own[name]: reason for name, reason in missing.items()}
        rows.append(ExportRow({**empty, **values}, reasons))
    return rows
