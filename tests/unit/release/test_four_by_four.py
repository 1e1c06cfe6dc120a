"""The table of the design: rows and columns with totals, in which two hidden counts a line are not enough."""

import pytest

TABLE = {
    "w": (30, 47, 64, 89),
    "x": (90, 124, 5, 31),
    "y": (92, 100, 59, 85),
    "z": (800, 991, 651, 685),
}


@pytest.fixture
def table():
    """Counts by name, and the lines that add up."""
    values = {
        f"{row}{column}": n for row, counts in TABLE.items() for column, n in zip("abcd", counts, strict=True)
    }
    lines = [[row, *(f"{row}{column}" for column in "abcd")] for row in TABLE]
    lines += [[column, *(f"{row}{column}" for row in TABLE)] for column in "abcd"]
    lines.append(["all", *TABLE])
    totals = {row: sum(counts) for row, counts in TABLE.items()}
    totals |= {column: sum(values[f"{row}{column}"] for row in TABLE) for column in "abcd"}
    return {**values, **totals, "all": sum(totals[row] for row in TABLE)}, lines


def test_one_small_count_takes_three_others_with_it(hidden, table):
    """The cheapest rectangle around it: 5 + 31 + 59 + 85 people; with row w it would be 5 + 31 + 64 + 89."""
    assert hidden(*table, threshold=11) == {"xc", "xd", "yc", "yd"}
