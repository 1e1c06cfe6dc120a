"""The tables of a release in other forms: Parquet, and a data package around the CSV files.

They are made of the released tables alone. A hidden number is null, and the column `suppressed` says which
rule hid it; the rule itself stands in the description of the package.
"""

from collections.abc import Mapping
from dataclasses import replace

from healthtrends.model.epi_week import WeekSystem, epi_week
from healthtrends.publish.exports import parquet
from healthtrends.publish.issue_manifest import Issue, ReleaseSource
from healthtrends.publish.issue_meta import describe_release, format_json
from healthtrends.publish.released_tables import released_rows, released_schema
from healthtrends.publish.schemas import PACKAGE_NAME, data_package
from healthtrends.reports.report import Report
from healthtrends.reports.suppressed import SUPPRESSED


def released_exports(
    release: Issue, source: ReleaseSource, reports: Mapping[str, Report], weeks: WeekSystem
) -> dict[str, bytes]:
    """Make all files of the folder by name, of released reports, each with its column `suppressed`.

    `weeks` says in which calendar the week of the date is named.
    """
    week = str(epi_week(release.date, weeks))
    files = {f"{name}.csv": report.csv() for name, report in reports.items()}
    for name, report in reports.items():
        schema = released_schema(report.schema, report)
        files[f"{name}.parquet"] = parquet(release, schema, released_rows(report, schema), week)
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
    columns = [SUPPRESSED if column.name == SUPPRESSED.name else column for column in report.columns]
    return replace(report, columns=tuple(columns))
