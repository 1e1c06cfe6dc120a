"""Released reports in the columns of the exports: a hidden field is null, with the reason `hidden`."""

from dataclasses import replace
from typing import Final

from healthtrends.publish.exports import ExportRow
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Column, NullReason, ReportSchema

_SUPPRESSED: Final = Column(
    "suppressed", "text", "", "why fields of the row are empty: column=rule; empty: none is", null_reason=None
)
"""The last column of a released file, as `release.form` writes it."""


def released_schema(schema: ReportSchema) -> ReportSchema:
    """Give the schema of the released form of a report."""
    return replace(schema, columns=(*schema.columns, _SUPPRESSED))


def released_rows(report: Report) -> list[ExportRow]:
    """Give the rows of a released report, by the columns of `released_schema`."""
    names = (*report.schema.column_names, _SUPPRESSED.name)
    rows = []
    for record, undefined in zip(report.records(), report.null_reasons(), strict=True):
        words = str(record.get(_SUPPRESSED.name) or "").split()
        hidden = dict.fromkeys((word.partition("=")[0] for word in words), NullReason.HIDDEN)
        rows.append(ExportRow({name: record.get(name) for name in names}, {**undefined, **hidden}))
    return rows
