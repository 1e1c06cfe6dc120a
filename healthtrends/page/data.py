"""Input of the pages as plain frozen values: no store, no clock, no settings."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from healthtrends.model.alarm import NOTHING_FOUND, Detection
from healthtrends.model.comparison import LEAST, Least
from healthtrends.model.epi_week import WeekSystem
from healthtrends.model.history import History
from healthtrends.page.alarm_data import AlarmList
from healthtrends.reports.report import Report

DateState = Literal["final", "provisional", "stale", "missing", "empty", "unpublished"]


@dataclass(frozen=True, slots=True)
class Table:
    """A report as published: every value is text, the empty text is "not known"."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]

    def select_columns(self, *names: str) -> Iterator[tuple[str, ...]]:
        """Yield only these columns of every row. Raises ValueError when there is no such column."""
        indexes = [self.columns.index(name) for name in names]
        return (tuple(row[index] for index in indexes) for row in self.rows)


def table_of(report: Report) -> Table:
    """Encode the cells of a report as they are written in its file."""
    return Table(report.column_names, list(report.text_rows()))


OUTCOMES = ("recovered", "ongoing", "deceased", "outcome_unknown")


def outcome_columns(detail: Table) -> list[str]:
    """Columns of records by outcome; an issue of an earlier version lacks the last."""
    return [name for name in OUTCOMES if name in detail.columns]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageProvenance:
    """Origin of an issue: commit, engine, versions, input."""

    issue: int
    seq: int
    """Commit number whose files were read."""
    state: DateState
    published_at: dt.datetime
    """UTC."""
    provisional_until: dt.date | None
    """Last day on which a provisional state holds; None: the state is final, or no day ends it."""
    engine: str
    engine_version: str
    program_version: str
    run_id: str
    reason: str
    """missing, stale, failed, asked."""
    input_records: int
    """Lines read."""
    input_files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A report and where its file is."""

    table: Table
    sha256: str
    path: str
    """Path of the whole CSV, for readers who need more than the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPage:
    """Input of the page of one date."""

    date: dt.date
    provenance: PageProvenance
    reports: Mapping[str, ReportFile]
    """By report name, in the order in which they are shown."""
    history: History
    """Days that end with `date`; an observed day without a number is one whose number is hidden."""
    complete_until: dt.date
    """Last date whose records were all to be expected when the page was made; later ones are provisional."""
    open_days: int
    """Days after its date on which more records of it are to be expected."""
    place_name: str = ""
    """Name of the place whose records these are; empty: none is given."""
    least: Least = LEAST
    """Minimums for a percentage, and for the lists of codes."""
    detection: Detection = NOTHING_FOUND
    """What rose and fell on the date."""
    alarms: AlarmList | None = None
    """Alarms of the detectors; None: of a version that had no such report."""
    copied_at: dt.datetime | None = None
    """When a copy was made of it that lies alone, UTC; None: it lies beside its index."""
    zone: str = "UTC"
    """IANA name of the zone in which days end."""
    quiet: tuple[float, float] = (5.0, 0.5)
    """Usual records from which on a facility is judged, and the share of them below which it is quiet."""
    weeks: WeekSystem = "mmwr"
    """Calendar of the week that the page names."""

    @property
    def is_fed(self) -> bool:
        """Whether any record of the date ever came; without, a zero is no count."""
        return self.provenance.input_records > 0

    @property
    def is_empty(self) -> bool:
        """Whether the date has no diagnosis: no record came, or each was cancelled."""
        summary = self.table("trend_summary")
        return not self.is_fed or bool(summary.columns and not summary.rows)

    def open_until(self, date: dt.date) -> dt.date | None:
        """Last day on which more records of a date are to be expected; None: it was complete already."""
        return date + dt.timedelta(days=self.open_days) if date > self.complete_until else None

    def table(self, report: str) -> Table:
        """Rows of one report; an empty table when the issue has no such report."""
        found = self.reports.get(report)
        return found.table if found else Table((), ())

    def total(self, column: str) -> int | None:
        """Patients or visits of the date; None when they are not known, or hidden for one gender."""
        report = self.table("gender_breakdown")
        counts = [count for (count,) in report.select_columns(column)] if report.columns else []
        return sum(map(int, counts)) if counts and all(counts) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedDate:
    """A date as the calendar shows it."""

    date: dt.date
    state: DateState
    issue: int | None
    """Number of the newest issue; None: nothing was published."""
    records: int
    """Lines stored."""
    has_page: bool
    provisional_until: dt.date | None = None
    """As in `PageProvenance`."""
    is_released: bool = False
    """Whether anything of it was released; the pages that the index leads to are internal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """Input of the index."""

    dates: Sequence[IndexedDate]
    """Oldest first."""
    history: History
    least: Least = LEAST
    detection: Detection = NOTHING_FOUND
    """What rose and fell on `newest_date`."""
    newest: dt.datetime | None
    """When the newest issue was published, UTC; None: there is none. No other time is in the index, so that
    it is the same as long as nothing changes."""
    place_name: str = ""
    """As in `DayPage`."""
    zone: str = "UTC"
    """As in `DayPage`."""

    @property
    def newest_date(self) -> IndexedDate | None:
        """Last date that has a page, an empty one only when all are; None: nothing was published."""
        shown = [entry for entry in self.dates if entry.has_page]
        return next(
            (entry for entry in reversed(shown) if entry.state != "empty"), shown[-1] if shown else None
        )

    @property
    def complete_until(self) -> dt.date:
        """The day before the first date that is provisional."""
        first = next((entry.date for entry in self.dates if entry.state == "provisional"), None)
        return first - dt.timedelta(days=1) if first else self.dates[-1].date
