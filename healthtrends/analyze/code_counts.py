"""Counts of patients by code and by group of codes, days x names, from the tables of cubes.

A group has its distinct patients: the engine counted them (`group_sums`), they are not added up from codes.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from healthtrends.analyze.code_strata import TABLES, stratum_counts
from healthtrends.analyze.parquet import decode
from healthtrends.model.signals import Stratum

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

GROUPS = ("category", "block", "chapter")


class DayCounts(NamedTuple):
    """Patients of one date."""

    visits: int
    names: "Mapping[str, pa.Array]"
    """By level: diagnosis, category, block, chapter, and strata of codes that the cube tells."""
    patients: "Mapping[str, NDArray[np.int64]]"
    """Of these names."""


def day_counts(tables: Mapping[str, bytes], visits: int, strata: Sequence[Stratum] = ()) -> DayCounts:
    """Read the tables `diagnosis` and `group` of a cube, and those of `strata` as far as they are there."""
    import pyarrow.compute as pc

    codes = decode(tables["diagnosis"], ["diagnosis", "patients"]).combine_chunks()
    groups = decode(tables["group"], ["level", *GROUPS, "patients"]).combine_chunks()
    names, patients = {}, {}
    for level in ("diagnosis", *GROUPS):
        table = codes if level == "diagnosis" else groups.filter(pc.equal(groups["level"], level))
        names[level] = table[level].combine_chunks()
        patients[level] = table["patients"].to_numpy()
    for stratum in strata:
        if TABLES[stratum] in tables:
            names[stratum], patients[stratum] = stratum_counts(stratum, tables[TABLES[stratum]])
    return DayCounts(visits, names, patients)


def count_by_name(days: Sequence[DayCounts | None], level: str) -> "tuple[list[str], NDArray[np.float64]]":
    """Put the days of a level side by side: all names in their order, and patients, days x names.

    0: nobody on an observed day; NaN: the day was not observed, or its cube is without this level.
    """
    import numpy as np
    import pyarrow as pa

    found = [(row, day) for row, day in enumerate(days) if day is not None and level in day.names]
    if not found:
        return [], np.empty((len(days), 0))
    encoded = pa.concat_arrays([day.names[level] for _, day in found]).dictionary_encode()
    names = encoded.dictionary.to_pylist()
    order = sorted(range(len(names)), key=names.__getitem__)
    place = np.empty(len(names), np.intp)
    place[order] = np.arange(len(names))
    counts = np.full((len(days), len(names)), np.nan)
    counts[[row for row, _ in found]] = 0
    rows = np.repeat([row for row, _ in found], [len(day.names[level]) for _, day in found])
    patients = np.concatenate([day.patients[level] for _, day in found])
    counts[rows, place[encoded.indices.to_numpy()]] = patients
    return [names[each] for each in order], counts
