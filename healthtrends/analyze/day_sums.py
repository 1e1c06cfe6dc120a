"""Sums of an engine's results over days, ages and genders, and medians from counts by age.

Arrow in, whole numbers out. pyarrow and numpy are imported when there is something to fold.
"""

from typing import TYPE_CHECKING

from healthtrends.analyze.line_schema import GENDER_BITS, OPTIONAL, OUTCOMES
from healthtrends.model.day_totals import (
    BAND_STARTS,
    GENDERS,
    OLD_AGE,
    Band,
    Diagnosis,
    FacilityDay,
    Gender,
    RecordedDay,
    Treatment,
)

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    Ints = npt.NDArray[np.int64]

MOST_VISITS = 5
"""The last class of `visit_frequency` is this many visits or more."""
AGES = 131
_GENDER_SUMS = 8
_WHOLE_SECOND = len("2025-12-22T08:30:00")
_COUNTS = ("records", *OUTCOMES, "timely", *OPTIONAL)


def treatments(table: "pa.Table") -> list[Treatment]:
    """Rows of `aggregations.by_treatment`, the days of `recorded_at` put together."""
    summed = _summed(table, ["diagnosis_code", "treatment_code"], _COUNTS)
    return [Treatment(*row) for row in zip(*(column.to_pylist() for column in summed), strict=True)]


def recorded(table: "pa.Table") -> list[RecordedDay]:
    """Rows of `aggregations.by_treatment` by the day of `recorded_at`, oldest first."""
    newest = table.group_by("recorded_day", use_threads=False).aggregate([("newest", "max")])
    latest = dict(zip(newest["recorded_day"].to_pylist(), newest["newest_max"].to_pylist(), strict=True))
    days, records = (column.to_pylist() for column in _summed(table, ["recorded_day"], ("records",)))
    return [
        RecordedDay(day, count, _six_digits(latest[day]))
        for day, count in sorted(zip(days, records, strict=True))
    ]


def facilities(stored: "pa.Table", counting: "pa.Table") -> list[FacilityDay]:
    """Rows of `aggregations.by_facility`, of all stored lines and of those that count, put together."""
    fields = ("records", "visit_id", "record_id", "region")
    keys = ("facility_id", "recorded_day")
    counted = {tuple(row[key] for key in keys): row for row in counting.to_pylist()}
    found = []
    for row in stored.to_pylist():
        facility, day = (row[key] for key in keys)
        counts = counted.get((facility, day), dict.fromkeys(fields, 0))
        numbers = {name: counts[name] for name in fields}
        newest = _six_digits(row["newest"])
        found.append(FacilityDay(facility or "", day, lines=row["records"], newest=newest, **numbers))
    return sorted(found, key=lambda each: (each.facility, each.day))


def total(table: "pa.Table", column: str) -> int:
    """Sum of a column of counts; 0 without rows."""
    return sum(table[column].to_pylist())


def diagnoses(table: "pa.Table") -> list[Diagnosis]:
    """Rows of `aggregations.by_diagnosis`, the ages of each code put together."""
    import numpy as np

    if not table.num_rows:
        return []
    ordered = table.sort_by([("diagnosis_code", "ascending"), ("age", "ascending")])
    codes, first = np.unique(ordered["diagnosis_code"].to_numpy(), return_index=True)
    age, *counts = (ordered[name].to_numpy() for name in ("age", "patients", "visits", *GENDER_BITS))
    patients, visits, *genders = (np.add.reduceat(column, first) for column in counts)
    years = np.add.reduceat(age * counts[0], first)
    # The middle one or two of all patients in line, code after code and by age: each row has its places.
    last_place, before = np.cumsum(counts[0]), np.cumsum(patients) - patients
    lower = age[np.searchsorted(last_place, before + (patients - 1) // 2, side="right")]
    upper = age[np.searchsorted(last_place, before + patients // 2, side="right")]
    columns = (patients, visits, years, lower + upper, *genders)
    rows = zip(codes.tolist(), *(column.tolist() for column in columns), strict=True)
    return [Diagnosis(*row) for row in rows]


class PatientTotals:
    """Counts of the patients of a date by age and gender, added table by table."""

    def __init__(self) -> None:
        import numpy as np

        self._patients = np.zeros((AGES, _GENDER_SUMS), np.int64)
        self._visits = np.zeros((AGES, _GENDER_SUMS), np.int64)
        self._classes = np.zeros(MOST_VISITS + 1, np.int64)

    def add(self, table: "pa.Table") -> None:
        """Count rows of `aggregations.by_patient`."""
        import numpy as np

        age, genders, visits = (table[name].to_numpy() for name in ("age", "genders", "visits"))
        place, size = age * _GENDER_SUMS + genders, self._patients.size
        self._patients += np.bincount(place, minlength=size).reshape(self._patients.shape)
        # A weighted count is a float, which is exact up to 2 ** 53.
        weighted = np.bincount(place, weights=visits, minlength=size)
        self._visits += weighted.astype(np.int64).reshape(self._visits.shape)
        self._classes += np.bincount(np.minimum(visits, MOST_VISITS), minlength=MOST_VISITS + 1)

    @property
    def frequency(self) -> tuple[int, ...]:
        """Patients with 1, 2, 3, 4, and 5 or more visits."""
        return tuple(self._classes[1:].tolist())

    @property
    def conflicts(self) -> int:
        """Patients of two different genders."""
        plain_columns = [0, *(bit for _, bit in GENDER_BITS.values())]
        return int(self._patients.sum() - self._patients[:, plain_columns].sum())

    def genders(self) -> tuple[Gender, ...]:
        """Patients, visits and years by gender; what is neither M, F nor O is U."""
        import numpy as np

        years = self._patients * np.arange(AGES)[:, None]
        sums = [_by_gender(column) for column in (self._patients, self._visits, years)]
        return tuple(Gender(name, *row) for name, row in zip(GENDERS, zip(*sums, strict=True), strict=True))

    def capped_ages(self) -> tuple[int, ...]:
        """Years by gender, ages from `OLD_AGE` on as that."""
        import numpy as np

        return _by_gender(self._patients * np.minimum(np.arange(AGES), OLD_AGE)[:, None])

    def bands(self) -> tuple[Band, ...]:
        """Ages summed by band, youngest first."""
        import numpy as np

        patients = np.add.reduceat(self._patients, BAND_STARTS)
        visits = np.add.reduceat(self._visits.sum(axis=1), BAND_STARTS)
        bits = [bit for _, bit in GENDER_BITS.values()]
        columns = (BAND_STARTS, patients.sum(axis=1).tolist(), visits.tolist(), patients[:, bits].tolist())
        return tuple(
            Band(start, patients, come, *named) for start, patients, come, named in zip(*columns, strict=True)
        )


def _by_gender(column: "Ints") -> tuple[int, ...]:
    """Sums over ages for M, F, O, and U: what is none of these."""
    sums = column.sum(axis=0)
    named = [int(sums[bit]) for _, bit in GENDER_BITS.values()]
    return (*named, int(sums.sum()) - sum(named))


def _summed(table: "pa.Table", keys: list[str], counts: tuple[str, ...]) -> "list[pa.ChunkedArray]":
    """Columns of keys, then of sums."""
    sums = table.group_by(keys, use_threads=False).aggregate([(name, "sum") for name in counts])
    return [sums[name] for name in (*keys, *(f"{name}_sum" for name in counts))]


def _six_digits(time: str) -> str:
    """A time without the Z, its fraction brought to six digits."""
    return f"{time[:_WHOLE_SECOND]}.{time[_WHOLE_SECOND + 1 :]:0<6}"
