"""Rolling windows: distinct patients over several dates, exactly, with their visits added up.

A window of 28 days of a million patients each has 28 million rows. They are sorted, so each pass takes those
of one range of patients: few enough that grouping them stays in the processor's cache.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from healthtrends.analyze.cube_tables import BUCKETS
from healthtrends.model.day_totals import WEEK

if TYPE_CHECKING:
    import pyarrow as pa

_CLASSES = 5
_ROWS_AT_ONCE = 250_000

Fetch = Callable[[int, int], Iterable[tuple[int, "pa.Table"]]]
"""Gives, of each date of the month, how many days it lies back, and its patients from one bucket up to
another."""


def frequencies(fetch: Fetch, rows: int) -> tuple[list[int], list[int]]:
    """Patients with 1, 2, 3, 4, and 5 or more visits in the last 7 and in all 28 days.

    `rows` is how many patients all dates have together.
    """
    week, month = [0] * _CLASSES, [0] * _CLASSES
    if not rows:
        return week, month
    for first, end in _ranges(rows):
        of_week, of_month = _visits(fetch(first, end))
        week = [a + b for a, b in zip(week, _by_class(of_week), strict=True)]
        month = [a + b for a, b in zip(month, _by_class(of_month), strict=True)]
    return week, month


def between(table: "pa.Table", first: int, end: int) -> "pa.Table":
    """Rows of these buckets of a table that is sorted by them."""
    import numpy as np

    start, stop = np.searchsorted(table["bucket"].to_numpy(), [first, end])
    return table.slice(start, stop - start)


def _ranges(rows: int) -> Iterator[tuple[int, int]]:
    passes = 1
    while passes < BUCKETS and rows > passes * _ROWS_AT_ONCE:
        passes *= 2
    size = BUCKETS // passes
    return ((first, first + size) for first in range(0, BUCKETS, size))


def _visits(tables: Iterable[tuple[int, "pa.Table"]]) -> tuple["pa.Array", "pa.Array"]:
    """Visits in the week and in the month, one row a patient."""
    import pyarrow as pa

    zero = pa.scalar(0, pa.int32())
    marked = []
    for back, table in tables:
        recent = table["visits"] if back < WEEK else pa.repeat(zero, table.num_rows)
        marked.append(pa.table({"patient": table["patient"], "all": table["visits"], "recent": recent}))
    # Threads would each group all patients of their rows, and then join: twice the work.
    groups = pa.concat_tables(marked).group_by("patient", use_threads=False)
    summed = groups.aggregate([("recent", "sum"), ("all", "sum")])
    return summed["recent_sum"], summed["all_sum"]


def _by_class(visits: "pa.Array") -> list[int]:
    import numpy as np

    counts = np.bincount(np.minimum(visits.to_numpy(), _CLASSES), minlength=_CLASSES + 1)
    return [int(count) for count in counts[1:]]
