"""Brings the tables of released reports up to date: each release of each date is one version of each table.

    D1 list      the releases that some table has not, in the order in which they were released
    D2 read      the reports of one, as they were released
    D3 write     the tables side by side; each keeps the release's number with the version

A crash after any step leaves whole versions; the next update goes on from what each table says of itself.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from healthtrends.errors import UsageError
from healthtrends.observe import progress
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.steps import Steps
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.publish.released_tables import releasable
from healthtrends.publish.versioned_tables import (
    StoredVersion,
    TablePlace,
    VersionedTable,
    release_rows,
    table_schema,
    version_of,
)
from healthtrends.reports.report import Report
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.root_id import ensure_root_id, root_id

_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class TableUpdate:
    """What an update did with one table."""

    name: str
    written: int
    """Versions that are new."""


class DeltaTables:
    """The tables of one root."""

    def __init__(self, dependencies: Dependencies) -> None:
        self._dependencies = dependencies
        self._pool = dependencies.pool
        self._releases = Issues(dependencies.pool, ReleaseLayout(dependencies.layout.root))

    def update(self, place: TablePlace, steps: Steps | None = None) -> list[TableUpdate]:
        """Write what the tables of a place have not yet, as a step: it is tried again, and goes on.

        Raises ConfigError, DamageFound, HdfsUnavailable, WriteFailed.
        """
        steps = steps or Steps(self._dependencies.deadline)
        written = dict.fromkeys(releasable(), 0)
        steps.run("delta", lambda _: self._update(place, written), progress=lambda: sum(written.values()))
        return [TableUpdate(name, count) for name, count in written.items()]

    def _update(self, place: TablePlace, written: dict[str, int]) -> None:
        """Count what is written into `written`, which an earlier attempt may have begun."""
        root = ensure_root_id(self._pool, self._dependencies.layout)
        open_table = partial(self._open, place, root)
        tables = dict(zip(written, self._pool.stream(open_table, written, _AT_ONCE), strict=True))
        missing = self._missing(tables)
        with progress("delta", len(missing), "releases") as bar:
            for release in missing:
                reports = self._releases.read_reports(release)
                write = partial(self._write, release, reports)
                for name, count in zip(tables, self._pool.map(write, tables.items()), strict=True):
                    written[name] += count
                bar.advance()

    def versions(self, place: TablePlace, name: str) -> list[StoredVersion]:
        """List the versions of the table of a report. Raises UsageError when there is none."""
        if (table := place.find(name, self._root())) is None:
            raise _no_tables(place)
        return table.versions()

    def vacuum(self, place: TablePlace, keep_days: int) -> dict[str, int]:
        """Delete files that no version of the last `keep_days` needs; how many, by table."""
        root = self._root()
        tables = {name: table for name in releasable() if (table := place.find(name, root)) is not None}
        if not tables:
            raise _no_tables(place)
        counts = self._pool.stream(lambda table: table.vacuum(keep_days), tables.values(), _AT_ONCE)
        return dict(zip(tables, counts, strict=True))

    def _open(self, place: TablePlace, root: str, name: str) -> VersionedTable:
        return place.open(name, table_schema(releasable()[name]), root)

    def _root(self) -> str:
        """Name of the root, for who does not write; empty: it has none."""
        return root_id(self._pool, self._dependencies.layout) or ""

    def _missing(self, tables: Mapping[str, VersionedTable]) -> list[Issue]:
        """D1: oldest first; of one date in the order of their numbers, whatever the clock said."""
        known = list(self._pool.map(_newest, tables.values()))
        dates = self._releases.dates()
        wanted = [
            (date, number)
            for date, numbers in zip(dates, self._pool.map(self._releases.numbers, dates), strict=True)
            for number in numbers
            if any(newest.get(date, 0) < number for newest in known)
        ]
        found = list(self._pool.map(lambda each: self._releases.get(*each), wanted))
        newest = {issue.date: issue for issue in found}  # the last of each date is its newest
        kept = [issue for issue in found if issue.number > newest[issue.date].retired]
        return _in_order(kept)

    def _write(self, release: Issue, reports: Mapping[str, Report], named: tuple[str, VersionedTable]) -> int:
        """D3 of one table; 1 when it had to be written."""
        name, table = named
        while table.newest(release.date) < release.number:
            rows = release_rows(
                release, reports.get(name), releasable()[name], self._dependencies.publish.epi_week
            )
            if table.write(version_of(release), rows):
                return 1
        return 0


def _newest(table: VersionedTable) -> dict[dt.date, int]:
    """Number of the newest release of each date in the list of versions, which is read at once.

    What a table says of one date is a call to HDFS; it is asked before a release is written.
    """
    found: dict[dt.date, int] = {}
    for each in table.versions():
        date, release = each.version.date, each.version.release
        found[date] = max(release, found.get(date, 0))
    return found


def _in_order(releases: list[Issue]) -> list[Issue]:
    """By time; one whose clock was behind that of the release before it of its date takes that one's."""
    latest: dict[dt.date, dt.datetime] = {}
    keys: dict[tuple[dt.date, int], tuple[dt.datetime, dt.date, int]] = {}
    for each in sorted(releases, key=lambda each: (each.date, each.number)):
        moment = max(each.moment, latest.get(each.date, each.moment))
        latest[each.date] = moment
        keys[each.date, each.number] = (moment, each.date, each.number)
    return sorted(releases, key=lambda each: keys[each.date, each.number])


def _no_tables(place: TablePlace) -> UsageError:
    return UsageError(f"there is no table under {place.address}", "", "`healthtrends delta write` makes them")
