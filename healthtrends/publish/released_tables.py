"""Released reports in the columns of the exports: a hidden field is null, with the reason `hidden`."""

from dataclasses import replace

from healthtrends.publish.exports import ExportRow
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report
from healthtrends.reports.schema import NullReason, ReportSchema
from healthtrends.reports.suppressed import SUPPRESSED, rules_of


def releasable() -> dict[str, ReportSchema]:
    """Reports that have a released form, by name, with their schemas inside the house."""
    return {name: schema for name, schema in schemas().items() if schema.relations is not None}


def released_schema(schema: ReportSchema) -> ReportSchema:
    """Give the schema of the released form of a report."""
    return replace(schema, columns=(*schema.columns, SUPPRESSED))


def released_rows(report: Report) -> list[ExportRow]:
    """Give the rows of a released report, by the columns of `released_schema`."""
    names = (*report.schema.column_names, SUPPRESSED.name)
    rows = []
    for record, undefined in zip(report.records(), report.null_reasons(), strict=True):
        hidden = dict.fromkeys(rules_of(record), NullReason.HIDDEN)
        rows.append(ExportRow({name: record.get(name) for name in names}, {**undefined, **hidden}))
    return rows
