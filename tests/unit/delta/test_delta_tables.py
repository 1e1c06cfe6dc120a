"""Delta tables of releases on this disk: one version a release, in order, never twice, whatever dies."""

import datetime as dt
import os
import shutil
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import deltalake
import duckdb
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError

from healthtrends.adapters import delta
from healthtrends.errors import ConfigError, HdfsUnavailable, UsageError, WriteFailed
from healthtrends.orchestrate.delta_tables import _in_order
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish.released_tables import releasable
from tests.unit.delta.conftest import MONDAY, TUESDAY, release
from tests.unit.test_cubes import BEFORE, LAST

pytestmark = pytest.mark.slow

ALL = [(1, LAST, 1), (2, LAST, 2), (3, BEFORE, 1)]


def update(place, tables) -> int:
    """Write what is missing; versions that are new, of all tables."""
    return sum(each.written for each in Pipeline(place).delta_tables.update(tables))


def versions(place, tables, name="trend_summary"):
    found = Pipeline(place).delta_tables.versions(tables, name)
    return [(each.number, each.version.date, each.version.release) for each in found]


def read(tables, version=None, name="trend_summary") -> pa.Table:
    """All rows as another program reads them, by date."""
    return DeltaTable(f"{tables.address}/{name}", version=version).to_pyarrow_table().sort_by("date")


def counts(table) -> list[tuple[dt.date, int, int]]:
    rows = table.to_pylist()
    return [(row["date"], row["release"], row["count"]) for row in rows]


def test_each_release_is_one_version_in_the_order_of_the_releases(place, tables):
    """Of every table; an earlier version shows what was released then."""
    assert update(place, tables()) == 3 * len(releasable())
    assert {tuple(versions(place, tables(), name)) for name in releasable()} == {tuple(ALL)}
    assert counts(read(tables())) == [(BEFORE, 1, 20), (LAST, 2, 100)]
    assert counts(read(tables(), 2)) == [(LAST, 2, 100)]
    assert counts(read(tables(), 1)) == [(LAST, 1, 40)]
    assert read(tables(), 0).num_rows == 0


def test_a_version_says_when_it_was_released(place, tables):
    """Which is what a reader as of a time goes by, whenever the table was written."""
    update(place, tables())
    found = Pipeline(place).delta_tables.versions(tables(), "trend_summary")
    assert [(each.version.published_at, each.version.issue) for each in found[:2]] == [
        (MONDAY, 1),
        (TUESDAY, 2),
    ]


def test_what_is_written_is_not_written_again(place, tables):
    """And the next release alone is new."""
    update(place, tables())
    assert update(place, tables()) == 0
    place.receive(BEFORE, 30)
    place.run([BEFORE])
    release(place, BEFORE)
    assert update(place, tables()) == len(releasable())
    assert versions(place, tables()) == [*ALL, (4, BEFORE, 2)]


@pytest.mark.parametrize("name", ["trend_summary", "top_diagnoses", "alarms", "quality"])
def test_the_rows_are_those_of_the_released_parquet(place, tables, name):
    """Same columns, types and values; only the number of the release is added."""
    update(place, tables())
    exported = Pipeline(place).releases.exports(LAST)[f"{name}.parquet"]
    table = read(tables(), name=name)
    mine = table.filter(pa.compute.equal(table["date"], LAST)).drop_columns("release")
    theirs = pq.read_table(pa.BufferReader(exported))
    assert mine.select(theirs.column_names).to_pylist() == theirs.to_pylist()


def test_duckdb_reads_a_table(place, tables):
    """By the scanner of Arrow, which hands its filters down to the files."""
    update(place, tables())
    found = duckdb.from_arrow(DeltaTable(f"{tables().address}/trend_summary").to_pyarrow_dataset())
    assert found.filter("date = DATE '2025-12-22'").project("date, count").fetchall() == [(LAST, 100)]


class Dying(delta.DeltaReport):
    """A table whose writer dies after so many commits of all tables."""

    left = 0

    def write(self, version, rows):
        if Dying.left == 0:
            raise HdfsUnavailable("killed")
        Dying.left -= 1
        return super().write(version, rows)


_LONG = pytest.mark.long


@pytest.mark.parametrize(
    "commits", [1, 15, *(pytest.param(commits, marks=_LONG) for commits in (0, 13, 14, 30))]
)
def test_an_interrupted_write_goes_on_where_it_stopped(place, tables, monkeypatch, commits):
    """Some tables have the release, others have not: each goes by what it says of itself."""
    Dying.left = commits
    with monkeypatch.context() as patch:
        patch.setattr(delta, "DeltaReport", Dying)
        place.deadline = 0.001
        with pytest.raises(HdfsUnavailable, match="killed"):
            update(place, tables())
    assert update(place, tables()) == 3 * len(releasable()) - commits
    assert {tuple(versions(place, tables(), name)) for name in releasable()} == {tuple(ALL)}


def test_two_writers_at_once_write_each_release_once(place, tables):
    """Who comes second looks again."""
    barrier, written = threading.Barrier(2), []

    def write():
        barrier.wait(30)
        written.append(update(place, tables()))

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(written) == 3 * len(releasable())
    assert {tuple(versions(place, tables(), name)) for name in releasable()} == {tuple(ALL)}


def test_a_table_that_several_make_at_once_has_one_version(tables):
    """Number 0: who comes second takes it as it is."""
    schema = pa.schema({"date": pa.date32(), "release": pa.int64()})
    for name in map(str, range(10)):
        barrier = threading.Barrier(4)

        def make(name=name, barrier=barrier):
            barrier.wait(30)
            tables().open(name, schema, "r")

        threads = [threading.Thread(target=make) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert DeltaTable(f"{tables().address}/{name}").version() == 0


def test_a_version_that_another_writer_made_meanwhile_is_not_made_again(place, tables, monkeypatch):
    """Both had looked before either wrote."""
    root, place_ = "r", tables()
    schema = pa.schema({"date": pa.date32(), "release": pa.int64()})
    row = pa.table({"date": [LAST], "release": [1]}, schema=schema)
    first, second, third = (place_.open("t", schema, root) for _ in range(3))
    version = delta.Version(LAST, 1, 1, MONDAY)
    assert (first.write(version, row), second.write(version, row)) == (True, False)
    assert (second.newest(LAST), len(second.versions())) == (1, 1)
    other = delta.Version(BEFORE, 1, 1, MONDAY)
    assert not third.write(other, schema.empty_table())  # of another date: it looks again, too
    assert third.write(other, schema.empty_table())


def test_a_commit_that_fails_without_another_writer_is_an_error(tables, monkeypatch):
    """Else the same would be tried for ever."""
    schema = pa.schema({"date": pa.date32(), "release": pa.int64()})
    table = tables().open("t", schema, "r")

    def refuse(*_, **__):
        raise CommitFailedError("no space")

    monkeypatch.setattr(deltalake, "write_deltalake", refuse)
    with pytest.raises(HdfsUnavailable, match="could not be committed"):
        table.write(delta.Version(LAST, 1, 1, MONDAY), schema.empty_table())


def test_what_was_written_is_known_after_a_checkpoint(place, tables, tmp_path):
    """Which takes the place of the log before it."""
    update(place, tables())
    for name in releasable():
        DeltaTable(f"{tables().address}/{name}").create_checkpoint()
        for entry in (tmp_path / "tables" / name / "_delta_log").glob("*.json"):
            entry.unlink()
    assert update(place, tables()) == 0


def test_what_an_interrupted_write_left_is_not_read_and_goes_with_a_vacuum(place, tables, tmp_path):
    """A file that no version names, a month later."""
    update(place, tables())
    folder = tmp_path / "tables" / "trend_summary" / f"date={LAST}"
    whole = read(tables())
    left = folder / "part-00000-00000000-0000-0000-0000-000000000000-c000.snappy.parquet"
    shutil.copy(next(folder.glob("*.parquet")), left)
    assert read(tables()).equals(whole)
    os.utime(left, (0, 0))
    assert Pipeline(place).delta_tables.vacuum(tables(), 30)["trend_summary"] == 1
    assert (left.exists(), read(tables()).equals(whole)) == (False, True)


def test_a_vacuum_of_nothing_is_no_version(place, tables):
    """One a day would be two versions a day."""
    update(place, tables())
    before = DeltaTable(f"{tables().address}/trend_summary").version()
    assert set(Pipeline(place).delta_tables.vacuum(tables(), 30).values()) == {0}
    assert DeltaTable(f"{tables().address}/trend_summary").version() == before


def test_a_table_of_another_root_is_refused(place, tables, tmp_path):
    """Their dates would take the place of ours, and a vacuum would take files that they need."""
    schema = pa.schema({"date": pa.date32()})
    for name in releasable():
        tables().open(name, schema, "another")
    ours = Pipeline(place).delta_tables
    for ask in (
        lambda: ours.update(tables()),
        lambda: ours.versions(tables(), "trend_summary"),
        lambda: ours.vacuum(tables(), 30),
    ):
        with pytest.raises(ConfigError, match="belongs to another root"):
            ask()


def broken(*_, **__):
    raise DeltaError("HdfsError: no connection\n   0: <unknown>\n   1: start_thread")


@pytest.mark.parametrize(
    ("call", "what"),
    [
        ("transaction_version", lambda table: table.newest(LAST)),
        ("history", lambda table: table.versions()),
        ("vacuum", lambda table: table.vacuum(1)),
    ],
)
def test_a_call_that_fails_is_an_error_in_words(tables, monkeypatch, call, what):
    """Of every call, also of the one before each write; without the stack of delta-rs."""
    place = tables()
    table = place.open("t", pa.schema({"date": pa.date32(), "release": pa.int64()}), "r")
    monkeypatch.setattr(place, "address", "hdfs://127.0.0.1:1/t")
    monkeypatch.setattr(table, "_table", SimpleNamespace(**{call: broken}))
    with pytest.raises(HdfsUnavailable, match="cannot be used") as failed:
        what(table)
    assert failed.value.why == "HdfsError: no connection"


def test_a_folder_that_cannot_be_written_is_no_damage(tables):
    """As when the disk is full: a right, or room, lacks."""
    schema = pa.schema({"date": pa.date32(), "release": pa.int64()})
    place = tables()
    table = place.open("t", schema, "r")
    Path(place.address, "t", f"date={LAST}").touch()
    row = pa.table({"date": [LAST], "release": [1]}, schema=schema)
    with pytest.raises(WriteFailed, match="cannot be used"):
        table.write(delta.Version(LAST, 1, 1, MONDAY), row)


def test_an_hdfs_that_refuses_the_user_is_not_asked_again(tables):
    """Another try gives the same."""
    place = delta.DeltaPlace("hdfs://127.0.0.1:1/t")
    said = DeltaError("RPC error: org.apache.hadoop.security.AccessControlException Permission denied")
    assert isinstance(place._translated(said), ConfigError)


def test_a_release_without_a_report_leaves_no_rows_of_the_one_before(place, tables, monkeypatch):
    """As when what is released is taken back."""
    update(place, tables())
    real = Pipeline(place).delta_tables._releases.read_reports
    place.receive(LAST, 50)
    place.run([LAST])
    release(place, LAST)
    pipeline = Pipeline(place)

    def without(issue, names=None):
        return {name: report for name, report in real(issue).items() if name != "trend_summary"}

    monkeypatch.setattr(pipeline.delta_tables._releases, "read_reports", without)
    pipeline.delta_tables.update(tables())
    assert counts(read(tables())) == [(BEFORE, 1, 20)]
    assert versions(place, tables())[-1] == (4, LAST, 3)


def test_a_table_gets_the_columns_that_a_later_version_of_the_program_has(tables):
    """Rows of before have no value there."""
    old = pa.table({"date": [BEFORE], "count": [1]})
    new = pa.table({"date": [LAST], "count": [2], "share": [0.5]})
    place = tables()
    place.open("t", old.schema, "r").write(delta.Version(BEFORE, 1, 1, MONDAY), old)
    place.open("t", new.schema, "r").write(delta.Version(LAST, 1, 1, MONDAY), new)
    place.open("t", old.schema, "r").write(delta.Version(LAST, 2, 2, TUESDAY), old.slice(0, 0))
    assert read(place, name="t").select(["date", "count", "share"]).to_pylist() == [
        {"date": BEFORE, "count": 1, "share": None}
    ]


def test_releases_are_in_order_also_where_a_clock_was_behind(place):
    """Of one date the number counts; the others are put by time."""
    releases = Pipeline(place).delta_tables._releases
    first, second = releases.all(LAST)
    early = msgspec.structs.replace(second, published_at="2025-12-28T08:00:00.000+00:00")
    other = releases.newest(BEFORE)
    assert _in_order([other, early, first]) == [first, early, other]


def test_a_run_writes_the_tables_when_that_is_wanted(place, tables):
    """After its releases, in one command."""
    place.tables = tables()
    place.release = msgspec.structs.replace(place.release, enabled=True)
    place.run([BEFORE])
    assert versions(place, tables()) == ALL


def test_without_tables_there_is_nothing_to_list_or_to_vacuum(place, tables):
    """And what makes them is said."""
    for ask in (
        lambda all_: all_.versions(tables(), "trend_summary"),
        lambda all_: all_.vacuum(tables(), 30),
    ):
        with pytest.raises(UsageError, match="there is no table under"):
            ask(Pipeline(place).delta_tables)


def test_without_the_package_the_extra_is_named(monkeypatch):
    """Exit code 2."""
    monkeypatch.setitem(sys.modules, "deltalake", None)
    with pytest.raises(ConfigError, match="need the package deltalake") as refused:
        delta.DeltaPlace("/nowhere")
    assert "healthtrends[delta]" in refused.value.next_step
