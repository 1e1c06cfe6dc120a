"""What the exports hold, in two standard languages: JSON Schema, and the Frictionless Data Package.

Both are made from the data dictionary, so that they cannot say anything else than the files hold.
"""

from collections.abc import Mapping

from healthtrends.publish.issue_manifest import Issue
from healthtrends.reports.registry import schemas
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Column, Kind, NullReason, ReportSchema

DOCUMENT_NAME = "trends.json"
SCHEMA_NAME = "trends.schema.json"
PACKAGE_NAME = "datapackage.json"
DOCUMENT_VERSION = 1

_TYPES: Mapping[Kind, str] = {"text": "string", "whole": "integer", "number": "number"}
"""The two languages have the same names for these."""


def json_schema() -> dict[str, object]:
    """JSON Schema (draft 2020-12) of `trends.json`; the same for every date."""
    text, whole = {"type": "string"}, {"type": "integer", "minimum": 0}
    date, time = {**text, "format": "date"}, {**text, "format": "date-time"}
    properties: dict[str, object] = {
        "$schema": text,
        "version": {"const": DOCUMENT_VERSION},
        "date": {**date, "description": "the date that the reports are about"},
        "epi_week": {
            **text,
            "pattern": "^[0-9]{4}-W[0-9]{2}$",
            "description": "week of the date, by the calendar of epi_week_system",
        },
        "epi_week_system": {
            "enum": ["mmwr", "iso"],
            "description": "mmwr: week of the CDC, which begins on Sunday; iso: ISO 8601",
        },
        "issue": {**whole, "minimum": 1, "description": "number of the publication of this date"},
        "published_at": time,
        "state": {
            "enum": ["final", "provisional", "empty"],
            "description": "provisional: more records are expected; empty: no record ever came for the date",
        },
        "provisional_until": {"type": ["string", "null"], "format": "date"},
        "feed": {"enum": ["observed", "none"], "description": "none: no record ever came for the date"},
        "commit_sequence": {**whole, "description": "commit number of the data that were read"},
        "input_records": {**whole, "description": "stored lines that were read"},
        "engine": text,
        "engine_version": text,
        "program_version": text,
        # An issue of an earlier version lacks the reports that came later.
        "reports": _object(
            {name: {"type": "array", "items": _row(schema)} for name, schema in schemas().items()}, *schemas()
        ),
    }
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Diagnosis trends of one date",
    }
    return {**head, **_object(properties)}


def data_package(issue: Issue, reports: Mapping[str, Report]) -> dict[str, object]:
    """Descriptor of the CSV files of an issue, as the Data Package standard (version 1) has it."""
    return {
        "profile": "tabular-data-package",
        "name": f"health-trends-{issue.date}",
        "title": f"Diagnosis trends of {issue.date}",
        "version": str(issue.number),
        "created": issue.published_at,
        "resources": [_resource(issue, report) for report in reports.values() if report.name in schemas()],
    }


def _object(properties: Mapping[str, object], *optional: str) -> dict[str, object]:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _row(schema: ReportSchema) -> dict[str, object]:
    reasons = {"enum": [reason.value for reason in NullReason]}
    why = {
        "type": "object",
        "description": "why numbers are null, by column",
        "additionalProperties": reasons,
        "minProperties": 1,
    }
    columns = {column.name: _json_column(column) for column in schema.columns}
    return _object({**columns, "missing": why}, "missing")


def _json_column(column: Column) -> dict[str, object]:
    kind = _TYPES[column.kind]
    bounds = {"minimum": 0} if column.kind == "whole" else {}
    return {
        "type": kind if column.is_key else [kind, "null"],
        **bounds,
        "description": _described(column),
    }


def _resource(issue: Issue, report: Report) -> dict[str, object]:
    file = issue.reports[report.name]
    return {
        "profile": "tabular-data-resource",
        "name": report.name,
        "path": f"{report.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.bytes,
        "hash": f"sha256:{file.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\n", "quoteChar": '"', "header": True},
        "schema": {
            "fields": [_field(column) for column in report.columns],
            "primaryKey": list(report.schema.keys),
            "missingValues": [""],
        },
    }


def _field(column: Column) -> dict[str, object]:
    field: dict[str, object] = {
        "name": column.name,
        "type": _TYPES[column.kind],
        "description": _described(column),
    }
    constraints: dict[str, object] = {"required": True} if column.is_key else {}
    if column.kind == "whole":
        constraints["minimum"] = 0
    return {**field, "constraints": constraints} if constraints else field


def _described(column: Column) -> str:
    return f"{column.meaning} ({column.unit})" if column.unit else column.meaning
