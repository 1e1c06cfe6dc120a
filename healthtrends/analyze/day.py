"""One date: figures in, every report out."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthtrends.analyze.figures import DayFigures, Past, RecordedDay
from healthtrends.analyze.measure import measure
from healthtrends.analyze.reports import MAKERS
from healthtrends.model.csvtext import csv_bytes
from healthtrends.model.report import COLUMNS, REPORTS, Row

if TYPE_CHECKING:
    from healthtrends.analyze.ports import Engine


@dataclass(frozen=True, slots=True)
class DayReports:
    """All reports of one date."""

    date: dt.date
    tables: Mapping[str, list[Row]]
    """Rows by report, without the header, values as they are written."""
    input_records: int
    """Stored lines read, cancellations included; equals the sum of the commit log's counts."""
    recorded: Sequence[RecordedDay] = ()
    """Records that count, by the day on which they were recorded."""
    replaced: int = 0
    """Data lines that a later version of the same record stands in for."""

    @property
    def csv(self) -> dict[str, bytes]:
        """The CSV file of each report, complete, in the order of `REPORTS`."""
        return {name: csv_bytes(COLUMNS[name], self.tables[name]) for name in REPORTS}

    @property
    def rows(self) -> dict[str, int]:
        """Rows by report, the header not counted."""
        return {name: len(self.tables[name]) for name in REPORTS}


def make_reports(date: dt.date, figures: DayFigures, past: Past) -> DayReports:
    """Make every report of `date`; of a date without records they hold their fixed rows with 0."""
    tables = {name: MAKERS[name](figures, past) for name in REPORTS}
    return DayReports(date, tables, figures.lines, figures.recorded, figures.replaced)


def analyze_day(engine: "Engine", files: Sequence[str], date: dt.date) -> DayReports:
    """Make the reports of `date` as if it were the only one with records.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`); without any, no engine starts. Raises what
    the engine raises.
    """
    figures = measure(engine, files, date).figures if files else DayFigures()
    return make_reports(date, figures, Past(frequency_7=figures.frequency, frequency_28=figures.frequency))
