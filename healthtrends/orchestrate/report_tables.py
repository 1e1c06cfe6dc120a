"""Reports of many dates as Arrow tables, for the read API: exact ones, and those that were released."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from healthtrends.errors import UsageError
from healthtrends.model.epi_week import WeekSystem, epi_week
from healthtrends.orchestrate.issue_reader import IssueReader
from healthtrends.publish.exports import arrow_schema, arrow_table, export_rows
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.released_tables import released_rows, released_schema
from healthtrends.release.policy import Policy
from healthtrends.reports.registry import schemas
from healthtrends.reports.schema import ReportSchema

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["published", "released"]


class ReportTables:
    """Tables of issues, in the columns of the exports."""

    def __init__(self, kind: Kind, issues: IssueReader, policy: Policy, weeks: WeekSystem) -> None:
        """`weeks` are those that name the week of a date."""
        self.issues = issues
        self._is_released = kind == "released"
        self._policy = policy
        self._weeks = weeks

    def schema(self, name: str) -> "pa.Schema":
        """Columns of a report. Raises UsageError for a name that is none."""
        return arrow_schema(self._schema(name))

    def find(
        self, name: str, date: dt.date, number: int | None = None, as_of: dt.datetime | None = None
    ) -> Issue:
        """Find the issue of one date that has a report, see `IssueReader.issue`. Raises UsageError."""
        issue = self.issues.issue(date, number, as_of)
        if name not in issue.reports:
            raise UsageError(
                f"issue {issue.number} of {date} has no report {name}",
                f"it has {', '.join(issue.reports)}",
                "an earlier version of the program made it, or it is not released",
            )
        return issue

    def tables(self, name: str, issues: Sequence[Issue]) -> Iterator[tuple[Issue, "pa.Table"]]:
        """Read a report of issues, one after the other; an issue of before the report was known has none.

        Raises DamageFound, HdfsUnavailable.
        """
        schema = self._schema(name)
        for issue in issues:
            if name in issue.reports:
                report = self._policy.reports({name: self.issues.read(issue, name)})[name]
                rows = released_rows(report, schema) if self._is_released else export_rows(report)
                yield issue, arrow_table(issue, schema, rows, str(epi_week(issue.date, self._weeks)))

    def _schema(self, name: str) -> ReportSchema:
        found = schemas().get(name)
        if found is None:
            raise UsageError(f"there is no report {name!r}", f"there are {', '.join(schemas())}", "")
        return released_schema(found) if self._is_released else found
