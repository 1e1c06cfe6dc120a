"""Converts a date's totals into the tables of a cube, and back; reports and history are made from them.

Grains, one Parquet file each (counts of patients and visits, ages in years):

    diagnosis   diagnosis, patients, visits, age_sum, mean_age, median_age, men, women, other, unknown
    gender      gender, patients, visits, age_sum
    age_band    age_band (youngest age), patients, visits, men, women, other, unknown
    code_age    diagnosis, age_band (youngest age), patients, years (sum of their ages)
    code_place  level (facility, region), diagnosis, part (name), patients; where alarms look at them
    outcome     diagnosis, treatment_code, records by outcome and by optional field
    group       level, chapter, block, category, patients, visits
    place       level (facility, region), name, patients, visits
    recorded    day (of `recorded_at`), records, newest
    facility    facility, day (of `recorded_at`), lines, records, records by optional field, newest
    patients-N  patient (16 bytes, see `aggregations.by_patient`), visits; sorted, in parts, for exact windows
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, fields
from typing import TYPE_CHECKING, Any

from healthtrends.analyze import code_ages, code_places
from healthtrends.analyze.parquet import decode, encode
from healthtrends.model.day_totals import (
    Band,
    DayTotals,
    Diagnosis,
    DiagnosisGroup,
    FacilityCounts,
    FacilityDay,
    Gender,
    Place,
    RecordedDay,
    Treatment,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from healthtrends.analyze.compute_day import ComputedDay

SHOWN = ("diagnosis", "gender", "age_band", "outcome", "group", "place")
"""Grains that other programs may read; the rest is about single patients, or of no use to them."""
BUCKETS = 256
"""Values of the first byte of a patient, by which windows are split."""
_ROWS_PER_PART = 250_000
_MOST_PARTS = 64
_ROWS = {
    "outcome": Treatment,
    "gender": Gender,
    "group": DiagnosisGroup,
    "place": Place,
    "recorded": RecordedDay,
    "facility": FacilityDay,
}
_TOTALS = ("lines", "cancellations", "repeated", "conflicts", "replaced")


def totals(figures: DayTotals) -> dict[str, list[int]]:
    """Figures of the whole date that are no table."""
    single = {name: [getattr(figures, name)] for name in _TOTALS}
    found = {"patients": [figures.patients], "visits": [figures.visits]}
    ages = {} if figures.capped_ages is None else {"capped_ages": list(figures.capped_ages)}
    return {**single, **found, "frequency": list(figures.frequency), **ages}


def tables(day: "ComputedDay") -> dict[str, bytes]:
    """All Parquet files of a date by name."""
    figures = day.figures
    plain: dict[str, Sequence[Any]] = {
        "outcome": figures.treatments,
        "gender": figures.genders,
        "group": figures.groups,
        "place": figures.places,
        "recorded": figures.recorded,
        "facility": figures.facilities,
    }
    found = {name: _table(_ROWS[name], rows) for name, rows in plain.items()}
    found["diagnosis"] = _diagnoses(figures.diagnoses)
    found["age_band"] = _bands(figures.bands)
    files = {name: encode(table) for name, table in (found | _parts(day.patients)).items()}
    files[code_ages.TABLE] = code_ages.encoded(day.ages)
    return files | ({code_places.TABLE: encode(day.places)} if day.places is not None else {})


def figures(read: Mapping[str, bytes], known: Mapping[str, Sequence[int]]) -> DayTotals:
    """Turn `totals` and the tables but for the patients back into figures."""
    rows = {name: decode(read[name]).to_pylist() for name in (*_ROWS, "diagnosis", "age_band")}
    return DayTotals(
        **{name: known[name][0] for name in _TOTALS},
        frequency=tuple(known["frequency"]),
        capped_ages=tuple(known["capped_ages"]) if "capped_ages" in known else None,
        treatments=[Treatment(**row) for row in rows["outcome"]],
        diagnoses=[_diagnosis(row) for row in rows["diagnosis"]],
        genders=[Gender(**row) for row in rows["gender"]],
        bands=[_band(row) for row in rows["age_band"]],
        groups=[DiagnosisGroup(**row) for row in rows["group"]],
        places=[Place(**row) for row in rows["place"]],
        recorded=[RecordedDay(**row) for row in rows["recorded"]],
        facilities=[FacilityDay(**row) for row in rows["facility"]],
    )


FIGURE_TABLES = (*_ROWS, "diagnosis", "age_band")
"""Tables that `figures` needs."""
NEEDED = frozenset({*FIGURE_TABLES, code_ages.TABLE})
"""Tables without which a cube is made again."""


def patients_by_code(content: bytes) -> dict[str, int]:
    """Patients of each code, from the table `diagnosis`."""
    table = decode(content, ["diagnosis", "patients"])
    return dict(zip(table["diagnosis"].to_pylist(), table["patients"].to_pylist(), strict=True))


def gender_counts(content: bytes) -> dict[str, tuple[int, int]]:
    """Men and women of each code, from the table `diagnosis`."""
    table = decode(content, ["diagnosis", "men", "women"])
    names, men, women = (table[name].to_pylist() for name in table.column_names)
    return dict(zip(names, zip(men, women, strict=True), strict=True))


def facility_counts(content: bytes) -> dict[str, FacilityCounts]:
    """What each facility sent, from the table `facility`."""
    found: dict[str, FacilityCounts] = {}
    for row in decode(content, ["facility", "records", "newest"]).to_pylist():
        known = found.get(row["facility"], FacilityCounts(0, ""))
        newest = max(known.newest, row["newest"])
        found[row["facility"]] = FacilityCounts(known.records + row["records"], newest)
    return found


def place_visits(content: bytes) -> dict[str, dict[str, int]]:
    """Visits by level and name, from the table `place`."""
    found: dict[str, dict[str, int]] = {}
    for row in decode(content, ["level", "name", "visits"]).to_pylist():
        found.setdefault(row["level"], {})[row["name"]] = row["visits"]
    return found


def part_names(names: Iterable[str], first: int, end: int) -> list[str]:
    """Among the names of all tables those that hold the patients of buckets `first` up to `end`."""
    parts = sorted(name for name in names if name.startswith("patients-"))
    return parts[first * len(parts) // BUCKETS : -(-end * len(parts) // BUCKETS)]


def _table(kind: type, rows: Sequence[Any]) -> "pa.Table":
    """Columns are the fields of `kind`, in the order of the rows' own key."""
    import pyarrow as pa

    types = {"int": pa.int64(), "str": pa.string(), int: pa.int64(), str: pa.string()}
    schema = pa.schema([(field.name, types[field.type]) for field in fields(kind)])
    in_order = rows if kind is Gender else sorted(map(astuple, rows))
    values = [row if isinstance(row, tuple) else astuple(row) for row in in_order]
    columns = zip(*values, strict=True) if values else [()] * len(schema)
    return pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)


def _diagnoses(rows: Sequence[Diagnosis]) -> "pa.Table":
    import pyarrow as pa

    in_order = sorted(rows, key=lambda row: row.diagnosis)
    whole = ("patients", "visits", "age_sum")
    counts = ("men", "women", "other", "unknown")
    return pa.table(
        {
            "diagnosis": pa.array([row.diagnosis for row in in_order], pa.string()),
            **{name: pa.array([getattr(row, name) for row in in_order], pa.int64()) for name in whole},
            "mean_age": pa.array([row.age_sum / row.patients for row in in_order], pa.float64()),
            "median_age": pa.array([row.twice_median_age / 2 for row in in_order], pa.float64()),
            **{name: pa.array([getattr(row, name) for row in in_order], pa.int64()) for name in counts},
        }
    )


def _diagnosis(row: Mapping[str, Any]) -> Diagnosis:
    kept = {name: row[name] for name in ("diagnosis", "patients", "visits", "age_sum")}
    counts = {name: row[name] for name in ("men", "women", "other")}
    return Diagnosis(**kept, twice_median_age=round(2 * row["median_age"]), **counts)


def _bands(rows: Sequence[Band]) -> "pa.Table":
    import pyarrow as pa

    counts = ("patients", "visits", "men", "women", "other", "unknown")
    columns = {name: pa.array([getattr(row, name) for row in rows], pa.int64()) for name in counts}
    return pa.table({"age_band": pa.array([row.start for row in rows], pa.int64()), **columns})


def _band(row: Mapping[str, int]) -> Band:
    return Band(row["age_band"], *(row[name] for name in ("patients", "visits", "men", "women", "other")))


def _parts(patients: "Sequence[pa.Table]") -> dict[str, "pa.Table"]:
    """Sorted by patient and cut at multiples of a bucket, so that a window need not hold all of a date."""
    import numpy as np

    most = max(table.num_rows for table in patients)
    each = 1  # parts of each range, so that all parts have equally many buckets
    while each * len(patients) < _MOST_PARTS and most > each * _ROWS_PER_PART:
        each *= 2
    size = BUCKETS // (each * len(patients))
    found: dict[str, pa.Table] = {}
    for number, table in enumerate(patients):
        whole, first = _sorted_patients(table), number * each * size
        edges = np.searchsorted(whole["bucket"].to_numpy(), first + size * np.arange(each + 1)).tolist()
        for start, end in itertools.pairwise(edges):
            found[f"patients-{len(found):02d}"] = whole.slice(start, end - start)
    return found


def _sorted_patients(patients: "pa.Table") -> "pa.Table":
    import numpy as np
    import pyarrow as pa

    ids = patients["patient"].cast(pa.binary(16)).combine_chunks()
    _, data = ids.buffers()
    halves = np.frombuffer(data or b"", ">u8", 2 * len(ids), 16 * ids.offset).reshape(-1, 2)
    high = halves[:, 0].astype(np.uint64)
    order = np.argsort(high)
    in_order = high[order]
    if (in_order[1:] == in_order[:-1]).any():  # two of a million share these 64 bits once in 10^7 dates
        order = np.lexsort((halves[:, 1], high))
    return pa.table(
        {
            "bucket": pa.array((high[order] >> np.uint64(56)).astype(np.uint8)),
            "patient": ids.take(pa.array(order)),
            "visits": patients["visits"].combine_chunks().take(pa.array(order)),
        }
    )
