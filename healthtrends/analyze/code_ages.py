"""Patients of each code by age: what the engine counts for means and medians, kept in a cube by band."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze.parquet import decode, encode
from healthtrends.model.day_totals import AGE_GROUP_STARTS, AGE_GROUPS, BAND_STARTS

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "code_age"


def code_ages(by_diagnosis: "pa.Table") -> "pa.Table":
    """Sum rows of `aggregations.by_diagnosis` by band, sorted: diagnosis, age_band, patients."""
    import numpy as np
    import pyarrow as pa

    band = np.searchsorted(BAND_STARTS, by_diagnosis["age"].to_numpy(), side="right") - 1
    rows = pa.table(
        {
            "diagnosis": by_diagnosis["diagnosis_code"].cast(pa.string()),
            "age_band": np.array(BAND_STARTS, np.int64)[band],
            "patients": by_diagnosis["patients"].cast(pa.int64()),
        }
    )
    return _sums(rows, "age_band").sort_by([("diagnosis", "ascending"), ("age_band", "ascending")])


def encoded(ages: "pa.Table | None") -> bytes:
    """Parquet file of `code_ages`; None: nobody came."""
    import pyarrow as pa

    if ages is None:
        whole = pa.int64()
        ages = pa.schema({"diagnosis": pa.string(), "age_band": whole, "patients": whole}).empty_table()
    return encode(ages)


def by_age_group(content: bytes) -> "pa.Table":
    """Read the table of a cube as diagnosis, age_group (place in `AGE_GROUPS`), patients; in no order."""
    import numpy as np

    table = decode(content).combine_chunks()
    group = np.searchsorted(AGE_GROUP_STARTS, table["age_band"].to_numpy(), side="right") - 1
    return _sums(table.set_column(1, "age_group", [group]), "age_group")


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


def _sums(rows: "pa.Table", age: str) -> "pa.Table":
    summed = rows.group_by(["diagnosis", age], use_threads=False).aggregate([("patients", "sum")])
    return summed.rename_columns(["diagnosis", age, "patients"])
