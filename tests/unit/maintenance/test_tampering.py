"""Somebody changes the log or its snapshots by hand: `verify` names it."""

import base64
import datetime as dt
import hashlib
import zlib

import msgspec
import pytest

from healthtrends.errors import UsageError
from healthtrends.publish import check
from healthtrends.storage import manifest as manifests
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact
from healthtrends.storage.verify import Witness, parse_witness, prove, verify

pytestmark = pytest.mark.slow

DAY = dt.date(2025, 12, 20)


@pytest.fixture
def deep(place):
    """Three snapshots, and manifests below and above the newest."""
    place.snapshot_every = 4
    for number in range(7):
        place.send(place.record(number))
        place.ingest()
    assert (place.state.snapshot, place.state.seq) == (12, 14)
    return place


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Nobody publishes meanwhile, so nothing is waited for."""
    monkeypatch.setattr(check, "_PAUSE", 0.0)


def checks(place):
    """Which checks are not ok."""
    return {fault["check"] for fault in place.faults()}


def test_a_change_with_a_forged_crc_32_is_found(filled):
    """The checksum in the manifest was made to fit; the SHA-256 of the next manifest does not."""
    path = filled.files()[0]
    filled.flip(path)
    crc32 = zlib.crc32(filled.pool.store.read(path))
    seq = next(n for n in (2, 4) if any(f.dst == path for f in filled.log.read_manifest(n).add))

    def forged(fields):
        for file in fields["add"]:
            if file["dst"] == path:
                file["crc32"] = crc32

    filled.rewrite_json(filled.log.layout.commit(seq), forged)
    assert "files" in checks(filled)


def test_a_changed_manifest_is_found_by_the_next(filled):
    """What it says may be consistent; its hash is another."""
    path = filled.log.layout.commit(2)
    filled.rewrite_json(path, lambda fields: fields.update(watermark=1))
    (fault,) = filled.faults()
    assert (fault["check"], fault["file"]) == ("links", path)
    assert "commit 3 was made on another content" in fault["detail"]


@pytest.mark.parametrize("seq", [1, 3, 11, 12])
@pytest.mark.parametrize("harm", ["change", "delete"])
def test_a_manifest_below_the_snapshot_that_is_changed_or_gone_is_found(deep, seq, harm):
    """As long as the retention keeps it."""
    path = deep.log.layout.commit(seq)
    if harm == "delete":
        deep.pool.store.delete(path)
    else:
        deep.rewrite_json(path, lambda fields: fields.update(watermark=1))
    assert {fault["file"] for fault in deep.faults() if fault["check"] == "links"} == {path}


def test_a_root_with_snapshots_is_well(deep):
    """And says how far its hashes reach."""
    said = {each["check"]: each["detail"] for each in verify(deep.log)}
    assert "commits 1 to 14" in said["links"]
    assert "snapshot 12 is what snapshot 8 and commits to 12 come to" in said["snapshot"]
    assert deep.faults() == []


def test_a_changed_snapshot_is_found(deep):
    """It is made once more from the one before, and a later commit holds its hash."""
    path = deep.log.layout.snapshot(12)
    deep.rewrite_json(path, lambda fields: fields.update(messages_stored=99))
    assert {"snapshot", "links"} <= checks(deep)


def test_a_raised_next_offset_in_a_snapshot_is_found(deep):
    """Messages would be left out from there on."""

    def raised(fields):
        fields["parts"]["0"]["next"] += 5

    deep.rewrite_json(deep.log.layout.snapshot(12), raised)
    assert "snapshot" in checks(deep)


def test_a_file_dropped_from_a_list_is_found(deep):
    """Also when the hash in the head was made to fit."""
    stored = deep.state.files.base["2025-12-20"]
    deep.rewrite_json(stored.path, lambda entries: entries.pop())
    fitting = base64.b64encode(hashlib.sha256(deep.pool.store.read(stored.path)).digest()).decode()

    def changed(fields):
        fields["file_digests"][list(fields["files"]).index("2025-12-20")] = fitting

    deep.rewrite_json(deep.log.layout.snapshot(12), changed)
    assert {"snapshot", "links"} <= checks(deep)


def test_a_commit_that_was_taken_out_of_the_hashes_is_found(filled):
    """A manifest that names none before it is of an earlier version, but not after one that does."""
    filled.drop(filled.log.layout.commit(4), "previous")
    assert "links" in checks(filled)


def test_an_older_root_says_up_to_where_it_is_not_covered(filled):
    """Its first new commit covers the one before."""
    filled.make_old()
    assert "an earlier version wrote them" in {e["check"]: e["detail"] for e in verify(filled.log)}["links"]
    filled.send(filled.record(7))
    filled.ingest()
    said = {each["check"]: each["detail"] for each in verify(filled.log)}["links"]
    assert "commits 4 to 6" in said
    assert "those before 4 are of an earlier version and are not covered" in said


# Jobs -----------------------------------------------------------------------------------------


def forge_job(place, **changes):
    """Commit as the next number what a wrong job would."""
    state = place.state
    draft = msgspec.structs.replace(
        state.newest, kind="job", mode="job", nonce="0" * 16, parts={}, add=(), rejects=(), counts=Counts(),
        **changes,
    )  # fmt: skip
    place.log.commit(draft, 1, state, lambda _: None)


def test_a_job_that_takes_a_file_and_gives_nothing_is_found(filled):
    """Its lines are in nothing that it adds."""
    forge_job(filled, remove=(filled.files()[0],))
    (fault, *_) = [each for each in filled.faults() if each["check"] == "chain"]
    assert "counts 0 lines" in fault["detail"]


def test_a_job_that_takes_what_is_not_there_is_found(filled):
    """No commit names it."""
    forge_job(filled, remove=("/r/patient_json/date=2025-12-20/part-x.jsonl",))
    assert "which is not live" in filled.faults()[0]["detail"]


def test_a_job_that_drops_an_origin_is_found(filled):
    """Reports that read it would become stale, or it would be read twice."""
    compact(filled.log, DAY)
    seq = filled.state.seq
    manifest = filled.log.read_manifest(seq)
    files = [msgspec.structs.replace(file, origins=file.origins[:1]) for file in manifest.add]
    changed = msgspec.structs.replace(manifest, add=tuple(files))
    filled.rewrite(filled.log.layout.commit(seq), lambda _: manifests.encode(changed))
    assert "from the origins of its lines" in filled.faults()[0]["detail"]


# Witnesses ------------------------------------------------------------------------------------


def test_a_log_that_was_cut_at_its_end_contradicts_a_witness(filled):
    """The newest commit is gone with its files: what is left is whole in itself."""
    head = parse_witness(filled.state.head_name)
    newest = filled.state.newest
    for file in newest.placed:
        filled.pool.store.delete(file.dst)
    filled.pool.store.delete(filled.log.layout.commit(newest.seq))
    assert filled.faults() == []
    findings = prove(filled.log, expect=head, witnesses=[head._replace(file="/r/run.json")]).findings
    assert {each["check"] for each in findings if not each["ok"]} == {"witnesses", "expect"}


def test_an_expected_commit_with_another_content_is_a_fault(filled):
    """The log was put back and written anew."""
    findings = prove(filled.log, expect=Witness(3, "0" * 64)).findings
    assert [each["check"] for each in findings if not each["ok"]] == ["expect"]


def test_an_expected_commit_that_is_there_is_well(filled):
    """Also when others came since."""
    head = parse_witness(filled.state.head_name)
    filled.send(filled.record(7))
    filled.ingest()
    findings = prove(filled.log, expect=head).findings
    assert {each["check"]: each["ok"] for each in findings}["expect"]


def test_what_is_no_head_is_refused():
    """Before anything is read."""
    with pytest.raises(UsageError, match="is no head of a log"):
        parse_witness("17")


def test_a_head_that_is_too_old_hides_no_other_fault(deep):
    """It cannot be compared, which is a finding beside the others."""
    deep.pool.store.delete(deep.log.layout.commit(1))
    deep.pool.store.delete(deep.files()[0])
    found = prove(deep.log, expect=Witness(1, "0" * 64)).findings
    assert {"files", "expect"} <= {each["check"] for each in found if not each["ok"]}
    assert any("too old to be compared" in each["detail"] for each in found)
