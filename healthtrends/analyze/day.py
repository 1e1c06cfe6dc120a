"""One date: files in, every report out.

The analysis reads the files it is given and nothing else, so a report is a function of the commit log
at one sequence number. PySpark is imported only when there is something to read.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healthtrends.analyze.figures import Age, DayFigures, Diagnosis, RecordedDay, Treatment
from healthtrends.analyze.reports import MAKERS
from healthtrends.analyze.schema import LINE_SCHEMA
from healthtrends.model.csvtext import csv_bytes
from healthtrends.model.report import COLUMNS, REPORTS, Row

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

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


def analyze_day(engine: "Engine", files: Sequence[str], date: dt.date) -> DayReports:
    """Make every report of `date` from the data files the commit log names for it.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`); without any, the reports hold their
    fixed rows with 0 and no engine starts. Raises what the engine raises.
    """
    figures = measure(engine, files, date) if files else DayFigures()
    tables = {name: MAKERS[name](figures) for name in REPORTS}
    return DayReports(date, tables, figures.lines, figures.recorded, figures.replaced)


def measure(engine: "Engine", files: Sequence[str], date: dt.date) -> DayFigures:
    """Read the lines of a date and give their figures: a survey, then some small results."""
    lines = engine.keep(engine.read(files, LINE_SCHEMA))
    from healthtrends.analyze import daily, quality, records  # the engine runs: PySpark is loaded

    seen = _only_row(engine, records.survey(lines))
    resolve = _must_resolve(engine, lines, seen)
    counting = engine.keep(records.counting(lines)) if resolve else lines
    timely_until = f"{date + dt.timedelta(days=2)}T00:00:00.000000"
    return DayFigures(
        lines=seen["lines"],
        cancellations=seen["cancellations"],
        repeated=seen["lines"] - seen["distinct_lines"],
        treatments=_treatments(engine.collect(daily.by_treatment(counting, timely_until))),
        diagnoses=_diagnoses(engine.collect(daily.by_diagnosis(counting))),
        ages=_ages(engine.collect(daily.by_age(counting))),
        recorded=_recorded(engine.collect(quality.by_recorded_day(counting))),
        replaced=_only_row(engine, quality.replaced(lines))["replaced"] if resolve else 0,
    )


def _must_resolve(engine: "Engine", lines: "DataFrame", seen: dict[str, int]) -> bool:
    """Whether some line of the day takes back or replaces another."""
    from healthtrends.analyze import records

    if seen["cancellations"] or not seen["with_record_id"]:
        return bool(seen["cancellations"])
    return _only_row(engine, records.distinct_records(lines))["records"] < seen["with_record_id"]


def _only_row(engine: "Engine", frame: "DataFrame") -> dict[str, int]:
    row: dict[str, int] = engine.collect(frame).to_pylist()[0]
    return row


def _treatments(table: "pa.Table") -> list[Treatment]:
    return [Treatment(*row) for row in zip(*_columns(table), strict=True)]


def _diagnoses(table: "pa.Table") -> list[Diagnosis]:
    return [
        Diagnosis(code, patients, visits, age_sum, round(2 * median), *genders)
        for code, patients, visits, age_sum, median, *genders in zip(*_columns(table), strict=True)
    ]


def _ages(table: "pa.Table") -> list[Age]:
    return [Age(*row) for row in zip(*_columns(table), strict=True)]


def _recorded(table: "pa.Table") -> list[RecordedDay]:
    return sorted((RecordedDay(*row) for row in zip(*_columns(table), strict=True)), key=lambda row: row.day)


def _columns(table: "pa.Table") -> list[list[Any]]:
    """Columns of a small result, in the order of its query's `agg`."""
    return [column.to_pylist() for column in table.columns]
