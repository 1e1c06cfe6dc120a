"""Files, manifests and snapshots name each other by SHA-256, so that none is changed without a trace."""

import datetime as dt
import hashlib
from dataclasses import replace

import msgspec
import pytest

from healthtrends.errors import DamageFound, HdfsUnavailable
from healthtrends.storage import manifest as manifests
from healthtrends.storage.compact import compact
from healthtrends.storage.cube_head import CubeHead
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder


def sha256(place, path) -> str:
    """Hash of a file's bytes."""
    return hashlib.sha256(place.pool.store.read(path)).hexdigest()


def live(place):
    """Entries of all live files."""
    state = place.state
    return [*(file for files in state.files.values() for file in files.values()), *state.rejects.values()]


def test_every_file_of_a_batch_has_its_hash_in_the_manifest(filled):
    """Records and rejects."""
    assert [file.sha256 for file in live(filled)] == [sha256(filled, file.dst) for file in live(filled)]


def test_every_file_of_a_job_has_its_hash_in_the_manifest(filled, days):
    """Compacted, and replayed with a rest that stays rejected."""
    compact(filled.log, days[0])
    filled.send(b"mend", partition=1)
    filled.ingest()
    filled.replay(lambda raw, *_: filled.record(9) if raw == b"mend" else None)
    assert [file.sha256 for file in live(filled)] == [sha256(filled, file.dst) for file in live(filled)]
    assert filled.faults() == []


def test_each_manifest_holds_the_hash_of_the_one_before(filled):
    """Of its bytes as they are stored; the first has none."""
    layout = filled.log.layout
    for seq in range(1, filled.state.seq + 1):
        before = sha256(filled, layout.commit(seq - 1)) if seq > 1 else None
        assert filled.log.read_manifest(seq).previous == before


def test_a_state_names_the_hash_of_its_newest_manifest(filled):
    """Read anew, and as the writer has it."""
    state = filled.state
    assert state.head == sha256(filled, filled.log.layout.commit(state.seq))
    assert state.head_name == f"{state.seq}:{state.head}"
    assert state.linked_from == 1


def test_a_number_that_was_lost_is_taken_with_the_hash_of_the_new_predecessor(filled):
    """Each attempt is made for the state it is tried on."""
    stale = filled.state
    newest = stale.newest
    assert newest is not None
    fence = msgspec.structs.replace(newest, kind="fence", add=(), rejects=(), counts=manifests.Counts())
    filled.log.commit(msgspec.structs.replace(fence, nonce="a"), 0, stale, lambda _: None)
    late = filled.log.commit(msgspec.structs.replace(fence, nonce="b"), 0, stale, lambda _: None)
    assert late.seq == stale.seq + 2
    before = sha256(filled, filled.log.layout.commit(late.seq - 1))
    assert filled.log.read_manifest(late.seq).previous == before
    assert late.head == filled.state.head


def test_the_chain_goes_on_over_a_snapshot_whose_manifests_are_gone(place):
    """The snapshot holds the hash of the manifest that it rests on."""
    place.snapshot_every = 2
    place.send(place.record(1))
    place.ingest()
    before = sha256(place, place.log.layout.commit(2))
    for seq in (1, 2):
        place.pool.store.delete(place.log.layout.commit(seq))
    place.send(place.record(2))
    place.ingest()
    assert place.log.read_manifest(3).previous == before
    assert place.state.linked_from == 1


def test_a_manifest_names_the_snapshot_that_its_writer_rests_on(place):
    """So the head of the snapshot is not changed without a trace."""
    place.snapshot_every = 2
    for number in range(2):
        place.send(place.record(number))
        place.ingest()
    head = sha256(place, place.log.layout.snapshot(2))
    assert [place.log.read_manifest(seq).snapshot for seq in (1, 2, 3)] == [None, None, (2, head)]


def test_a_file_list_that_was_changed_is_not_read(filled):
    """Its hash is in the head of the snapshot."""
    log = CommitLog(filled.pool, filled.log.layout, 200)
    state = log.snapshots.write(log.recover(), 100)
    filled.rewrite(
        state.files.base["2025-12-20"].path, lambda content: content.replace(b'"lines":1', b'"lines":2')
    )
    with pytest.raises(DamageFound, match="is not what its snapshot names"):
        filled.files()


def test_an_older_root_is_covered_from_its_first_new_commit_on(filled):
    """Manifests and snapshots without hashes are read as they are."""
    filled.make_old()
    seq = filled.state.seq
    assert filled.state.linked_from is None
    filled.send(filled.record(7))
    filled.ingest()
    assert filled.state.linked_from == seq
    assert filled.faults() == []


def test_the_lists_of_an_older_snapshot_are_hashed_by_the_next(filled):
    """Also those of days that did not change since."""
    log = filled.log
    log.snapshots.write(log.recover(), 100)
    filled.make_old()
    assert filled.state.head is None
    filled.send(filled.record(7))
    filled.ingest()
    state = filled.log.snapshots.write(filled.log.recover(), 100)
    for stored in (*state.files.base.values(), *state.reject_files.base.values()):
        assert stored.sha256 == sha256(filled, stored.path)


def test_damage_met_while_a_snapshot_is_written_is_no_failure_of_the_commit(place, capsys):
    """What is stored is stored; the damage is said, and `verify` names it."""
    place.send(place.record(1))
    place.ingest()
    writer = place.log
    behind = writer.recover()  # rests on no snapshot
    place.log.snapshots.write(place.log.recover(), 100)
    place.send(place.record(2))
    place.ingest()
    committed = replace(place.state, snapshot=behind.snapshot)
    place.rewrite(writer.layout.snapshot(2), lambda _: b"{}")
    due = CommitLog(place.pool, writer.layout, 1)
    assert due.snapshot_if_due(committed) is committed
    assert "log.snapshot_not_written" in capsys.readouterr().err


def test_cubes_whose_record_failed_are_in_the_next(filled):
    """The commit could not be written; nothing that was noted is lost."""
    log = filled.log
    recorder = Recorder(log)
    day = dt.date(2025, 12, 20)
    head = CubeHead(
        date=day, seq=4, inputs="i", engine="e", engine_version="1", totals={}, folder="/r/a", tables={}
    )
    recorder.note_cube(head, "0" * 64)

    def broken():
        raise HdfsUnavailable("gone")

    with pytest.raises(HdfsUnavailable, match="gone"):
        recorder.record({}, broken)
    recorder.record_cubes()
    assert filled.state.cubes == {"2025-12-20": ("a", "0" * 64)}
