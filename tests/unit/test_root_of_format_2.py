"""A root of format 2, whose log names every file: it is continued so until `upgrade` allows ranges.

`fixtures/root-bb47286.tar.xz` has the files (`store`) of commit bb472863 and its topic: three dates, five
runs that published and merged, snapshots, and merged files with names without numbers.
"""

import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.layout import Layout
from healthtrends.storage.root_format import GuardedStore
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.faults.small_root import DATES, NOW, CountingPipeline
from tests.unit.ingesting import record

pytestmark = pytest.mark.slow

FIXTURE = Path(__file__).parents[1] / "fixtures" / "root-bb47286.tar.xz"


@pytest.fixture
def local(tmp_path, monkeypatch):
    """A pipeline on the root, which looks at its format as all commands do."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    with tarfile.open(FIXTURE) as tar:
        tar.extractall(tmp_path, filter="data")
    local = CountingPipeline(tmp_path / "store", compact_above=6)
    for line in (tmp_path / "topic.txt").read_text("utf-8").splitlines():
        local.messages.send(0, line.encode())
    yield opened(local)
    local.close()


def opened(local):
    """The next process: it looks at the format again."""
    local.pool = StorePool(GuardedStore(LocalStore(local.folder), Layout("/r")))
    return local


def faults(local):
    return [finding for finding in Pipeline(local).maintenance.verify(None).findings if not finding["ok"]]


def go_on(local, count=9):
    """One follower's commits of one record each, then a run that merges what it left, and a snapshot."""
    local.snapshot_every = 2
    for number in range(count):
        local.messages.send(0, record(f"new-{number}", visit_date=str(DATES[0])))
    local.settings = replace(local.settings, batch_records=1)
    return local.run(DATES)


def stored(local):
    """Bytes of the log and of the issues."""
    found = [
        path for folder in ("log", "issues") for path in (local.folder / "r/_ht" / folder).rglob("*.json")
    ]
    return b"".join(path.read_bytes() for path in found)


def test_it_verifies_as_it_is(local):
    """And a run with nothing new publishes nothing."""
    assert faults(local) == []
    assert {row.action for row in local.run(DATES).dates} == {"up to date"}


def test_it_is_continued_without_ranges(local):
    """An older program reads what was added."""
    go_on(local)
    assert b".." not in stored(local)
    assert b'"version": 2' not in stored(local)
    assert faults(local) == []


def test_after_an_upgrade_names_become_ranges(local):
    """What was named before stays as it is; nothing is stale, and all is proved."""
    (change,) = Pipeline(local).upgrade(dry_run=True).changes
    assert "as one range" in change
    Pipeline(local).upgrade(dry_run=False)
    before = stored(local)
    go_on(opened(local))
    after = stored(local)
    assert b"-000001..000009.jsonl" in after
    assert b".." not in before
    assert (b'"version": 2' in after, b'"version":2,"seq"' in after) == (True, True)  # manifest, snapshot
    assert faults(local) == []
    assert {row.action for row in opened(local).run(DATES).dates} == {"up to date"}
