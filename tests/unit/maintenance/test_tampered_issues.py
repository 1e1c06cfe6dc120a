"""Somebody changes issues, or what is published, by hand: `verify` names it."""

import datetime as dt
import hashlib
import json

import pytest

from healthtrends.errors import DamageFound
from healthtrends.publish import check
from healthtrends.publish.check import check_issues
from healthtrends.publish.copies import archive
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import Provenance
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.registry import decode_reports
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder

pytestmark = pytest.mark.slow

DAY = dt.date(2025, 12, 20)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    """Nobody publishes meanwhile, so nothing is waited for."""
    monkeypatch.setattr(check, "_PAUSE", 0.0)


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
