"""Each kind of damage is found and named with its file, date and repair; what is well is not."""

import datetime as dt
import threading

import msgspec
import pytest

from healthtrends.errors import HdfsUnavailable, NothingHere
from healthtrends.publish.check import check_issues
from healthtrends.publish.issue_manifest import Provenance
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import decode_reports
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.snapshots import Snapshots
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore

DAY = "2025-12-20"


@pytest.fixture
def filled(place):
    """Three commits of two dates, with rejects."""
    for part in range(3):
        place.send(place.record(2 * part), place.record(2 * part + 1, visit_date="2025-12-19"), b"wrong")
        place.ingest()
    return place


def only(faults):
    """The one fault there is."""
    assert len(faults) == 1, faults
    return faults[0]


def test_a_whole_root_has_one_line_a_check(filled):
    """All of them ok."""
    findings = verify(filled.log)
    assert [(each["check"], each["ok"]) for each in findings] == [
        (check, True) for check in ("chain", "links", "totals", "ranges", "files", "strays")
    ]


def test_an_empty_root_is_not_well_but_nothing(place):
    """It is new, mistyped or deleted: a code of its own, as nothing was proved."""
    with pytest.raises(NothingHere, match="no commit lies under /r"):
        place.faults()
    assert NothingHere.exit_code == 6


@pytest.mark.parametrize("which", [0, 2])
def test_a_missing_file_is_named_with_date_and_repair(filled, which):
    """Of an older commit, and of the newest."""
    path = filled.log.read_manifest(2 * which + 2).add[1].dst
    filled.pool.store.delete(path)
    fault = only(filled.faults())
    assert (fault["check"], fault["file"], fault["date"]) == ("files", path, DAY)
    assert fault["repair"] == f"healthtrends ingest --restage {path}"
    assert "missing" in fault["detail"]


def test_a_cut_file_is_named(filled):
    """Its length and lines are others."""
    path = filled.files()[0]
    filled.rewrite(path, lambda content: content[:-5])
    assert only(filled.faults())["file"] == path


def test_a_flipped_byte_is_named(filled):
    """Length and lines are right; the CRC-32 tells."""
    path = filled.files()[0]
    filled.flip(path)
    assert only(filled.faults())["file"] == path


class LostBlocks(LocalStore):
    """A NameNode that knows files whose blocks no DataNode has."""

    def __init__(self, folder, lost) -> None:
        super().__init__(folder)
        self.lost = lost

    def chunks(self, path):
        if self.lost in path:
            raise HdfsUnavailable("no DataNode has the block")
        return super().chunks(path)


def test_a_file_whose_blocks_are_lost_is_named(filled, tmp_path):
    """The others can be read, so it is no server that is down."""
    path = filled.files()[0]
    filled.pool.store = LostBlocks(tmp_path, path)
    fault = only(filled.faults())
    assert (fault["file"], "cannot be read" in fault["detail"]) == (path, True)


def test_when_no_file_can_be_read_a_server_is_down(filled, tmp_path):
    """Exit code 5, and worth another try."""
    filled.pool.store = LostBlocks(tmp_path, "/part-")
    with pytest.raises(HdfsUnavailable, match="no DataNode"):
        filled.faults()


def test_a_damaged_reject_file_is_named_with_its_day_of_ingest(filled):
    """Quarantine is proved like the data."""
    path = next(iter(filled.state.rejects))
    filled.flip(path)
    fault = only(filled.faults())
    assert (fault["file"], fault["date"]) == (path, "2025-12-21")


@pytest.mark.parametrize(
    "path",
    [
        f"/r/patient_json/date={DAY}/part-x.jsonl",
        "/r/patient_json/date=2001-01-01/part-x.jsonl",
        "/r/rejects/ingested=2025-12-21/part-x.jsonl",
        "/r/patient_json/part-x.jsonl",
    ],
)
def test_a_stray_is_named(filled, path):
    """In a folder of a date, of no date, or beside them."""
    filled.pool.write(path, b"{}\n")
    fault = only(filled.faults())
    assert (fault["check"], fault["file"]) == ("strays", path)


def test_a_file_copied_under_another_name_is_a_stray(filled):
    """Each live file is there once."""
    path = filled.files()[0]
    filled.pool.write(path.replace("part-", "part-again-"), filled.pool.store.read(path))
    assert only(filled.faults())["check"] == "strays"


def test_only_the_dates_asked_for_are_looked_at(filled, days):
    """Damage elsewhere is not found, damage there is."""
    filled.pool.store.delete(filled.files("2025-12-19")[0])
    assert filled.faults(days) == []
    filled.pool.store.delete(filled.files()[0])
    assert len(filled.faults(days)) == 1


def doubled(place, **changes):
    """Commit once more what the newest commit added, as a wrong writer would."""
    state = place.state
    newest = state.newest
    files = []
    for file in newest.add:
        nonce = new_nonce()
        src = f"/r/_ht/staging/000000000001/{nonce}/again.jsonl"
        place.pool.write(src, place.pool.store.read(file.dst))
        dst = file.dst.replace("part-", f"part-{nonce}-")
        files.append(msgspec.structs.replace(file, src=src, dst=dst))
    draft = msgspec.structs.replace(
        newest, seq=state.seq + 1, nonce=new_nonce(), add=tuple(files), rejects=(), **changes
    )
    place.log.commit(draft, 1, state, lambda _: None)


def test_a_batch_that_was_stored_twice_is_found(filled):
    """By the ranges of the files, by what the commit moved, and by the sums."""
    doubled(filled, counts=Counts(2, 0, 2))
    faults = filled.faults()
    assert {fault["check"] for fault in faults} == {"chain", "totals", "ranges"}
    overlap = [fault for fault in faults if fault["check"] == "ranges"]
    assert sorted(fault["date"] for fault in overlap) == ["2025-12-19", DAY]


def test_a_batch_that_was_stored_twice_is_found_below_a_snapshot_too(filled):
    """When no manifest is looked at any more."""
    doubled(filled, counts=Counts(2, 0, 2))
    log = filled.log
    Snapshots(filled.pool, log.layout, 10).write(log.recover(), 100)
    assert {fault["check"] for fault in filled.faults()} == {"totals", "ranges"}


def edit_commit(place, seq, **changes):
    """Change a manifest where it stands."""
    log = place.log
    manifest = msgspec.structs.replace(log.read_manifest(seq), **changes)
    place.rewrite(log.layout.commit(seq), lambda _: msgspec.json.encode(manifest))


def test_offsets_that_nobody_stored_are_found(filled):
    """A commit whose file entry was dropped moved offsets for nothing."""
    edit_commit(filled, 4, add=(), rejects=())
    faults = [fault for fault in filled.faults() if fault["check"] == "chain"]
    assert "covers 0" in faults[0]["detail"].replace("its files cover", "covers")
    assert faults[0]["file"] == filled.log.layout.commit(4)


def test_a_file_from_offsets_that_the_log_has_not_reached_is_found(filled):
    """They would be stored again."""
    files = [msgspec.structs.replace(file, ranges=((0, 6, 99),)) for file in filled.log.read_manifest(6).add]
    edit_commit(filled, 6, add=tuple(files))
    beyond = [fault for fault in filled.faults() if fault["check"] == "ranges"]
    assert [fault["file"] for fault in beyond] == [file.dst for file in files]


def test_offsets_that_go_back_are_found(filled):
    """The next batch would store them again."""
    manifest = filled.log.read_manifest(6)
    parts = {p: msgspec.structs.replace(position, next=4) for p, position in manifest.parts.items()}
    edit_commit(filled, 6, parts=parts)
    assert any("from 6 to 4" in fault["detail"] for fault in filled.faults())


def test_a_commit_by_someone_who_did_not_own_the_partition_is_found(filled):
    """A writer that was superseded must not have had a number."""
    manifest = filled.log.read_manifest(6)
    parts = {p: msgspec.structs.replace(position, owner=1) for p, position in manifest.parts.items()}
    edit_commit(filled, 6, parts=parts)
    assert any("from owner 5 to 1" in fault["detail"] for fault in filled.faults())


def test_a_missing_number_is_found(filled):
    """The chain is broken; nothing else can be judged."""
    path = filled.log.layout.commit(3)
    filled.pool.store.delete(path)
    fault = only(filled.faults())
    assert (fault["check"], "commit 3 is missing" in fault["detail"]) == ("chain", True)


def test_a_manifest_under_another_number_is_found(filled):
    """A copy of one commit in the place of another."""
    content = filled.pool.store.read(filled.log.layout.commit(4))
    filled.rewrite(filled.log.layout.commit(6), lambda _: content)
    assert "calls itself 4" in only(filled.faults())["detail"]


def test_a_root_with_compacted_dates_is_whole(filled, days):
    """Ranges are united, and of removed files nothing is asked."""
    compact(filled.log, days[0])
    assert filled.faults() == []


def test_ingest_and_compaction_meanwhile_are_no_faults(place, days):
    """Everything is judged at one number."""
    stop = threading.Event()
    place.send(place.record(99))
    place.ingest()

    def write():
        for number in range(15):
            place.send(place.record(number))
            place.ingest()
            if number % 5 == 4:
                compact(place.log, days[0])
        stop.set()

    writer = threading.Thread(target=write)
    writer.start()
    faults = []
    while not stop.is_set():
        faults += place.faults()
    writer.join()
    assert faults == []


ONE_REPORT = decode_reports({"trend_summary": b"a\n1\n"}, is_fed=True)
CHANGED = decode_reports({"trend_summary": b"a\n2\n"}, is_fed=True)

# Issues ----------------------------------------------------------------------------------------


@pytest.fixture
def issued(filled):
    """One issue of one date, which read what is stored."""
    issues = publisher(filled)
    issues.publish(source(filled), ONE_REPORT)
    return filled


def publisher(place):
    """Issues that go on record."""
    return Issues(place.pool, place.log.layout, Recorder(place.log))


def source(place, **changes):
    values = {
        "date": dt.date.fromisoformat(DAY), "seq": place.state.seq, "head": place.state.head,
        "inputs": place.state.inputs(DAY),
        "input_records": 3, "engine": "e", "engine_version": "1", "run_id": "r", "reason": "missing",
        "state": "final", **changes,
    }  # fmt: skip
    return Provenance(**values)


def issue_faults(place, days=None):
    issues = Issues(place.pool, place.log.layout)
    return [finding for finding in check_issues(place.log, issues, days) if not finding["ok"]]


def test_an_issue_that_read_what_is_stored_is_whole(issued):
    """Also after its files were compacted, and when later ones came."""
    assert issue_faults(issued) == []
    compact(issued.log, dt.date.fromisoformat(DAY))
    issued.send(issued.record(50))
    issued.ingest()
    assert issue_faults(issued) == []


def test_an_issue_that_names_a_missing_number_is_found(issued):
    """The log was restored from an older copy, for example."""
    publisher(issued).publish(source(issued, seq=99, head=None), CHANGED)
    fault = only(issue_faults(issued))
    assert (fault["check"], fault["date"]) == ("issues", DAY)
    assert "commit 99" in fault["detail"]
    assert f"healthtrends run {DAY} --reprocess all" in fault["repair"]


def test_an_issue_that_read_an_unknown_file_is_found(issued):
    """No commit names it, live, removed or as an origin."""
    inputs = (*issued.state.inputs(DAY), "/r/patient_json/date=2025-12-20/part-y.jsonl")
    publisher(issued).publish(source(issued, inputs=inputs), ONE_REPORT)
    assert "part-y" in only(issue_faults(issued))["detail"]


@pytest.mark.parametrize("harm", ["delete", "change"])
def test_a_damaged_copy_of_a_report_is_found(issued, harm):
    """`report` would not print it."""
    copies = f"/r/_ht/issues/date={DAY}/copies"
    (copy,) = issued.pool.store.list(copies)
    path = f"{copies}/{copy.name}"
    if harm == "delete":
        issued.pool.store.delete(path)
    else:
        issued.rewrite(path, lambda content: content.replace(b"trend_summary.csv", b"trend_summary.cvs"))
    assert copy.name in issue_faults(issued)[0]["detail"]


def test_issues_of_other_dates_are_not_asked_for(issued):
    """With a span of dates."""
    publisher(issued).publish(source(issued, seq=99, head=None), CHANGED)
    assert issue_faults(issued, (dt.date(2025, 1, 1), dt.date(2025, 1, 2))) == []
