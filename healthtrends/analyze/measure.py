"""One date's files to exact figures: the one place where records are read for a report.

The analysis reads the files it is given and nothing else, so what comes out is a function of the commit log
at one sequence number. PySpark is imported only when there is something to read.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from healthtrends.analyze.figures import (
    BAND_STARTS,
    BAND_YEARS,
    Band,
    DayFigures,
    Diagnosis,
    Gender,
    RecordedDay,
    Treatment,
)
from healthtrends.analyze.schema import GENDERS, LINE_SCHEMA

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine

_NAMED = ("men", "women", "other")


@dataclass(frozen=True, slots=True)
class DayMeasured:
    """What one pass over a date's records gave."""

    figures: DayFigures
    patients: "pa.Table"
    """patient (16 bytes), visits; as the engine gave it."""


def measure(engine: "Engine", files: Sequence[str], date: dt.date) -> DayMeasured:
    """Read the lines of a date and give their figures: a survey, then some small results, then its patients.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`), at least one. Raises what the engine does.
    """
    lines = engine.keep(engine.read(files, LINE_SCHEMA))
    from healthtrends.analyze import daily, quality, records  # the engine runs: PySpark is loaded

    seen = _only_row(engine, records.survey(lines))
    resolve = _must_resolve(engine, lines, seen)
    counting = engine.keep(records.counting(lines)) if resolve else lines
    timely_until = f"{date + dt.timedelta(days=2)}T00:00:00.000000"
    ages = engine.collect(daily.by_age(counting)).to_pylist()
    figures = DayFigures(
        lines=seen["lines"],
        cancellations=seen["cancellations"],
        repeated=seen["lines"] - seen["distinct_lines"],
        conflicts=sum(row["conflicts"] for row in ages),
        replaced=_only_row(engine, quality.replaced(lines))["replaced"] if resolve else 0,
        frequency=tuple(sum(row[f"patients_{n}"] for row in ages) for n in range(1, daily.MOST_VISITS + 1)),
        treatments=_treatments(engine.collect(daily.by_treatment(counting, timely_until))),
        diagnoses=_diagnoses(engine.collect(daily.by_diagnosis(counting))),
        genders=_genders(ages),
        bands=_bands(ages),
        recorded=_recorded(engine.collect(quality.by_recorded_day(counting))),
    )
    return DayMeasured(figures, engine.collect(daily.by_patient(counting)))


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


def _genders(ages: Sequence[Mapping[str, int]]) -> tuple[Gender, ...]:
    """Patients, visits and years by gender; what is neither M, F nor O is U."""
    named = {
        gender: (
            sum(row[name] for row in ages),
            sum(row[f"{name}_visits"] for row in ages),
            sum(row["age"] * row[name] for row in ages),
        )
        for gender, name in zip(GENDERS, _NAMED, strict=False)
    }
    all_of = (
        sum(row["patients"] for row in ages),
        sum(row["visits"] for row in ages),
        sum(row["age"] * row["patients"] for row in ages),
    )
    unknown = (whole - sum(parts) for whole, *parts in zip(all_of, *named.values(), strict=True))
    return (*(Gender(gender, *cells) for gender, cells in named.items()), Gender("U", *unknown))


def _bands(ages: Iterable[Mapping[str, int]]) -> tuple[Band, ...]:
    """Ages summed by band."""
    totals = {start: dict.fromkeys(("patients", "visits", *_NAMED), 0) for start in BAND_STARTS}
    for row in ages:
        cells = totals[min(row["age"], BAND_STARTS[-1]) // BAND_YEARS * BAND_YEARS]
        for name in cells:
            cells[name] += row[name]
    return tuple(Band(start, **cells) for start, cells in totals.items())


def _recorded(table: "pa.Table") -> list[RecordedDay]:
    return sorted((RecordedDay(*row) for row in zip(*_columns(table), strict=True)), key=lambda row: row.day)


def _columns(table: "pa.Table") -> list[list[Any]]:
    """Columns of a small result, in the order of its query's `agg`."""
    return [column.to_pylist() for column in table.columns]
