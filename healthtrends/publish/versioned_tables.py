"""Released reports as tables with versions: what a version is, and the port of the format that keeps them.

A table has the released rows of all dates of one report. Each release of a date is one version, which puts
its rows in the place of those of the release before. The format keeps with each version which release it is,
so that none is ever written twice.
"""

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from healthtrends.model.epi_week import WeekSystem, epi_week
from healthtrends.publish.exports import arrow_schema, arrow_table
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.released_tables import released_rows, released_schema
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Column, ReportSchema

if TYPE_CHECKING:
    import pyarrow as pa

_RELEASE = Column("release", "whole", "", "number among the releases of the date", null_reason=None)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a table: a release of a date."""

    date: dt.date
    release: int
    """Number among the releases of the date."""
    issue: int | None
    """Issue of the house that it was made of; None: the release was taken back."""
    published_at: str
    """When it was released, RFC 3339; what a reader as of a time goes by."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as the table has it."""

    number: int
    version: Version


class VersionedTable(Protocol):
    """One table. All calls may raise HdfsUnavailable; then the call may have worked or not.

    WriteFailed is the same of a place on this machine.
    """

    def newest(self, date: dt.date) -> int:
        """Number of the newest release of a date that was written; 0: none was."""
        ...

    def write(self, version: Version, rows: "pa.Table") -> bool:
        """Put `rows` in the place of those of the date, as one version; whether that was done.

        False: another writer's version came first, so that `newest` says something else now.
        """
        ...

    def versions(self) -> list[StoredVersion]:
        """List the versions, oldest first."""
        ...

    def vacuum(self, keep_days: int) -> int:
        """Delete files that no version of the last days needs; return how many."""
        ...


class TablePlace(Protocol):
    """Where the tables lie. Calls raise what those of a table raise."""

    @property
    def address(self) -> str:
        """Address, for people."""
        ...

    def open(self, name: str, schema: "pa.Schema", root: str) -> VersionedTable:
        """Open a table, which is made when it is not there. Raises ConfigError for one of another root."""
        ...

    def find(self, name: str, root: str) -> VersionedTable | None:
        """Open a table; None: it is not there. Raises ConfigError for one of another root."""
        ...


def version_of(release: Issue) -> Version:
    """Tell of a release what its version keeps."""
    said = release.source.release
    return Version(release.date, release.number, said.issue if said else None, release.published_at)


def table_schema(schema: ReportSchema) -> "pa.Schema":
    """Give the columns of the table of a report: those of its export, and the number of the release."""
    return arrow_schema(_columns(schema))


def release_rows(
    release: Issue, report: Report | None, schema: ReportSchema, weeks: WeekSystem
) -> "pa.Table":
    """Give the rows of a release, none where it has not this report."""
    found = released_rows(report, released_schema(schema)) if report is not None else []
    rows = [row._replace(values={**row.values, _RELEASE.name: release.number}) for row in found]
    return arrow_table(release, _columns(schema), rows, str(epi_week(release.date, weeks)))


def _columns(schema: ReportSchema) -> ReportSchema:
    released = released_schema(schema)
    return replace(released, columns=(_RELEASE, *released.columns))
