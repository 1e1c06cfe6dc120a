"""`delta write` on a real HDFS: killed (-9) at many points, two at once, and while the NameNode hangs."""

import json
from collections.abc import Iterator

import pytest
from deltalake import DeltaTable

from healthtrends.publish.released_tables import releasable
from tests.faults.released_days import PEOPLE, release_days
from tests.faults.sandbox import Sandbox, patience, wait_until
from tests.faults.servers import hanging

pytestmark = pytest.mark.long

DAYS = ("2025-12-01", "2025-12-02", "2025-12-03", "2025-12-04")
WRITE = ("delta", "write")


@pytest.fixture
def released(sandbox) -> Sandbox:
    """Four dates with a release each."""
    return release_days(sandbox, DAYS)


def tables(sandbox: Sandbox) -> Iterator[DeltaTable]:
    place = f"{sandbox.servers.hdfs_url}{sandbox.root}/release_delta"
    for name in releasable():
        yield DeltaTable(f"{place}/{name}", storage_options=sandbox.servers.hdfs_client)


def written(sandbox: Sandbox) -> int:
    """Files of all logs, commits and what is being made of them, and of the data."""
    store, place = sandbox.store(), f"{sandbox.root}/release_delta"
    folders = [f"{place}/{name}" for name in releasable()]
    logs = sum(len(store.list(f"{folder}/_delta_log")) for folder in folders)
    return logs + sum(len(store.list(f"{folder}/date={day}")) for folder in folders for day in DAYS)


def check(sandbox: Sandbox) -> None:
    """Each release is one version of each table, in order, and the newest version has the rows of all."""
    for table in tables(sandbox):
        versions = [entry for entry in reversed(table.history()) if "healthtrends.version" in entry]
        assert [entry["version"] for entry in versions] == [1, 2, 3, 4]
        assert [json.loads(entry["healthtrends.version"])["date"] for entry in versions] == [*DAYS]
    place = f"{sandbox.servers.hdfs_url}{sandbox.root}/release_delta/trend_summary"
    for number in range(len(DAYS) + 1):
        table = DeltaTable(place, version=number, storage_options=sandbox.servers.hdfs_client)
        rows = sorted((str(row["date"]), row["count"]) for row in table.to_pyarrow_table().to_pylist())
        assert rows == [(day, PEOPLE) for day in DAYS[:number]]


def test_killed_again_and_again_it_writes_each_release_once(released):
    """Between the file and its commit, between two tables, between two releases: wherever it is just then."""
    for files in range(1, 8 * len(releasable()), 9):
        run = released.start(*WRITE)
        wait_until(lambda run=run, files=files: run.has_ended() or written(released) >= files)
        run.kill()
    released.start(*WRITE).end()
    check(released)


def test_two_at_once_write_each_release_once(released):
    """Neither fails: who comes second looks again."""
    runs = [released.start(*WRITE) for _ in range(3)]
    for run in runs:
        run.end()
    check(released)


def test_while_the_namenode_hangs_it_waits_and_ends_with_5(own_stack, make_sandbox):
    """And writes the rest once it is awake."""
    sandbox = release_days(make_sandbox(own_stack.up(print)), DAYS)
    run = sandbox.start(*WRITE, **patience(2), HEALTHTRENDS_RETRY__DEADLINE="1")
    wait_until(lambda: written(sandbox) > 10)
    with hanging(own_stack, "namenode"):
        run.end(5)
    assert "Traceback" not in run.err
    sandbox.start(*WRITE).end()
    check(sandbox)
