"""A state read from a snapshot is that of the whole log, and costs the same after any number of commits."""

import msgspec
import pytest

from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.cube_head import inputs_digest
from healthtrends.storage.layout import Layout, new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Manifest, Position
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore


class CountingStore(LocalStore):
    """Counts what is read."""

    reads = 0

    def read(self, path):
        self.reads += 1
        return super().read(path)


@pytest.fixture
def log(tmp_path):
    pool = StorePool(CountingStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), snapshot_every=10, retention=1000)
    pool.close()


def commit(log, state, day, remove=(), rejects=()):
    """Add one file to a day, and whatever else is asked."""
    nonce = new_nonce()
    src, dst = f"/r/_ht/staging/000000000001/{nonce}/f", f"/r/patient_json/date={day}/part-{nonce}.jsonl"
    log.pool.write(src, b"{}\n")
    file = StagedFile(src=src, dst=dst, date=day, lines=1, bytes=3, crc32=0, ranges=((0, 0, 1),))
    manifest = Manifest(
        seq=0, nonce=nonce, kind="data", mode="once", cluster_id="c", topic="t", topic_id="i", key_id="k",
        clock_date="2025-12-22", program_version="0", committed_at="", add=(file,), remove=tuple(remove),
        rejects=tuple(rejects), parts={0: Position(state.seq + 1, 1)}, counts=Counts(messages_stored=1),
    )  # fmt: skip
    return log.snapshot_if_due(log.commit(manifest, 1, state, lambda _: None))


def days(count):
    return [f"2025-12-{1 + n % 20:02d}" for n in range(count)]


def filled(log, count, **first):
    state = log.read_state()
    for day in days(count):
        state = commit(log, state, day, **first)
        first = {}
    return state


def facts(state):
    files = {day: set(files) for day, files in state.files.items()}
    return (state.seq, dict(state.parts), files, state.messages_stored, state.offsets_covered, state.key_id)


def folded(log, seq):
    state = State()
    for number in range(1, seq + 1):
        state = state.after(log.read_manifest(number))
    return state


@pytest.mark.parametrize("count", [9, 10, 11, 35])
def test_a_state_from_a_snapshot_is_the_fold_of_all_manifests(log, count):
    """Before, at and after the number of a snapshot."""
    filled(log, count)
    assert facts(log.read_state()) == facts(folded(log, count))


def test_the_writer_rests_on_its_own_snapshot_and_goes_on(log):
    """What it knows stays equal to what a newcomer reads."""
    assert facts(filled(log, 47)) == facts(log.read_state())


def test_a_removed_file_is_in_no_later_snapshot(log):
    """Although the list of the day came from an earlier one."""
    state = filled(log, 20)
    gone = state.paths("2025-12-05")[0]
    state = commit(log, state, "2025-12-06", remove=[gone])
    for day in days(10):
        state = commit(log, state, day)
    assert gone not in log.read_state().paths("2025-12-05")


def test_a_day_whose_files_are_all_removed_is_no_day_any_more(log):
    """With a snapshot or without."""
    state = commit(log, State(), "2025-11-30")
    state = commit(log, state, "2025-12-01", remove=state.paths("2025-11-30"))
    before = set(state.files)
    for day in days(10):
        state = commit(log, state, day)
    assert ("2025-11-30" in before, "2025-11-30" in log.read_state().files) == (False, False)


def test_a_start_reads_few_files_however_many_commits_there_are(log):
    """Head and at most ten manifests; no list, because a writer asks for none."""
    counts = []
    for more in (15, 100):
        filled(log, more)
        log.store.reads = 0
        fresh = CommitLog(log.pool, log.layout, 200)
        fresh.read_state()
        counts.append(log.store.reads)
    assert counts == [6, 6]


def test_a_list_that_did_not_change_is_not_written_again(log):
    """The next snapshot names the same file."""
    state = filled(log, 20)
    before = dict(state.files.base)
    for _ in range(10):
        state = commit(log, state, "2025-12-01")
    changed = {day for day, path in state.files.base.items() if path != before[day]}
    assert (state.snapshot, changed) == (30, {"2025-12-01"})


def test_old_heads_and_their_lists_are_pruned(log):
    """Those of the last ten intervals stay, and no list that none of them names."""
    state = State()
    for _ in range(250):
        state = commit(log, state, "2025-12-01")
    heads = [entry.name for entry in log.store.list(log.layout.snapshots)]
    lists = log.store.list(f"{log.layout.state}/log/lists/date=2025-12")
    assert (len(heads), len(lists)) == (10, 10)


def test_a_snapshot_rests_on_the_newest_head_and_not_on_the_writers_own_old_one(tmp_path):
    """The lists of an old head may be pruned: a head that named one could never be read again."""
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r"), snapshot_every=10**6)
    states = [commit(log, State(), "2025-12-01")]
    for day in days(14)[1:]:
        states.append(commit(log, states[-1], day))
    slow = CommitLog(pool, Layout("/r"), snapshot_every=1)
    own = slow.snapshots.write(states[0], 1000)
    latest = log.commit(
        msgspec.structs.replace(log.read_manifest(14), add=(), nonce=new_nonce()), 1, states[-1], ok
    )
    for state in states[-3:]:
        slow.snapshots.write(state, 1000)
    resting = own
    for number in range(2, 16):
        resting = resting.after(log.read_manifest(number))
    slow.snapshot_if_due(resting)
    fresh = slow.read_state()
    counted = sum(len(files) for files in fresh.files.values())
    pool.close()
    assert (own.snapshot, fresh.snapshot, latest.seq, counted) == (1, 15, 15, 14)


def ok(_state):
    return None


def test_manifests_below_the_retention_are_pruned_a_folder_at_once(tmp_path):
    """A folder has a thousand of them, here a hundred; the state stays."""
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r", seqs_per_folder=100), snapshot_every=10, retention=50)
    state = filled(log, 160)
    folders = [entry.name for entry in log.store.list(log.layout.commits)]
    read = log.read_state()
    pool.close()
    assert (folders, read.seq, read.messages_stored) == (["000001"], state.seq, 160)


def test_a_snapshot_whose_number_is_taken_changes_nothing(log):
    """Two writers may see at once that one is due."""
    state = filled(log, 9)
    state = log.commit(
        msgspec.structs.replace(log.read_manifest(9), add=(), nonce=new_nonce()), 1, state, lambda _: None
    )
    first, second = (log.snapshots.write(state, 1000) for _ in range(2))
    assert facts(first) == facts(second) == facts(log.read_state())


def test_sums_of_days_that_did_not_change_need_no_list(log):
    """A run asks for them of every date there ever was."""
    state = filled(log, 20)
    told = {day: (len(files), sum(f.lines for f in files.values())) for day, files in state.files.items()}
    digests = {day: inputs_digest(state.inputs(day)) for day in told}
    for stored in state.files.base.values():
        log.store.delete(stored.path)
    files = log.read_state().files
    assert {day: (files.facts(day).files, files.facts(day).lines) for day in files} == told
    assert {day: files.facts(day).inputs for day in files} == digests


def test_sums_follow_what_commits_change(log):
    """Of the days they touched the lists are looked at again."""
    state = filled(log, 20)
    gone, day = state.paths("2025-12-05")[0], "2025-12-06"
    before = state.files.facts(day)
    state = commit(log, state, day, remove=[gone])
    after = state.files.facts(day)
    assert (after.files, after.bytes, after.inputs) == (2, before.bytes + 3, inputs_digest(state.inputs(day)))
    assert state.files.facts("2025-12-05").files == 0


def test_a_head_that_comes_in_behind_a_newer_one_keeps_its_lists(tmp_path):
    """Who wrote the newer one prunes before this one is there, and `verify` reads both."""
    pool = StorePool(LocalStore(tmp_path))
    log = CommitLog(pool, Layout("/r"), snapshot_every=10)
    first = commit(log, State(), "2025-12-01")
    second = commit(log, first, "2025-12-01")

    class Overtaken(LocalStore):
        def create(self, path, size=None):
            if path.endswith(".aside"):
                while not self.list(f"{log.layout.state}/log/lists/date=2025-12"):
                    pass  # its list is written by another thread
                log.snapshots.write(second, 1000)
            return super().create(path, size)

    slow = StorePool(Overtaken(tmp_path))
    CommitLog(slow, Layout("/r"), snapshot_every=10).snapshots.write(first, 1000)
    counted = [len(log.snapshots.load(number).files["2025-12-01"]) for number in log.snapshots.numbers()]
    slow.close()
    pool.close()
    assert counted == [1, 2]
