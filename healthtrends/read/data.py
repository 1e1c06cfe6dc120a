"""One root, opened for reading."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from healthtrends.errors import UsageError
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.read import arrow_tables
from healthtrends.read.arguments import Date, Moment, to_date, to_moment, to_range
from healthtrends.read.table import Records, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import SparkSession

    from healthtrends.orchestrate.report_tables import ReportTables
    from healthtrends.publish.issue_manifest import Issue
    from healthtrends.read.spark import SparkData


class Data:
    """What is published and stored under one root, as tables. Nothing is ever written.

    Every method looks at the newest state; a table keeps to what it found then. Methods raise UsageError for
    what is not there, DamageFound for a file that is not the committed one, HdfsUnavailable, which is worth
    another try. Dates are `datetime.date` or `YYYY-MM-DD`; a range has both its ends.
    """

    def __init__(self, pipeline: Pipeline, closing: ExitStack) -> None:
        """See `healthtrends.open`."""
        self._pipeline = pipeline
        self._closing: ExitStack | None = closing

    def __enter__(self) -> Self:
        self._check_open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connections; tables cannot be read any more. A second call does nothing."""
        if self._closing is not None:
            self._closing.close()
            self._closing = None

    def reports(
        self,
        name: str,
        first: Date,
        last: Date | None = None,
        *,
        as_of: Moment | None = None,
        issue: int | None = None,
    ) -> Table:
        """Read a report as it was published for a date, or for each date of a range that has reports.

        The newest issue counts, or the newest published up to `as_of`, or of one date `issue` by its number.
        Columns: date, issue, epi_week, state (when it was published), those of the report, and `missing`, a
        map from column to the reason why it is null. These are exact numbers of the house.
        """
        return self._reports(self._opened.data.reports, name, (first, last), as_of, issue)

    def releases(
        self,
        name: str,
        first: Date,
        last: Date | None = None,
        *,
        as_of: Moment | None = None,
        issue: int | None = None,
    ) -> Table:
        """Read a report as it was released: what may leave the house. As `reports`; `issue` is its number.

        The column `suppressed` names the rule that hid a field, and `missing` says `hidden` of it.
        """
        return self._reports(self._opened.data.releases, name, (first, last), as_of, issue)

    def issues(
        self,
        first: Date,
        last: Date | None = None,
        *,
        as_of: Moment | None = None,
        released: bool = False,
    ) -> Table:
        """List every issue that is kept of a date or a range, those that took reports back too.

        Columns: date, issue, published_at, reason, sequence (the commit that was read), state, feed, records,
        and released_issue, the house's issue that a release was made of. `as_of`: published up to then;
        `released`: releases in the place of issues.
        """
        data = self._opened.data
        begin, end = to_range(first, last)
        until, issues = to_moment(as_of, data.zone), (data.releases if released else data.reports).issues
        dates = [begin] if last is None else [date for date in issues.dates() if begin <= date <= end]
        found = [
            each for date in dates for each in issues.kept(date) if until is None or each.moment <= until
        ]
        return self._table(arrow_tables.issues(found))

    def history(self, code: str, first: Date, last: Date | None = None) -> Table:
        """Count the patients of a diagnosis code on each day of a range, from the stored records of now.

        The days before the first that has records are left out.
        Columns: date; state (`observed`; `none`: no record ever came; `unread`: no run has counted the day
        since its last record came); patients, null unless observed; visits of the whole day.
        """
        begin, end = to_range(first, last)
        return self._table(arrow_tables.history(self._opened.data.history(begin, end), code))

    def alarms(self, first: Date, last: Date | None = None, *, code: str | None = None) -> Table:
        """List the alarms of a date as published; of a range also those of dates never published, found now.

        `code`: only this one and those below it. Columns: those of the report `alarms`, issue (null: found
        now), days (in alarm so far), and said, what people said of it. No row is no proof: see `alarm_days`.
        """
        found = self._alarm_lists(first, last, code)
        return self._table(arrow_tables.alarms(found))

    def alarm_days(self, first: Date, last: Date | None = None) -> Table:
        """Say of each date whether alarms were looked for: date, issue, state, answer, alarms (how many).

        `answer` is `tested`, or why nothing can be said: `quiet_feed`, `too_short`, `missing`, `unpublished`.
        """
        return self._table(arrow_tables.alarm_days(self._alarm_lists(first, last, None)))

    def dates(self, having: Literal["reports", "releases", "records"] = "reports") -> list[dt.date]:
        """List the dates that have reports, releases or stored records, sorted."""
        data = self._opened.data
        if having == "records":
            return data.dates_with_records()
        tables = data.reports if having == "reports" else data.releases
        return [issue.date for issue in tables.issues.find_newest(dt.date.min, dt.date.max)]

    def latest(self) -> dt.date:
        """Give the newest date that has reports. Raises UsageError when there is none."""
        return self._opened.latest(published=True)

    def records(self, date: Date, *, columns: Sequence[str] | None = None) -> Records:
        """Read the stored lines of a visit date at the newest commit, in batches, whatever their number.

        Columns are the fields of a canonical line, or those given. Lines are as stored: cancellations
        (`status`) and earlier versions of a record are among them; `spark` resolves them. Each file is
        compared with the log as it is read: DamageFound is raised at its end. Ids are pseudonyms.
        """
        found = self._opened.data.records(to_date(date))
        schema = arrow_tables.records(columns)
        table = Table(schema, lambda: found.batches(schema.names), self._check_open)
        return Records(table, found.date, found.commit, found.lines)

    def spark(self, session: "SparkSession") -> "SparkData":
        """Read with a session of PySpark: `data.spark(session).records(date)` is a DataFrame."""
        from healthtrends.read.spark import SparkData  # noqa: PLC0415  its types are PySpark's

        return SparkData(session, self._opened.data)

    @property
    def _opened(self) -> Pipeline:
        self._check_open()
        return self._pipeline

    def _check_open(self) -> None:
        if self._closing is None:
            raise UsageError("the data are closed", "`close` was called, or `with` ended", "open them again")

    def _reports(
        self,
        tables: "ReportTables",
        name: str,
        dates: tuple[Date, Date | None],
        as_of: Moment | None,
        number: int | None,
    ) -> Table:
        schema = tables.schema(name)
        begin, end = to_range(*dates)
        moment = to_moment(as_of, self._opened.data.zone)
        if number is not None and (moment is not None or begin != end):
            raise UsageError("an issue is of one date", "`issue` goes with no range and no `as_of`", "")
        if dates[1] is None:
            found = [tables.find(name, begin, number, moment)]
        else:
            found = tables.issues.find_newest(begin, end, moment)
        return Table(arrow_tables.with_issue(schema), lambda: _batches(tables, name, found), self._check_open)

    def _alarm_lists(
        self, first: Date, last: Date | None, code: str | None
    ) -> "Sequence[arrow_tables.AlarmsOfDate]":
        begin, end = to_range(first, last)
        if last is None:
            return [self._opened.alarms.of_date(begin, code)]
        days = [begin + dt.timedelta(days=back) for back in range((end - begin).days + 1)]
        return list(self._opened.surveillance.open_range().lists(days, code))

    def _table(self, found: "pa.Table") -> Table:
        return Table(found.schema, lambda: iter(found.to_batches()), self._check_open)


def _batches(tables: "ReportTables", name: str, issues: "Sequence[Issue]") -> "Iterator[pa.RecordBatch]":
    for issue, table in tables.tables(name, issues):
        yield from arrow_tables.numbered(table, issue.number).to_batches()
