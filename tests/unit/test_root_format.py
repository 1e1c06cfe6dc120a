"""The format of a root: written first, read once, upgraded in steps, and newer ones are refused."""

import json
import tarfile
from pathlib import Path

import pytest

from healthtrends.errors import DamageFound, HdfsUnavailable, RootRefused
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.layout import Layout
from healthtrends.storage.root_format import FORMAT, GuardedStore, root_format
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.faults.small_root import DATES, NOW, CountingPipeline
from tests.unit.ingesting import record

FIXTURES = Path(__file__).parents[1] / "fixtures"
LAYOUT = Layout("/r")


class Killed(BaseException):
    """The process is gone."""


class Recording(LocalStore):
    """A store that keeps its effects, and dies before the one of a number."""

    def __init__(self, folder, dies_before=0) -> None:
        super().__init__(folder)
        self.effects = []
        self.looks = 0
        self._dies_before = dies_before

    def _note(self, path):
        if len(self.effects) + 1 == self._dies_before:
            raise Killed
        self.effects.append(path)

    def list(self, folder):
        self.looks += folder == LAYOUT.state
        return super().list(folder)

    def create(self, path, size=None):
        self._note(path)
        return super().create(path, size)

    def rename(self, src, dst, *, replace=False):
        self._note(dst)
        super().rename(src, dst, replace=replace)


@pytest.fixture(params=["root-7bb6fc8.tar.xz", "root-d1168b1.tar.xz"])
def earlier(request, tmp_path, monkeypatch):
    """Folder of a root that an earlier version wrote."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    with tarfile.open(FIXTURES / request.param) as tar:
        tar.extractall(tmp_path, filter="data")
    return tmp_path / "store"


def guarded(folder, store=None):
    """A pipeline that looks at the format first, as all commands do."""
    local = CountingPipeline(folder)
    local.pool = StorePool(GuardedStore(store or LocalStore(folder), LAYOUT))
    return local


def mark(folder, content):
    """Put a format on record by hand."""
    path = folder / "r/_ht/format.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def test_a_new_root_has_the_format_before_anything_else(tmp_path):
    """So that no other process takes it for an older one."""
    store = Recording(tmp_path)
    pool = StorePool(GuardedStore(store, LAYOUT))
    pool.write("/r/_ht/preflight/x", b"x")
    assert store.effects[1:] == ["/r/_ht/format.json", "/r/_ht/preflight/x"]
    assert root_format(store, LAYOUT) == FORMAT
    pool.close()


def test_a_root_is_not_made_by_reading(tmp_path):
    """`status` of a mistyped root leaves nothing there."""
    pool = StorePool(GuardedStore(LocalStore(tmp_path), LAYOUT))
    assert (pool.store.list("/r"), list(tmp_path.iterdir())) == ([], [])
    pool.close()


def test_the_format_is_looked_at_once(tmp_path):
    """However many calls follow, from however many threads."""
    store = Recording(tmp_path)
    pool = StorePool(GuardedStore(store, LAYOUT))
    list(pool.map(lambda n: pool.write(f"/r/{n}", b""), range(20)))
    assert (store.looks, store.effects.count("/r/_ht/format.json")) == (1, 1)
    pool.close()


def test_a_server_that_does_not_answer_is_asked_again(tmp_path, monkeypatch):
    """By the next call, as a step repeats it."""
    store = Recording(tmp_path)
    guard = GuardedStore(store, LAYOUT)
    with monkeypatch.context() as patched:
        patched.setattr(store, "list", lambda _: (_ for _ in ()).throw(HdfsUnavailable("down")))
        with pytest.raises(HdfsUnavailable, match="down"):
            guard.length("/r/x")
    assert guard.length("/r/x") is None


def test_an_earlier_root_is_read_and_continued_as_it_is(earlier):
    """Without an upgrade: it stays of the first format, and verifies."""
    local = guarded(earlier)
    assert all(finding["ok"] for finding in Pipeline(local).maintenance.verify(None).findings)
    local.pool.write("/r/_ht/preflight/x", b"")
    assert root_format(local.pool.store, LAYOUT) == 1
    assert not (earlier / "r/_ht/format.json").exists()
    local.close()


def test_a_dry_run_says_what_an_upgrade_then_does(earlier):
    """It changes nothing; the upgrade does, and the next one finds nothing to do."""
    local = guarded(earlier)
    before = sorted(earlier.rglob("*"))
    would = Pipeline(local).upgrade(dry_run=True)
    assert (sorted(earlier.rglob("*")), would.found, bool(would.changes)) == (before, 1, True)
    assert Pipeline(local).upgrade(dry_run=False) == would
    again = Pipeline(local).upgrade(dry_run=False)
    assert (again.found, again.changes) == (FORMAT, ())
    local.close()


def test_an_upgraded_root_verifies_as_before(earlier):
    """No stored file is touched."""
    local = guarded(earlier)

    def findings():
        return Pipeline(local).maintenance.verify(None).findings

    before = findings()
    Pipeline(local).upgrade(dry_run=False)
    assert findings() == before
    local.close()


@pytest.mark.parametrize("effect", range(1, 4))
def test_a_killed_upgrade_is_repeated(earlier, effect):
    """Before any of its effects, of which there are two: then it ends as if it had not been."""
    local = guarded(earlier, Recording(earlier, effect))
    try:
        Pipeline(local).upgrade(dry_run=False)
    except Killed:
        assert root_format(LocalStore(earlier), LAYOUT) == 1
    local.close()
    local = guarded(earlier)
    Pipeline(local).upgrade(dry_run=False)
    assert root_format(local.pool.store, LAYOUT) == FORMAT
    local.close()


def test_a_newer_root_is_refused_in_words(tmp_path):
    """What, why, what next; exit code 4."""
    mark(tmp_path, {"format": FORMAT + 1, "program": "9.0", "something": "new"})
    guard = GuardedStore(LocalStore(tmp_path), LAYOUT)
    with pytest.raises(RootRefused, match=rf"format {FORMAT + 1} \(healthtrends 9.0 wrote it") as refused:
        guard.read("/r/x")
    assert (refused.value.exit_code, "install" in refused.value.next_step) == (4, True)


def test_a_run_on_a_newer_root_changes_nothing(tmp_path, monkeypatch):
    """Not even its own record is written."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    mark(tmp_path, {"format": FORMAT + 1})
    before = sorted(tmp_path.rglob("*"))
    local = guarded(tmp_path)
    done = Pipeline(local).run_dates(DATES, RunOptions())
    assert (done.exit_code, sorted(tmp_path.rglob("*"))) == (4, before)
    local.close()


def test_a_format_that_cannot_be_read_is_damage(tmp_path):
    """Nobody guesses."""
    mark(tmp_path, b"{")
    with pytest.raises(DamageFound, match=r"format\.json cannot be read"):
        root_format(LocalStore(tmp_path), LAYOUT)


def test_the_status_tells_the_format(tmp_path, monkeypatch):
    """Beside the address of the root; none before there is a root."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    local = guarded(tmp_path)
    pipeline = Pipeline(local)
    local.messages.send(0, record("new-1"))
    before = pipeline.status()["hdfs"]["format"]
    local.run(DATES, only="ingest")
    assert (before, pipeline.status()["hdfs"]["format"]) == (None, FORMAT)
    local.close()
