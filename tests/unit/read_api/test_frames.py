"""Tables become frames of pandas and Polars by one call, and streams for other programs."""

import builtins
import datetime as dt

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from healthtrends.errors import UsageError
from healthtrends.read import Table

SCHEMA = pa.schema(
    {"date": pa.date32(), "patients": pa.int64(), "missing": pa.map_(pa.string(), pa.string())}
)
ROWS = [
    {"date": dt.date(2025, 12, 22), "patients": 3, "missing": []},
    {"date": dt.date(2025, 12, 23), "patients": None, "missing": [("patients", "no_feed")]},
]


@pytest.fixture
def table():
    """Two batches of one row."""
    batches = [pa.RecordBatch.from_pylist([row], SCHEMA) for row in ROWS]
    return Table(SCHEMA, lambda: iter(batches), lambda: None)


def test_pandas_keeps_whole_numbers_whole_beside_a_missing_one(table):
    """Missing is not zero, and 3 not 3.0."""
    frame = table.to_pandas()
    assert frame["patients"].tolist() == [3, pd.NA]
    assert str(frame.dtypes["date"]).startswith("datetime64")
    assert frame["missing"][1] == {"patients": "no_feed"}


def test_polars_has_the_same_rows(table):
    """With dates as dates."""
    frame = table.to_polars()
    assert frame.select("date", "patients").rows() == [(row["date"], row["patients"]) for row in ROWS]
    assert frame.schema["date"] == pl.Date


def test_a_table_is_a_stream_for_programs_that_know_arrow(table):
    """DuckDB takes it as it is."""
    assert duckdb.from_arrow(table).sum("patients").fetchall() == [(3,)]
    assert pa.table(table).num_rows == 2


def test_a_table_can_be_read_again(table):
    """Each use begins a new pass."""
    assert table.to_arrow() == table.to_arrow()
    assert [row["patients"] for row in table.rows()] == [3, None]


@pytest.mark.parametrize("package", ["pandas", "polars"])
def test_a_package_that_is_missing_is_named(table, monkeypatch, package):
    """With what to do."""
    real = builtins.__import__

    def missing(name, *args, **kwargs):
        if name == package:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match=f"{package} is not installed") as caught:
        getattr(table, f"to_{package}")()
    assert f"pip install {package}" in caught.value.next_step
