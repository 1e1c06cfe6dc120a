"""The tables of a release in other forms: Parquet, and a data package around the CSV files.

They are made of the released tables alone. A hidden number is null, and the column `suppressed` says which
rule hid it; the rule itself stands in the description of the package.
"""

import io
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from healthtrends.publish.issue_manifest import Issue, ReleaseSource, describe_release, format_json
from healthtrends.publish.schemas import PACKAGE_NAME, data_package
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Kind

_SUPPRESSED: Final = "suppressed"
_MEANING: Final = "why fields of the row are empty, as column=rule; empty: none is"


def released_exports(
    release: Issue, source: ReleaseSource, reports: Mapping[str, Report]
) -> dict[str, bytes]:
    """Make all files of the folder by name, of released reports, each with its column `suppressed`."""
    files = {f"{name}.csv": report.csv() for name, report in reports.items()}
    files |= {f"{name}.parquet": _parquet(release, report) for name, report in reports.items()}
    said = describe_release(source)
    package = {
        **data_package(release, {name: _explained(report) for name, report in reports.items()}),
        "name": f"health-trends-release-{release.date}",
        "title": f"Released diagnosis trends of {release.date}",
        "description": f"{said['rule']} The column suppressed says which rule hid a field, as column=rule.",
        "release": said,
    }
    return {**files, PACKAGE_NAME: format_json(package)}


def _explained(report: Report) -> Report:
    """The report, with what the column means that only releases have: a file has no room for it."""
    columns = [
        replace(column, meaning=_MEANING) if column.name == _SUPPRESSED else column
        for column in report.columns
    ]
    return replace(report, columns=tuple(columns))


def _parquet(release: Issue, report: Report) -> bytes:
    """One table: the date in front of the columns of the report, so that many dates are one table."""
    import pyarrow as pa  # noqa: PLC0415  a fifth of a second that only exports need
    import pyarrow.parquet as pq  # noqa: PLC0415

    types: Mapping[Kind, pa.DataType] = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}
    columns = {column.name: types[column.kind] for column in report.columns if column.name != "date"}
    rows = list(report.records())
    table = pa.table(
        [[release.date] * len(rows), *([row[name] for row in rows] for name in columns)],
        schema=pa.schema({"date": pa.date32(), **columns}.items()),
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()
