"""Computes the exact totals of one date from its files: the one place where records are read for a report.

The analysis reads the files it is given and nothing else, so what comes out is a function of the commit log
at one sequence number. PySpark is imported only when there is something to read.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from healthtrends import clock
from healthtrends.analyze import day_sums, group_sums
from healthtrends.analyze.code_ages import code_ages
from healthtrends.analyze.code_places import code_places
from healthtrends.analyze.line_schema import LINE_SCHEMA
from healthtrends.icd.edition import Edition, icd10cm
from healthtrends.model.day_totals import DayTotals, FacilityDay

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine

_AT_ONCE = 4_000_000
"""Patients that are fetched together: 100 MB."""
_FIRST_BYTES = 256


@dataclass(frozen=True, slots=True)
class ComputedDay:
    """Totals and patients of a date, computed from its records."""

    figures: DayTotals
    patients: "Sequence[pa.Table]"
    """patient (16 bytes), visits; as the engine gave them. Each has those of an equal share of all first
    bytes, in the order of these: a power of two of them."""
    ages: "pa.Table | None" = None
    """diagnosis, age_band, patients, years; see `code_ages`. None: nobody came."""
    places: "pa.Table | None" = None
    """level, diagnosis, part, patients; see `code_places`. None: nobody asked."""


def compute_day(
    engine: "Engine",
    files: Sequence[str],
    date: dt.date,
    zone: str = clock.UTC,
    edition: Edition | None = None,
    code_levels: Sequence[str] = (),
) -> ComputedDay:
    """Read the lines of a date; return their totals and its patients.

    `files` are full URLs (`hdfs://host:port/...`, `file:///...`), at least one. Days end, and times
    fall on days, as in `zone`. Codes are grouped as in `edition`; None: ICD-10-CM. They are counted apart
    by each of `code_levels`: facility, region. Raises what the engine does.
    """
    lines = engine.keep(engine.read(files, LINE_SCHEMA))
    from healthtrends.analyze import aggregations, version_resolution  # the engine runs: PySpark is loaded

    until = clock.end_of_day(date, zone) + dt.timedelta(days=1)
    timely_until = until.replace(tzinfo=None).isoformat(timespec="microseconds")
    stored = cells = engine.collect(aggregations.by_treatment(lines, timely_until, zone))
    resolve = _has_versions(engine, lines, stored)
    counting = lines
    if resolve:
        counting = engine.keep(version_resolution.resolve_versions(lines))
        cells = engine.collect(aggregations.by_treatment(counting, timely_until, zone))
    with_visits = day_sums.total(cells, "visit_id") > 0
    facilities: Sequence[FacilityDay] = ()
    if day_sums.total(stored, "facility_id"):
        messages = version_resolution.without_copies(lines) if resolve else lines
        every_line = engine.collect(aggregations.by_facility(messages, zone))
        records = engine.collect(aggregations.by_facility(counting, zone)) if resolve else every_line
        facilities = day_sums.facilities(every_line, records)
    patient_totals, patients = day_sums.PatientTotals(), []
    for some in _in_ranges(engine, aggregations.by_patient(counting, with_visits=with_visits), stored):
        patient_totals.add(some)
        patients.append(some.select(["patient", "visits"]))
    lines_read = day_sums.total(stored, "records")
    by_diagnosis = engine.collect(aggregations.by_diagnosis(counting, with_visits=with_visits))
    diagnoses = day_sums.diagnoses(by_diagnosis)
    figures = DayTotals(
        lines=lines_read,
        cancellations=day_sums.total(stored, "status"),
        repeated=lines_read - _only_number(engine, version_resolution.distinct_lines(lines)),
        conflicts=patient_totals.conflicts,
        replaced=_only_number(engine, version_resolution.replaced(lines)) if resolve else 0,
        frequency=patient_totals.frequency,
        treatments=day_sums.treatments(cells),
        diagnoses=diagnoses,
        groups=group_sums.groups(engine, counting, diagnoses, edition or icd10cm(), with_visits=with_visits),
        places=group_sums.places(engine, counting, cells, with_visits=with_visits),
        genders=patient_totals.genders(),
        capped_ages=patient_totals.capped_ages(),
        bands=patient_totals.bands(),
        recorded=day_sums.recorded(cells),
        facilities=facilities,
    )
    places = code_places(engine, counting, cells, code_levels) if code_levels else None
    return ComputedDay(figures, patients, code_ages(by_diagnosis), places)


def _has_versions(engine: "Engine", lines: "DataFrame", stored: "pa.Table") -> bool:
    """Whether some line of the day takes back or replaces another."""
    from healthtrends.analyze import version_resolution

    named = day_sums.total(stored, "record_id")
    if day_sums.total(stored, "status"):
        return True
    return named > 0 and _only_number(engine, version_resolution.distinct_records(lines)) < named


def _in_ranges(engine: "Engine", patients: "DataFrame", stored: "pa.Table") -> "Iterator[pa.Table]":
    """Fetch patients, those of a big date in several ranges of their first byte."""
    import pyspark.sql.functions as F  # noqa: N812  its name everywhere

    most, ranges = day_sums.total(stored, "records"), 1
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
