"""Rejects as a table: Parquet and CSV with and without content, and the views that the page shows."""

import base64
import csv
import datetime as dt
import io
import stat
import tracemalloc
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from healthtrends.cli.private_file import private_file
from healthtrends.errors import UsageError
from healthtrends.ingest.quarantine import Reject
from healthtrends.ingest.reject_table import COLUMNS, TableForm, write_table
from tests.docs.fenced import blocks

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "rejects.md"


def reject(offset, **changes):
    fields = {
        "topic": "t", "partition": 1, "offset": offset, "timestamp": 1_766_400_000_123,
        "reason": "wrong_type", "field": "age", "raw_base64": b'{"age": "forty"}', **changes,
    }  # fmt: skip
    return "2025-12-22", Reject(**fields)


FOUND = [
    reject(5),
    reject(6, reason="null_value", field=None, raw_base64=None),
    reject(
        7, raw_base64=b"\xff\x00,\n", raw_bytes=900, raw_sha256="ab", part="DG1[2]", reason="invalid_utf8"
    ),
]


def written(kind, found=FOUND, **form) -> bytes:
    file = io.BytesIO()
    assert write_table(file, TableForm(kind=kind, **form), iter(found)) == len(found)
    return file.getvalue()


def test_parquet_has_typed_columns_and_no_content():
    """Nulls are nulls; times are in UTC."""
    table = pq.read_table(io.BytesIO(written("parquet")))
    assert tuple(table.column_names) == COLUMNS
    assert table.to_pylist()[1:] == [
        {
            "ingested": dt.date(2025, 12, 22), "topic": "t", "partition": 1, "offset": 6,
            "received": dt.datetime(2025, 12, 22, 10, 40, 0, 123000, tzinfo=dt.UTC), "reason": "null_value",
            "field": None, "part": None, "message_bytes": None, "kept_bytes": None,
        },
        {
            "ingested": dt.date(2025, 12, 22), "topic": "t", "partition": 1, "offset": 7,
            "received": dt.datetime(2025, 12, 22, 10, 40, 0, 123000, tzinfo=dt.UTC),
            "reason": "invalid_utf8", "field": "age", "part": "DG1[2]", "message_bytes": 900, "kept_bytes": 4,
        },
    ]  # fmt: skip


def test_content_is_there_only_when_asked_for():
    """As bytes in Parquet, as base64 in CSV."""
    table = pq.read_table(io.BytesIO(written("parquet", content=True)))
    assert table["content"].to_pylist() == [row.raw_base64 for _, row in FOUND]
    rows = list(csv.DictReader(io.StringIO(written("csv", content=True).decode())))
    assert [base64.b64decode(row["content_base64"]) for row in rows] == [
        b'{"age": "forty"}',
        b"",
        b"\xff\x00,\n",
    ]
    for kind in ("parquet", "csv"):
        assert b"forty" not in written(kind)


def test_csv_has_the_same_rows():
    """Empty where Parquet has null."""
    header, *lines = written("csv").decode().splitlines()
    assert header == ",".join(COLUMNS)
    assert lines[0] == "2025-12-22,t,1,5,2025-12-22T10:40:00.123Z,wrong_type,age,,16,16"
    assert lines[1] == "2025-12-22,t,1,6,2025-12-22T10:40:00.123Z,null_value,,,,"


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_a_table_of_none_has_its_columns(kind):
    """So a view of it works."""
    (count,) = duckdb.connect().execute("select 1").fetchone()
    content = written(kind, [])
    assert count == 1
    names = (
        pq.read_table(io.BytesIO(content)).column_names if kind == "parquet" else content.decode().split(",")
    )
    assert len(names) == len(COLUMNS)


@pytest.mark.slow
def test_memory_is_flat():
    """Ten thousand rejects of 2 kB need no more than a few groups at once."""
    found = (reject(n, raw_base64=b"x" * 2000) for n in range(10_000))
    form = TableForm(kind="csv", content=True)
    write_table(io.BytesIO(), form, [reject(0)])
    tracemalloc.start()
    with Path("/dev/null").open("wb") as nothing:
        assert write_table(nothing, form, found) == 10_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000


def test_a_csv_for_spreadsheets_runs_nothing():
    """Base64 may begin with a plus, and the names of a format's parts are not ours."""
    found = [reject(8, raw_base64=b"\xf8", part="=1+1")]
    assert written("csv", found, content=True).splitlines()[1].split(b",")[-4:-2] == [b"=1+1", b"1"]
    row = written("csv", found, content=True, spreadsheet=True).splitlines()[1].split(b",")
    assert (row[7], row[-1]) == (b"'=1+1", b"'+A==")


def test_the_views_of_the_page_work(tmp_path, monkeypatch):
    """Every SQL block, in the order of the page, on files of the names that it gives."""
    monkeypatch.chdir(tmp_path)
    Path("rejects.parquet").write_bytes(written("parquet"))
    Path("rejects-with-content.parquet").write_bytes(written("parquet", content=True))
    view, sums, content = blocks(PAGE, "sql")
    db = duckdb.connect()
    db.execute(view)
    assert db.execute("select messages, share, first_offset from rejects_by_day").fetchall() == [
        (1, 0.3333, 7), (1, 0.3333, 6), (1, 0.3333, 5),
    ]  # fmt: skip
    assert db.execute(sums).fetchall() == [("invalid_utf8", 1), ("null_value", 1), ("wrong_type", 1)]
    assert db.execute(content).fetchall() == [(1, 5, "wrong_type", "age", '{"age": "forty"}')]


def test_the_file_is_for_its_user_alone(tmp_path):
    """Also where an open one was before, which stays until the new one is whole."""
    path = tmp_path / "new" / "rejects.csv"
    path.parent.mkdir()
    path.write_text("old")
    path.chmod(0o644)
    with private_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("new", 0o600)
    with pytest.raises(RuntimeError), private_file(path) as file:
        raise RuntimeError("it broke")
    assert [each.name for each in path.parent.iterdir()] == ["rejects.csv"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    """As a mistake of the user."""
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match="cannot be written"),
        private_file(tmp_path / "file" / "rejects.csv"),
    ):
        pass
