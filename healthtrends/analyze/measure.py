"""One date's files to exact figures: the one place where records are read for a report.

The analysis reads the files it is given and nothing else, so what comes out is a function of the commit log
at one sequence number. PySpark is imported only when there is something to read.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthtrends.analyze import fold
from healthtrends.analyze.schema import LINE_SCHEMA
from healthtrends.model.day_totals import DayTotals

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine

_AT_ONCE = 4_000_000
"""Patients that are fetched together: 100 MB."""
_FIRST_BYTES = 256


@dataclass(frozen=True, slots=True)
class DayMeasured:
    """What one look at a date's records gave."""

    figures: DayTotals
    patients: "Sequence[pa.Table]"
    """patient (16 bytes), visits; as the engine gave them. Each has those of an equal share of all first
    bytes, in the order of these: a power of two of them."""


def measure(engine: "Engine", files: Sequence[str], date: dt.date) -> DayMeasured:
    """Read the lines of a date and give their figures and its patients.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`), at least one. Raises what the engine does.
    """
    lines = engine.keep(engine.read(files, LINE_SCHEMA))
    from healthtrends.analyze import daily, quality, records  # the engine runs: PySpark is loaded

    timely_until = f"{date + dt.timedelta(days=2)}T00:00:00.000000"
    stored = cells = engine.collect(daily.by_treatment(lines, timely_until))
    resolve = _must_resolve(engine, lines, stored)
    counting = lines
    if resolve:
        counting = engine.keep(records.counting(lines))
        cells = engine.collect(daily.by_treatment(counting, timely_until))
    with_visits = fold.total(cells, "visit_id") > 0
    everyone, patients = fold.Everyone(), []
    for some in _in_ranges(engine, daily.by_patient(counting, with_visits=with_visits), stored):
        everyone.add(some)
        patients.append(some.select(["patient", "visits"]))
    lines_read = fold.total(stored, "records")
    figures = DayTotals(
        lines=lines_read,
        cancellations=fold.total(stored, "status"),
        repeated=lines_read - _only_number(engine, records.distinct_lines(lines)),
        conflicts=everyone.conflicts,
        replaced=_only_number(engine, quality.replaced(lines)) if resolve else 0,
        frequency=everyone.frequency,
        treatments=fold.treatments(cells),
        diagnoses=fold.diagnoses(engine.collect(daily.by_diagnosis(counting, with_visits=with_visits))),
        genders=everyone.genders(),
        bands=everyone.bands(),
        recorded=fold.recorded(cells),
    )
    return DayMeasured(figures, patients)


def _must_resolve(engine: "Engine", lines: "DataFrame", stored: "pa.Table") -> bool:
    """Whether some line of the day takes back or replaces another."""
    from healthtrends.analyze import records

    named = fold.total(stored, "record_id")
    if fold.total(stored, "status"):
        return True
    return named > 0 and _only_number(engine, records.distinct_records(lines)) < named


def _in_ranges(engine: "Engine", patients: "DataFrame", stored: "pa.Table") -> "Iterator[pa.Table]":
    """Fetch patients, those of a big date in several ranges of their first byte."""
    import pyspark.sql.functions as F  # noqa: N812  its name everywhere

    most, ranges = fold.total(stored, "records"), 1
    while ranges < _FIRST_BYTES and most > ranges * _AT_ONCE:
        ranges *= 2
    if ranges == 1:
        yield engine.collect(patients)
        return
    kept, size = engine.keep(patients), _FIRST_BYTES // ranges
    for first in range(0, _FIRST_BYTES, size):
        within = F.col("patient") >= F.lit(bytes([first]))
        if first + size < _FIRST_BYTES:
            within &= F.col("patient") < F.lit(bytes([first + size]))
        yield engine.collect(kept.where(within))


def _only_number(engine: "Engine", frame: "DataFrame") -> int:
    """Value of a result of one row and one column."""
    number: int = engine.collect(frame).column(0)[0].as_py()
    return number
