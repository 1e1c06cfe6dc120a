"""Somebody changes the log, its snapshots, issues, or what is published, by hand: `verify` names it."""

import base64
import datetime as dt
import hashlib
import json
import zlib

import msgspec
import pytest

from healthtrends.errors import DamageFound, UsageError
from healthtrends.publish import check
from healthtrends.publish.check import check_issues
from healthtrends.publish.copies import archive
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import Provenance
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import decode_reports
from healthtrends.storage import manifest as manifests
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.seal import Seal
from healthtrends.storage.verify import Witness, parse_witness, prove, verify

pytestmark = pytest.mark.slow

DAY = dt.date(2025, 12, 20)


@pytest.fixture
def filled(place):
    """Two batches of two dates, with rejects."""
    for part in range(2):
        place.send(place.record(2 * part), place.record(2 * part + 1, visit_date="2025-12-19"), b"wrong")
        place.ingest()
    return place


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


# Seals ----------------------------------------------------------------------------------------


@pytest.fixture
def keyed(filled):
    """A log that is sealed with a key from its fifth commit on."""
    filled.key = b"k" * 32
    filled.send(filled.record(7), filled.record(8))
    filled.ingest()
    filled.send(filled.record(9))
    filled.ingest()
    return filled


def test_a_sealed_log_is_well_with_the_key_and_without(keyed):
    """Commits before the key have no seal."""
    assert keyed.faults() == []
    keyed.key = None
    assert keyed.faults() == []


def test_a_chain_made_up_without_the_key_is_found(keyed):
    """All hashes were made to fit; the seals cannot be."""
    layout, before = keyed.log.layout, None
    for seq in range(6, keyed.state.seq + 1):
        fields = json.loads(keyed.pool.store.read(layout.commit(seq)))
        fields["watermark"] = 1
        fields["previous"] = before or fields["previous"]
        content = json.dumps(fields).encode()
        keyed.rewrite(layout.commit(seq), lambda _, content=content: content)
        before = hashlib.sha256(content).hexdigest()
    assert {fault["detail"].partition(": ")[2] for fault in keyed.faults()} == {
        "it is not sealed with the key, as it should be"
    }
    keyed.key = None
    assert keyed.faults() == []


def stripped(place, seqs):
    """Take the seals off, and make the hashes between the manifests fit again."""
    layout, before = place.log.layout, None
    for seq in seqs:
        fields = json.loads(place.pool.store.read(layout.commit(seq)))
        fields.update(mac=None, sealed_since=None, previous=before or fields["previous"])
        content = json.dumps(fields).encode()
        place.rewrite(layout.commit(seq), lambda _, content=content: content)
        before = hashlib.sha256(content).hexdigest()


UNSEALED = "it is not sealed with the key, as it should be"


def test_a_log_made_up_without_any_seal_is_found(keyed):
    """The newest commit must be sealed once there is a key."""
    stripped(keyed, range(1, keyed.state.seq + 1))
    for days in (None, (DAY, DAY)):
        (fault,) = keyed.faults(days)
        assert (fault["check"], fault["detail"].partition(": ")[2]) == ("links", UNSEALED)


def test_the_newest_commit_is_looked_at_when_a_snapshot_has_its_number(keyed):
    """Also with dates, where nothing lies above the snapshot."""
    stripped(keyed, range(1, keyed.state.seq + 1))
    keyed.log.snapshots.write(keyed.log.recover(), 100)
    assert [fault["check"] for fault in keyed.faults((DAY, DAY))] == ["links"]


def test_seals_taken_off_the_earlier_commits_are_found(keyed):
    """Each sealed commit says since when all are sealed, and its seal covers that."""
    keyed.send(keyed.record(10))
    keyed.ingest()
    assert keyed.log.read_manifest(keyed.state.seq).sealed_since == 5
    stripped(keyed, [5])
    assert UNSEALED in {fault["detail"].partition(": ")[2] for fault in keyed.faults()}


def test_the_row_of_seals_goes_on_over_a_snapshot(keyed):
    """A new process that rests on it, with no manifest above."""
    keyed.log.snapshots.write(keyed.log.recover(), 100)
    keyed.send(keyed.record(10))
    keyed.ingest()
    assert keyed.log.read_manifest(keyed.state.seq).sealed_since == 5


def test_a_seal_of_another_key_is_found():
    """The one who made it did not have ours."""
    content = Seal(b"a" * 32).put(b'{"mac": "' + b"0" * 64 + b'"}')
    found = content.decode()[9:73]
    assert Seal(b"a" * 32).fits(content, found)
    assert not Seal(b"b" * 32).fits(content, found)


# Issues ---------------------------------------------------------------------------------------


@pytest.fixture
def issued(filled):
    """Two issues of one date, on record."""
    for content in (b"a\n1\n", b"a\n2\n"):
        publish(filled, content)
    assert issue_faults(filled) == []
    return filled


def publisher(place) -> Issues:
    return Issues(place.pool, place.log.layout, Recorder(place.log))


def publish(place, content):
    """The next issue, with one report."""
    state = place.state
    source = Provenance(
        date=DAY, seq=state.seq, head=state.head, inputs=state.inputs(str(DAY)), input_records=2, engine="e",
        engine_version="1", run_id="r", reason="missing", state="final",
    )  # fmt: skip
    reports = decode_reports({"trend_summary": content}, is_fed=True)
    return publisher(place).publish(source, reports, lambda *_: {"page/index.html": b"x"})


def issue_faults(place):
    """Findings that are not ok, with the check and what is wrong."""
    found = check_issues(place.log, Issues(place.pool, place.log.layout))
    return [(each["check"], each["detail"].partition(": ")[2]) for each in found if not each["ok"]]


def issue_path(place, number):
    return place.log.layout.issue(DAY, number)


def test_an_issue_and_its_record_are_one_commit(issued):
    """It moves no offset, and owns nothing."""
    newest = issued.log.read_manifest(issued.state.seq)
    assert (newest.kind, newest.add, newest.remove) == ("job", (), ())
    sha256 = hashlib.sha256(issued.pool.store.read(issue_path(issued, 2))).hexdigest()
    assert newest.issues == {"2025-12-20": (2, sha256)}
    assert issued.faults() == []


@pytest.mark.parametrize("number", [1, 2])
def test_a_back_dated_issue_is_found(issued, number):
    """The newest by the log, an earlier one by the next."""
    issued.rewrite_json(
        issue_path(issued, number), lambda fields: fields.update(published_at="2020-01-01T00:00:00+00:00")
    )
    assert len(issue_faults(issued)) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_a_deleted_issue_is_found(issued, number):
    """The newest, or one that later ones came after."""
    issued.pool.store.delete(issue_path(issued, number))
    assert ("issues", "it is missing") in issue_faults(issued)


def test_all_issues_of_a_date_deleted_are_found(issued):
    """Its folder is gone; the log knows the date."""
    issued.pool.store.delete(issued.log.layout.issues(DAY))
    assert ("issues", "it is missing") in issue_faults(issued)


def test_a_made_up_issue_is_found(issued):
    """The next number, with everything but a record in the log."""
    content = json.loads(issued.pool.store.read(issue_path(issued, 2)))
    before = hashlib.sha256(issued.pool.store.read(issue_path(issued, 2))).hexdigest()
    content.update(number=3, previous=before)
    issued.pool.write(issue_path(issued, 3), json.dumps(content).encode())
    assert ("issues", "the log has no such issue on record") in issue_faults(issued)


def test_an_issue_after_a_deleted_one_says_so_and_takes_a_new_number(issued):
    """The repair: publish anew. A number on record is never used twice."""
    issued.pool.store.delete(issue_path(issued, 2))
    assert publish(issued, b"a\n3\n").number == 3
    assert issue_faults(issued) == []


def test_a_publisher_that_died_before_the_record_is_completed_by_the_next(filled):
    """Its issue stands, and is not on record."""
    Issues(filled.pool, filled.log.layout).publish(
        Provenance(
            date=DAY, seq=filled.state.seq, head=filled.state.head, inputs=filled.state.inputs(str(DAY)),
            input_records=2, engine="e", engine_version="1", run_id="r", reason="missing", state="final",
        ),
        decode_reports({"trend_summary": b"a\n1\n"}, is_fed=True),
    )  # fmt: skip
    assert ("issues", "the log has no such issue on record") in issue_faults(filled)
    found = check_issues(filled.log, Issues(filled.pool, filled.log.layout))
    (repair,) = (each["repair"] for each in found if not each["ok"])
    assert f"`healthtrends run {DAY}` records it" in repair
    issues = publisher(filled)
    assert issues.complete(issues.newest(DAY))
    assert not issues.complete(issues.newest(DAY))
    assert issue_faults(filled) == []


def test_issues_of_several_dates_that_are_not_on_record_are_completed_together(filled):
    """One commit for all of them: another publisher died after it had published these dates."""
    reports = decode_reports({"trend_summary": b"a\n1\n"}, is_fed=True)
    wanted = [
        Wanted(
            Provenance(
                date=DAY + dt.timedelta(days=days), seq=filled.state.seq, inputs=(), input_records=2,
                engine="e", engine_version="1", run_id="r", reason="stale", state="final",
            ),
            reports,
        )
        for days in range(3)
    ]  # fmt: skip
    before = filled.state.seq
    left = Issues(filled.pool, filled.log.layout).publish_all(wanted)
    assert publisher(filled).publish_all(wanted) == left
    state = CommitLog(filled.pool, filled.log.layout, 200).recover()
    assert (state.seq - before, len(state.issues)) == (1, 3)


def test_records_outlive_the_manifests(issued):
    """A snapshot has them, so that an old issue is covered when its commit is pruned."""
    log = CommitLog(issued.pool, issued.log.layout, 200)
    state = log.snapshots.write(log.recover(), 100)
    assert log.snapshots.load(state.snapshot).issues == state.issues != {}


PUBLISHED = (
    "trend_summary/date=2025-12-20/part-00000.csv",
    "trend_summary/date=2025-12-20/_meta.json",
    "trend_summary/date=2025-12-20/_SUCCESS",
)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("harm", ["change", "delete"])
def test_a_published_file_that_is_changed_or_gone_is_named_and_put_back(issued, name, harm):
    """From the immutable copy, without a new issue."""
    path = f"/r/reports/{name}"
    before = issued.pool.store.read(path)
    issued.pool.store.delete(path)
    if harm == "change" and before:
        issued.pool.write(path, before.replace(b"2", b"3") + b" ")
    found = [
        each for each in check_issues(issued.log, Issues(issued.pool, issued.log.layout)) if not each["ok"]
    ]
    assert [(each["check"], each["file"], each["repair"]) for each in found] == [
        ("published", path, "healthtrends run 2025-12-20")
    ]
    assert publisher(issued).restore(DAY)
    assert issued.pool.store.read(path) == before
    assert issue_faults(issued) == []
    assert not publisher(issued).restore(DAY)


def test_nothing_is_put_back_from_a_damaged_copy(issued):
    """It would be published as if it were right."""
    newest = publisher(issued).newest(DAY)
    copy = issued.log.layout.issue_copy(DAY, newest.number, newest.nonce)
    issued.rewrite(f"{copy}.zip", lambda _: archive({"trend_summary.csv": b"a\n9\n"}))
    issued.rewrite(f"/r/reports/{PUBLISHED[0]}", lambda _: b"a\n8\n")
    with pytest.raises(DamageFound, match=r"differs from its issue|is missing"):
        publisher(issued).restore(DAY)
    assert issued.pool.store.read(f"/r/reports/{PUBLISHED[0]}") == b"a\n8\n"
