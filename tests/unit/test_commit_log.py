"""The compare-and-swap and what readers and helpers do around it, on a local folder."""

import msgspec
import pytest

from healthtrends.errors import DamageFound, HdfsUnavailable, Superseded
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


def draft(kind="data", parts=None, **changes):
    manifest = Manifest(
        seq=0, nonce=new_nonce(), kind=kind, mode="once", cluster_id="c", topic="t", topic_id="i",
        clock_date="2025-12-22", key_id=None, program_version="0", committed_at="", parts=parts or {},
    )  # fmt: skip
    return msgspec.structs.replace(manifest, **changes)


def staged(log, name="one", content=b"{}\n"):
    src, dst = f"/r/_ht/staging/000000000001/n/{name}", f"/r/patient_json/date=2025-12-22/{name}.jsonl"
    log.pool.write(src, content)
    return StagedFile(
        src=src, dst=dst, date="2025-12-22", lines=1, bytes=len(content), crc32=0, ranges=((0, 0, 1),)
    )


def allow(_state):
    return None


def test_an_empty_root_is_number_zero(log):
    """Nothing written, nothing owned."""
    assert log.read_state() == State()


def test_a_commit_takes_the_next_number_and_places_its_files(log):
    """After commit the file lies at its final path and nowhere else."""
    file = staged(log)
    state = log.commit(draft(add=(file,)), 1, State(), allow)
    assert (state.seq, log.store.length(file.dst), log.store.length(file.src)) == (1, 3, None)


def test_a_fence_makes_its_number_the_owner_and_keeps_the_offset(log):
    """The offset of a known partition is the log's, whatever the fence was drafted with."""
    first = log.commit(draft("fence", {0: Position(5, 0)}), 0, State(), allow)
    second = log.commit(draft("fence", {0: Position(99, 0)}), 0, first, allow)
    assert (first.parts[0], second.parts[0]) == (Position(5, 1), Position(5, 2))


def test_who_loses_the_number_takes_the_next_when_nothing_of_his_changed(log):
    """Two shards share one log without waiting for each other."""
    state = log.read_state()
    log.commit(draft(), 1, state, allow)
    assert log.commit(draft(), 1, state, allow).seq == 2


def test_who_lost_his_partition_stops(log):
    """The claim is asked on the state that the other left."""
    log.commit(draft(), 1, State(), allow)
    with pytest.raises(Superseded, match="taken"):
        log.commit(draft(), 1, State(), lambda state: "taken" if state.seq else None)


def test_a_superseded_commit_leaves_nothing_at_its_number(log):
    """Its manifest stays aside."""
    log.commit(draft(), 1, State(), allow)
    with pytest.raises(Superseded):
        log.commit(draft(), 1, State(), lambda _: "taken")
    assert log.read_state().seq == 1


def test_a_missing_number_is_damage(log):
    """A gap in the log is never read over."""
    for state in (State(), None, None):
        log.commit(draft(), 1, state or log.read_state(), allow)
    log.store.delete(log.layout.commit(2))
    with pytest.raises(DamageFound, match="commit 2 is missing"):
        log.read_state()


def test_recover_finishes_what_the_last_writer_left(log):
    """A crash between the commit and the renames is repaired by whoever comes next."""
    one, two = staged(log, "one"), staged(log, "two")
    log.pool.write(log.layout.commit(1), msgspec.json.encode(draft(seq=1, add=(one, two))))
    log.store.rename(one.src, one.dst)
    log.recover()
    assert [log.store.length(file.dst) for file in (one, two)] == [3, 3]


def test_a_committed_file_that_is_nowhere_is_damage(log):
    """Neither staged nor placed: a run must not go on as if nothing were."""
    file = staged(log)
    log.pool.write(log.layout.commit(1), msgspec.json.encode(draft(seq=1, add=(file,))))
    log.store.delete(file.src)
    with pytest.raises(DamageFound, match="is gone"):
        log.recover()


def test_a_removed_file_leaves_the_data_and_is_kept_aside(log):
    """Readers at an older number still find it."""
    file = staged(log)
    state = log.commit(draft(add=(file,)), 1, State(), allow)
    state = log.commit(draft(remove=(file.dst,)), 1, state, allow)
    assert (
        state.files,
        log.store.length(file.dst),
        log.store.length(log.layout.removed("2025-12-22", 2, file.dst)),
    ) == (
        {},
        None,
        3,
    )


def test_only_old_epochs_that_own_nothing_are_collected(log):
    """A living writer's staging is never touched."""
    for epoch in (1, 2, 3, 7):
        log.pool.write(f"{log.layout.staging}/{epoch:012d}/n/file", b"x")
    fence = State(seq=3, parts={0: Position(0, 2), 1: Position(0, 3)})
    log.collect(fence, epoch=3)
    assert [entry.name for entry in log.store.list(log.layout.staging)] == [f"{n:012d}" for n in (2, 3, 7)]


def test_a_snapshot_of_a_newer_program_is_not_passed_over(log):
    """What lies below a snapshot must not be read as the state."""
    state = log.snapshots.write(log.commit(draft(), 1, State(), allow), retention=10)
    head = log.store.read(log.layout.snapshot(state.seq))
    log.pool.write(log.layout.snapshot(5), head.replace(b'"version":2', b'"version":9'))
    with pytest.raises(DamageFound, match="version 9"):
        log.read_state()


def test_a_commit_whose_number_was_taken_while_it_was_written_takes_the_next(tmp_path):
    """Who took the number deletes what else waited for it."""

    class Overtaken(LocalStore):
        other: CommitLog | None = None

        def create(self, path, *arguments, **options):
            if self.other is not None and "manifest-" in path:
                other, self.other = self.other, None
                other.commit(draft(), 0, State(), allow)
                raise HdfsUnavailable("a file was removed while it was written")
            return super().create(path, *arguments, **options)

    store = Overtaken(tmp_path)
    pool, others = StorePool(store), StorePool(LocalStore(tmp_path))
    store.other = CommitLog(others, Layout("/r"), 200)
    assert CommitLog(pool, Layout("/r"), 200).commit(draft(), 0, State(), allow).seq == 2
    pool.close()
    others.close()


def test_forty_racing_commits_each_get_a_number(log, tmp_path):
    """Every draft is in the log once, whatever the interleaving."""
    from concurrent.futures import ThreadPoolExecutor

    def write(_):
        own = CommitLog(log.pool, log.layout, 200)
        manifest = draft()
        own.commit(manifest, 1, own.read_state(), allow)
        return manifest.nonce

    with ThreadPoolExecutor(4) as pool:
        nonces = list(pool.map(write, range(40)))
    state = log.read_state()
    assert sorted(log.read_manifest(n).nonce for n in range(1, state.seq + 1)) == sorted(nonces)


def test_a_file_that_another_moves_between_two_looks_is_no_damage(tmp_path):
    """A rename fails, the target is not there yet, and the source is gone already."""
    log = CommitLog(StorePool(LocalStore(tmp_path)), Layout("/r"), 200)
    file = staged(log)

    class Overtaken(LocalStore):
        looks = 0

        def rename(self, src, dst, **options):
            if dst == file.dst:
                raise HdfsUnavailable("no answer")
            super().rename(src, dst, **options)

        def length(self, path):
            found = super().length(path)
            self.looks += path == file.dst
            if path == file.dst and self.looks == 1:
                super().rename(file.src, file.dst)
            return found

    slow = CommitLog(StorePool(Overtaken(tmp_path)), Layout("/r"), 200)
    log.pool.write(log.layout.commit(1), msgspec.json.encode(draft(seq=1, add=(file,))))
    assert slow.recover().seq == 1
