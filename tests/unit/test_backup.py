"""Backups of a root and their restore: at one commit, incremental, whole or not there."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from healthtrends.errors import DamageFound, RootRefused, UsageError
from healthtrends.observe.progress import SilentBar
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.backup.catalogue import Catalogue
from healthtrends.storage.backup.restore import restore
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import root_format
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.faults.small_root import DATES, LAYOUT, NOW, Root, copied, flip, make_root

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]


class Killed(BaseException):
    """The process is gone."""


class Dying(LocalStore):
    """A store that dies before its effect of a number, or on a path, and counts what is created."""

    def __init__(self, folder, dies_before=0) -> None:
        super().__init__(folder)
        self.effects = self.created = 0
        self.dies_before = dies_before
        self._is_dead = False
        self._lock = threading.Lock()

    def _note(self, path):
        with self._lock:
            self.effects += 1
            is_named = isinstance(self.dies_before, str) and self.dies_before in path
            self._is_dead = self._is_dead or is_named or self.effects == self.dies_before
            if self._is_dead:
                raise Killed()  # noqa: RSE102  a test of a real process puts a call in its place

    def create(self, path, size=None):
        self._note(path)
        with self._lock:
            self.created += 1
        return super().create(path, size)

    def rename(self, src, dst, *, replace=False):
        self._note(dst)
        super().rename(src, dst, replace=replace)

    def delete(self, path):
        self._note(path)
        super().delete(path)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A root that runs have made."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEALTHTRENDS_NOW", NOW)
        patch.setattr("healthtrends.storage.store_pool._CALLS", 4)
        return make_root(tmp_path_factory.mktemp("finished") / "store")


@pytest.fixture
def root(finished, tmp_path, monkeypatch):
    """A copy of it."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    return copied(finished, tmp_path / "store")


@pytest.fixture
def place(tmp_path):
    """Where backups go."""
    return tmp_path / "place"


def back_up(root, place, dies_before=0, keep=None):
    """`healthtrends backup`, and the store of the place."""
    local = root.local()
    store = Dying(place, dies_before)
    pool = StorePool(store)
    try:
        done, _ = Pipeline(local).backup(Catalogue(pool, "", "place"), keep)
        return done, store
    finally:
        pool.close()
        local.close()


def put_back(root, place, folder, dies_before=0, seq=None):
    """`healthtrends restore` into another store; the root there."""
    pool, source = StorePool(Dying(folder, dies_before)), StorePool(LocalStore(place))
    try:
        catalogue = Catalogue(source, "", "place")
        restore(pool, LAYOUT, catalogue, catalogue.newest(seq), SilentBar())
    finally:
        pool.close()
        source.close()
    return Root(folder, root.messages)


def publish(root):
    """`healthtrends run --no-ingest` over all dates."""
    local = root.local()
    local.run(DATES, no_ingest=True)
    local.close()


def content(root):
    """All files that a backup has, with their bytes."""
    left_out = ("r/_ht/staging", "r/_ht/removed", "r/_ht/preflight")
    paths = [path for path in root.folder.rglob("*") if path.is_file()]
    named = {str(path.relative_to(root.folder)): path.read_bytes() for path in paths}
    return {name: found for name, found in named.items() if not name.startswith(left_out)}


def test_a_restored_root_is_the_one_that_was_backed_up(root, place, tmp_path):
    """Byte for byte, and it verifies at that commit."""
    done, _ = back_up(root, place)
    other = put_back(root, place, tmp_path / "other")
    assert (done.backup.seq, content(other)) == (root.last_seq(), content(root))
    assert other.failing(root.head()) == set()


def test_a_restored_root_goes_on_exactly_once(root, place, tmp_path):
    """What was sent after the backup is stored once, and published."""
    back_up(root, place)
    other = put_back(root, place, tmp_path / "other")
    root.go_on()
    other.go_on()
    publish(other)
    assert other.failing() == set()
    assert lines(other) == lines(root)


def lines(root):
    """Lines of each date by the log."""
    local = root.local()
    state = CommitLog(local.pool, LAYOUT, 200).read_state()
    local.close()
    return {day: state.day_facts(day).lines for day in state.files}


def test_a_second_backup_copies_only_what_is_new(root, place):
    """And none when nothing is; both can be restored."""
    first, _ = back_up(root, place)
    again, store = back_up(root, place)
    assert (again.copied, store.created) == (0, 1 + _rewritten(root))
    root.go_on()
    third, _ = back_up(root, place)
    assert 0 < third.copied < len(third.backup.files) / 3
    assert third.backup.seq > first.backup.seq


def _rewritten(root):
    """Files whose name says nothing of their content: they are read again, and dropped as known."""
    fixed = ("log", "issues", "releases", "cubes", "runs", "noisy_draws")
    names = [name.removeprefix("r/") for name in content(root)]
    data = ("patient_json", "rejects", "facts")
    return sum(
        not name.startswith((*data, *(f"_ht/{each}/" for each in fixed)))
        or name.startswith("_ht/runs/failed")
        for name in names
    )


def test_an_earlier_backup_of_a_place_is_restored_as_it_was(root, place, tmp_path):
    """By its commit, after the root went on, and another backup was made."""
    before, _ = back_up(root, place)
    as_it_was = content(root)
    root.go_on()
    publish(root)
    back_up(root, place)
    other = put_back(root, place, tmp_path / "other", seq=before.backup.seq)
    assert content(other) == as_it_was
    assert other.failing() == set()


@pytest.mark.parametrize("effect", [1, 2, 3, 40, 41, 200, "/backups/"])
def test_a_killed_backup_is_none_and_is_finished_by_the_next(root, place, tmp_path, effect):
    """Before any effect on the place, the last included, which gives the list its name."""
    with pytest.raises(Killed):
        back_up(root, place, dies_before=effect)
    pool = StorePool(LocalStore(place))
    assert Catalogue(pool, "", "place").backups() == []
    with pytest.raises(UsageError, match="there is no whole backup"):
        Catalogue(pool, "", "place").newest()
    pool.close()
    back_up(root, place)
    assert put_back(root, place, tmp_path / "other").failing() == set()


@pytest.mark.parametrize("effect", [1, 2, 3, 4, 50, 201])
def test_a_killed_restore_goes_on(root, place, tmp_path, effect):
    """Nobody may use the root before; then it is whole."""
    back_up(root, place)
    with pytest.raises(Killed):
        put_back(root, place, tmp_path / "other", dies_before=effect)
    if effect > 2:
        with pytest.raises(RootRefused, match="is not whole"):
            root_format(LocalStore(tmp_path / "other"), LAYOUT)
    else:
        assert root_format(LocalStore(tmp_path / "other"), LAYOUT) is None
        shutil.rmtree(tmp_path / "other", ignore_errors=True)  # only the mark that waited for its name
    other = put_back(root, place, tmp_path / "other")
    assert (other.failing(), content(other)) == (set(), content(root))


def test_a_process_that_is_killed_for_real_leaves_no_backup(root, place, tmp_path):
    """`kill -9` in the midst of its copies; the next one makes the backup whole."""
    script = (
        "import os, signal, sys, pathlib\n"
        "from tests.unit import test_backup as t\n"
        "from tests.faults.small_root import Root\n"
        "def kill(): os.kill(os.getpid(), signal.SIGKILL)\n"
        "t.Killed = kill\n"
        "t.back_up(Root(pathlib.Path(sys.argv[1])), pathlib.Path(sys.argv[2]), dies_before=100)\n"
    )
    arguments = [sys.executable, "-c", script, str(root.folder), str(place)]
    done = subprocess.run(arguments, cwd=REPOSITORY, env=os.environ, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (place / "backups").exists()
    back_up(root, place)
    assert put_back(root, place, tmp_path / "other").failing() == set()


def test_a_backup_keeps_to_one_commit_while_others_write(root, place, tmp_path, monkeypatch):
    """An ingest in the midst of the copies: what it commits is not in the backup."""
    seq = root.last_seq()
    create, turn = Dying.create, threading.Lock()

    def and_go_on(self, path, size=None):
        if turn.acquire(blocking=False):
            root.go_on()
        return create(self, path, size)

    monkeypatch.setattr(Dying, "create", and_go_on)
    done, _ = back_up(root, place)
    monkeypatch.undo()
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    assert (done.backup.seq, root.last_seq() > seq) == (seq, True)
    assert put_back(root, place, tmp_path / "other").failing() == set()


def test_a_run_meanwhile_starts_another_pass(root, place, tmp_path, monkeypatch):
    """Reports lie in place under one name, so they have to be of the commit."""
    root.go_on()
    create, turn = Dying.create, threading.Lock()

    def and_run(self, path, size=None):
        if self.effects >= 60 and turn.acquire(blocking=False):
            publish(root)
        return create(self, path, size)

    monkeypatch.setattr(Dying, "create", and_run)
    done, _ = back_up(root, place)
    monkeypatch.undo()
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOW)
    assert (done.backup.seq, turn.locked()) == (root.last_seq(), True)
    other = put_back(root, place, tmp_path / "other")
    assert (other.failing(), content(other)) == (set(), content(root))


def test_what_no_kept_backup_needs_is_deleted(root, place, tmp_path):
    """`--keep 1`: the older backup is gone with what only it held, and the newest is whole."""
    back_up(root, place)
    root.go_on()
    publish(root)
    with_both = len(list(place.glob("objects/*/*")))
    done, _ = back_up(root, place, keep=1)
    assert len(list(place.glob("backups/*"))) == 1
    needed = {file.sha256 for file in done.backup.files}
    assert {path.name for path in place.glob("objects/*/*")} == needed
    assert with_both > 0
    assert put_back(root, place, tmp_path / "other").failing() == set()


def test_a_damaged_file_is_not_backed_up(root, place):
    """It is named, and no backup is made of it."""
    flip(root.record_files()[0])
    with pytest.raises(DamageFound, match="is not what was written"):
        back_up(root, place)
    assert not list(place.glob("backups/*"))


def test_a_damaged_backup_is_not_restored(root, place, tmp_path):
    """The root stays marked."""
    back_up(root, place)
    flip(next(path for path in sorted(place.glob("objects/*/*")) if path.stat().st_size > 100))
    with pytest.raises(DamageFound, match="is not what was written"):
        put_back(root, place, tmp_path / "other")
    with pytest.raises(RootRefused, match="is not whole"):
        root_format(LocalStore(tmp_path / "other"), LAYOUT)


def test_a_root_that_is_not_empty_is_left_alone(root, place):
    """Also the one that was backed up."""
    back_up(root, place)
    with pytest.raises(UsageError, match="is not empty"):
        put_back(root, place, root.folder)


def test_a_place_takes_one_root(root, finished, place, tmp_path):
    """Another root with the same address is refused."""
    back_up(root, place)
    other = copied(finished, tmp_path / "another")
    (other.folder / "r/_ht/root.json").write_text('{"id": "0000000000000000"}\n')
    with pytest.raises(UsageError, match="of another root"):
        back_up(other, place)


def test_a_backup_keeps_to_its_path(root, place, tmp_path):
    """The log names files by path."""
    back_up(root, place)
    pool, source = StorePool(LocalStore(tmp_path / "o")), StorePool(LocalStore(place))
    catalogue = Catalogue(source, "", "place")
    with pytest.raises(UsageError, match=r"the backup is of the root /r, and hdfs\.root is /q"):
        restore(pool, type(LAYOUT)("/q"), catalogue, catalogue.newest(), SilentBar())
    pool.close()
    source.close()
