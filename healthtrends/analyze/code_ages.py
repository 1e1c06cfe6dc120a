"""Patients and years of each code by age: what means and medians are made of, kept in a cube by band."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from healthtrends.analyze.parquet import decode, encode
from healthtrends.model.day_totals import AGE_GROUP_STARTS, AGE_GROUPS, BAND_STARTS, OLD_AGE

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "code_age"


class OldPeople(NamedTuple):
    """A code some of whose patients are `OLD_AGE` or older."""

    patients: int
    """All of the code."""
    old: int
    """Those of them."""
    capped_sum: int | None
    """Sum of all ages, those of them counted as `OLD_AGE`; None: an earlier version did not say."""


def code_ages(by_diagnosis: "pa.Table") -> "pa.Table":
    """Sum rows of `aggregations.by_diagnosis` by band, sorted: diagnosis, age_band, patients, years."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    patients = by_diagnosis["patients"].cast(pa.int64())
    band = np.searchsorted(BAND_STARTS, by_diagnosis["age"].to_numpy(), side="right") - 1
    rows = pa.table(
        {
            "diagnosis": by_diagnosis["diagnosis_code"].cast(pa.string()),
            "age_band": np.array(BAND_STARTS, np.int64)[band],
            "patients": patients,
            "years": pc.multiply(patients, by_diagnosis["age"].cast(pa.int64())),
        }
    )
    return _sums(rows, "age_band", "patients", "years").sort_by(
        [("diagnosis", "ascending"), ("age_band", "ascending")]
    )


def encoded(ages: "pa.Table | None") -> bytes:
    """Parquet file of `code_ages`; None: nobody came."""
    import pyarrow as pa

    if ages is None:
        whole = pa.int64()
        columns = {"diagnosis": pa.string(), "age_band": whole, "patients": whole, "years": whole}
        ages = pa.schema(columns).empty_table()
    return encode(ages)


def by_age_group(content: bytes) -> "pa.Table":
    """Read the table of a cube as diagnosis, age_group (place in `AGE_GROUPS`), patients; in no order."""
    import numpy as np

    table = decode(content).combine_chunks()
    group = np.searchsorted(AGE_GROUP_STARTS, table["age_band"].to_numpy(), side="right") - 1
    return _sums(table.set_column(1, "age_group", [group]), "age_group", "patients")


def groups_of_codes(content: bytes, codes: Sequence[str]) -> Mapping[str, list[int]]:
    """Patients of some codes in each of `AGE_GROUPS`, from the table of a cube."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = by_age_group(content)
    rows = table.filter(pc.is_in(table["diagnosis"], pa.array(codes, pa.string()))).to_pylist()
    found = {code: [0] * len(AGE_GROUPS) for code in codes}
    for row in rows:
        found[row["diagnosis"]][row["age_group"]] = row["patients"]
    return found


def old_people(content: bytes) -> dict[str, OldPeople]:
    """Codes of which some patients are `OLD_AGE` or older, from the table of a cube."""
    found: dict[str, OldPeople] = {}
    younger: dict[str, tuple[int, int]] = {}
    for row in decode(content).to_pylist():
        code, patients, years = row["diagnosis"], row["patients"], row.get("years")
        if row["age_band"] >= OLD_AGE:
            known, before = younger.get(code, (0, 0))
            total = None if years is None else before + OLD_AGE * patients
            found[code] = OldPeople(known + patients, patients, total)
        else:
            known, before = younger.get(code, (0, 0))
            younger[code] = known + patients, before + (years or 0)
    return found


def _sums(rows: "pa.Table", age: str, *columns: str) -> "pa.Table":
    summed = rows.group_by(["diagnosis", age], use_threads=False).aggregate([(c, "sum") for c in columns])
    return summed.rename_columns(["diagnosis", age, *columns])
