"""What is stored under a root, for programs that read: reports, releases, counts by code, and records."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthtrends.analyze.line_batches import line_batches
from healthtrends.analyze.line_schema import NAMES
from healthtrends.errors import UsageError
from healthtrends.model.history import History
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.input_digests import check_record_files
from healthtrends.orchestrate.issue_reader import IssueReader, ReleaseReader
from healthtrends.orchestrate.report_tables import ReportTables
from healthtrends.orchestrate.views import Views
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import read_verified
from healthtrends.storage.staged_file import StagedFile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class DateRecords:
    """Record files of a visit date at one commit."""

    date: dt.date
    commit: int
    """Number of the state that names the files; 0: an empty root."""
    files: Sequence[StagedFile]
    log: CommitLog
    url: str
    """Of the file system."""

    @property
    def lines(self) -> int:
        """Stored lines: records, earlier versions of them, and cancellations."""
        return sum(file.lines for file in self.files)

    def addresses(self) -> list[str]:
        """URLs of the files for an engine, where they lie now: a later commit may have put them aside."""
        return [f"{self.url}{path}" for path in self.log.locate([file.dst for file in self.files])]

    def batches(self, columns: Sequence[str] = NAMES) -> "Iterator[pa.RecordBatch]":
        """Read the lines, file after file, each compared with its manifest. Raises DamageFound at its end."""
        for file in self.files:
            yield from line_batches(read_verified(self.log, file), columns)


class StoredData:
    """Tables of one root; nothing is written."""

    def __init__(
        self,
        dependencies: Dependencies,
        log: CommitLog,
        published: IssueReader,
        views: Callable[[], Views],
    ) -> None:
        pool, weeks, policy = dependencies.pool, dependencies.publish.epi_week, dependencies.policy
        releases = ReleaseReader(Issues(pool, ReleaseLayout(dependencies.layout.root)))
        self.reports = ReportTables("published", published, policy, weeks)
        self.releases = ReportTables("released", releases, policy, weeks)
        self.zone = dependencies.settings.source.timezone
        self._dependencies = dependencies
        self._log = log
        self._views = views

    def history(self, first: dt.date, last: dt.date) -> History:
        """Count patients by code on each day of a range, as the pages show them. Raises HdfsUnavailable."""
        return self._views().history(last, (last - first).days + 1)

    def dates_with_records(self) -> list[dt.date]:
        """Visit dates that have record files, sorted. Raises HdfsUnavailable."""
        return sorted(map(dt.date.fromisoformat, self._log.read_state().files))

    def records(self, date: dt.date) -> DateRecords:
        """Find the record files of a date at the newest commit; there may be none.

        Raises UsageError for a date whose records have expired, DamageFound when a file is missing, and
        HdfsUnavailable while a commit is being put in place.
        """
        state, day = self._log.read_state(), date.isoformat()
        if day in state.expired and day not in state.files:
            raise UsageError(
                f"the records of {date} have expired",
                "retention took them out",
                "its reports stay",
            )
        check_record_files(self._log, state, [date])
        files = [file for _, file in sorted(state.files.get(day, {}).items())]
        url = self._dependencies.where["hdfs"].get("url") or ""
        return DateRecords(date, state.seq, files, self._log, url)
