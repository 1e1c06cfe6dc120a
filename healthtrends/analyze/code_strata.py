"""Patients of each code apart by age, gender, facility or region, from the tables of a cube.

A series of a stratum is named by its code and what it is told apart by: `J10.1 0-4`, `J10.1 F`, `J10.1 H3`.
Groups of codes have none: their distinct patients are counted over all of the date.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from healthtrends.analyze import code_ages, code_places
from healthtrends.analyze.parquet import decode
from healthtrends.model.day_totals import AGE_GROUPS
from healthtrends.model.signals import Stratum

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Counts = tuple[pa.Array, NDArray[np.int64]]

TABLES: Final[Mapping[Stratum, str]] = {
    "age_group": code_ages.TABLE,
    "gender": "diagnosis",
    "facility": code_places.TABLE,
    "region": code_places.TABLE,
}
"""Table of a cube by what codes are told apart by."""
_GENDERS = {"men": "M", "women": "F", "other": "O", "unknown": "U"}
_BETWEEN = " "
"""No code holds one."""


def stratum_counts(level: Stratum, content: bytes) -> "Counts":
    """Names of the series of a date, and their patients; those of nobody are not there."""
    import pyarrow.compute as pc

    rows = _rows(level, content)
    rows = rows.filter(pc.greater(rows["patients"], 0))
    names = pc.binary_join_element_wise(rows["diagnosis"], rows["part"], _BETWEEN)
    return names.combine_chunks(), rows["patients"].to_numpy()


def code_of(name: str) -> str:
    """Code of a series of a stratum; of any other its name."""
    return name.partition(_BETWEEN)[0]


def _rows(level: Stratum, content: bytes) -> "pa.Table":
    """diagnosis, part (in words), patients."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if level == "age_group":
        table = code_ages.by_age_group(content)
        part = pa.array(AGE_GROUPS).take(table["age_group"].combine_chunks())
        return pa.table({"diagnosis": table["diagnosis"], "part": part, "patients": table["patients"]})
    if level == "gender":
        table = decode(content, ["diagnosis", *_GENDERS])
        each = (
            pa.table({"diagnosis": table["diagnosis"], "part": [short] * len(table), "patients": table[name]})
            for name, short in _GENDERS.items()
        )
        return pa.concat_tables(each)
    table = decode(content)
    return table.filter(pc.equal(table["level"], level))
