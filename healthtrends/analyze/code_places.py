"""Patients of each code by facility and by region, kept in a cube where alarms look at them.

The engine is asked once more for each of both: a patient may come to several places on a date.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from healthtrends.analyze import day_sums
from healthtrends.analyze.group_sums import PLACES

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame

    from healthtrends.analyze.ports import Engine

TABLE = "code_place"


def code_places(
    engine: "Engine", records: "DataFrame", cells: "pa.Table", levels: Sequence[str]
) -> "pa.Table":
    """Count the patients of each code and named place: level, diagnosis, part (its name), patients; sorted.

    `cells` are the rows of `aggregations.by_treatment`; `levels` are facility and region, or one of them.
    """
    import pyarrow as pa

    from healthtrends.analyze import aggregations

    names = pa.schema(
        {"level": pa.string(), "diagnosis": pa.string(), "part": pa.string(), "patients": pa.int64()}
    )
    found = [names.empty_table()]
    for level in levels:
        column = PLACES[level]
        if day_sums.total(cells, column):
            table = engine.collect(aggregations.by_code_and_place(records, column))
            columns = [pa.array([level] * len(table)), *(table[name] for name in names.names[1:])]
            found.append(pa.table(columns, names=names.names).cast(names))
    return pa.concat_tables(found).sort_by([(name, "ascending") for name in names.names[:-1]])
