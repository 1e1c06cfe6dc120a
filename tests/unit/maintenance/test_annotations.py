"""What people say of outbreaks and alarms is a commit of the log: never lost, never twice, never changed."""

import datetime as dt
import signal
import subprocess
import sys
import threading

import pytest

from healthtrends.adapters.failpoints import Failpoint, FailpointStore
from healthtrends.errors import HdfsUnavailable, Superseded, UsageError
from healthtrends.model.annotation import (
    Annotation,
    known_outbreaks,
    listed_outbreaks,
    said_of_alarm,
    said_until,
)
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.storage.annotations import annotate
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify

AT = "2025-12-21T12:00:00Z"
B4 = [
    "B4.create.before",
    *(f"B4.{call}.{side}" for call in ("write", "close", "rename") for side in ("before", "after")),
]


def outbreak(code="J10", first="2025-12-18", **values):
    """An entry that adds one."""
    return Annotation(**{"kind": "outbreak", "by": "dr.k", "at": AT, "code": code, "first": first} | values)


def remark(kind, code, day, **values):
    """An entry on an alarm."""
    return Annotation(**{"kind": kind, "by": "dr.k", "at": AT, "code": code, "first": day} | values)


@pytest.fixture
def root(place):
    """A root with one record."""
    place.send(place.record(1))
    place.ingest()
    return place


def test_an_entry_is_read_by_a_new_process_with_who_and_when(root):
    """Its number is its place in the list."""
    numbers = [annotate(root.log, each) for each in (outbreak(), outbreak("A08"))]
    assert (numbers, root.state.annotations) == ([1, 2], (outbreak(), outbreak("A08")))


def test_entries_survive_a_snapshot(root):
    """Manifests below it are not read any more."""
    annotate(root.log, outbreak())
    root.snapshot_every = 1
    root.send(root.record(2))
    root.ingest()
    annotate(root.log, outbreak("A08"))
    assert root.state.snapshot == root.state.seq
    assert [each.code for each in root.state.annotations] == ["J10", "A08"]
    assert root.faults() == []


def test_ingest_and_maintenance_keep_what_was_said(root):
    """They fold it on."""
    annotate(root.log, outbreak())
    root.send(root.record(2))
    root.ingest()
    assert root.state.annotations == (outbreak(),)


def test_verify_counts_them_and_says_nothing_where_there_are_none(root):
    """An outbreak and a remark."""
    assert "annotations" not in {finding["check"] for finding in verify(root.log)}
    annotate(root.log, outbreak())
    annotate(root.log, remark("ack", "J10", "2025-12-20"))
    (found,) = [finding for finding in verify(root.log) if finding["check"] == "annotations"]
    assert found["detail"] == "1 known outbreak, 1 remark on alarms, with who and when"


def test_verify_finds_an_entry_that_was_changed(root):
    """The next commit holds the hash of what it was."""
    annotate(root.log, outbreak())
    annotate(root.log, outbreak("A08"))

    def change(fields):
        fields["annotations"][0]["by"] = "somebody else"

    root.rewrite_json(root.log.layout.commit(root.state.seq - 1), change)
    assert {finding["check"] for finding in root.faults()} == {"links"}


def test_verify_finds_the_end_of_an_outbreak_that_never_was(root):
    """No command makes such an entry."""
    annotate(root.log, Annotation(kind="end", by="x", at=AT, of=7, last="2025-12-20"))
    (fault,) = root.faults()
    assert fault["detail"] == "entry 1 refers to outbreak 7, which is not before it"


def test_an_empty_root_has_nothing_to_annotate(place):
    """The error names the command that comes first."""
    with pytest.raises(UsageError, match="nothing to annotate"):
        annotate(place.log, outbreak())


@pytest.mark.parametrize("name", B4)
def test_a_failure_at_any_step_leaves_the_entry_there_once_after_the_second_attempt(root, name):
    """Whatever the failed call did; `verify` finds no fault in between either."""
    failing = StorePool(FailpointStore(root.pool.store, Failpoint(f"{name}:raise")))
    log = CommitLog(failing, Layout("/r"), 200)
    try:
        annotate(log, outbreak())
    except HdfsUnavailable:
        assert root.faults() == []
    assert annotate(root.log, outbreak()) == 1
    assert root.state.annotations == (outbreak(),)
    assert root.faults() == []
    failing.close()


KILLED = """
import sys
from pathlib import Path
from healthtrends.adapters.failpoints import Failpoint, FailpointStore
from healthtrends.model.annotation import Annotation
from healthtrends.storage.annotations import annotate
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore

store = FailpointStore(LocalStore(Path(sys.argv[1])), Failpoint(f"{sys.argv[2]}:kill"))
said = Annotation(kind="ack", by="dr.k", at="2025-12-21T12:00:00Z", code="J10", first="2025-12-20")
annotate(CommitLog(StorePool(store), Layout("/r"), 200), said)
"""


@pytest.mark.parametrize(("name", "left"), [("B4.rename.before", 0), ("B4.rename.after", 1)])
def test_a_process_that_is_killed_has_said_it_or_not(root, tmp_path, name, left):
    """The rename decides; the next entry and `verify` go on from either."""
    died = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), name], check=False)
    assert died.returncode == -signal.SIGKILL
    assert (len(root.state.annotations), root.faults()) == (left, [])
    assert annotate(root.log, outbreak()) == left + 1
    assert root.faults() == []


def test_two_people_at_once_are_both_heard(root):
    """The loser of a number takes the next one."""
    ready = threading.Barrier(4)

    def say(code):
        ready.wait()
        annotate(root.log, outbreak(code))

    people = [threading.Thread(target=say, args=(f"J1{number}",)) for number in range(4)]
    for each in people:
        each.start()
    for each in people:
        each.join()
    assert sorted(each.code for each in root.state.annotations) == ["J10", "J11", "J12", "J13"]
    assert root.faults() == []


def test_what_no_longer_holds_when_the_number_is_taken_is_not_said(root):
    """Another one withdrew the outbreak in between; the check sees the newest state."""
    annotate(root.log, outbreak())
    seen = []

    def check(before):
        seen.append(len(before))
        if len(seen) == 1:
            annotate(root.log, Annotation(kind="withdraw", by="x", at=AT, of=1))
        return "it is withdrawn" if len(before) > 1 else None

    with pytest.raises(Superseded, match="it is withdrawn"):
        annotate(root.log, Annotation(kind="end", by="x", at=AT, of=1, last="2025-12-20"), check)
    assert [each.kind for each in root.state.annotations] == ["outbreak", "withdraw"]


def test_an_outbreak_is_ended_and_ended_again():
    """The last word counts; who began it stays."""
    end = Annotation(kind="end", by="b", at=AT, of=1, last="2025-12-24")
    later = Annotation(kind="end", by="c", at=AT, of=1, last="2025-12-27")
    (found,) = listed_outbreaks([outbreak(note="flu"), end, later])
    last = dt.date(2025, 12, 27)
    assert found.outbreak == KnownOutbreak("J10", dt.date(2025, 12, 18), last, "flu")
    assert (found.by, found.ended_by) == ("dr.k", "c")


def test_a_withdrawn_outbreak_is_listed_and_left_out_of_no_baseline():
    """It was a mistake; that it was made stays visible."""
    said = [outbreak(), Annotation(kind="withdraw", by="b", at=AT, of=1), outbreak("A08")]
    assert [each.is_withdrawn for each in listed_outbreaks(said)] == [True, False]
    assert [each.code for each in known_outbreaks(said)] == ["A08"]


def test_what_is_said_of_an_alarm_is_carried_over_its_days():
    """Said on its second day, seen on its third; neither before it was said, nor on the next alarm."""
    said = [remark("ack", "J10", "2025-12-19"), remark("note", "K52", "2025-12-19"), outbreak()]
    first = dt.date(2025, 12, 18)
    assert said_of_alarm(said, "J10", first, dt.date(2025, 12, 20)) == said[:1]
    assert said_of_alarm(said, "J10", first, dt.date(2025, 12, 18)) == []
    assert said_of_alarm(said, "J10", dt.date(2025, 12, 25), dt.date(2025, 12, 26)) == []


def test_what_was_known_at_a_moment_is_what_was_said_until_then():
    """To the millisecond, whatever the digits."""
    said = [outbreak(at="2025-12-21T12:00:00Z"), outbreak(at="2025-12-21T12:00:00.5Z")]
    noon = dt.datetime(2025, 12, 21, 12, tzinfo=dt.UTC)
    assert said_until(said, noon) == said[:1]
    assert said_until(said, noon + dt.timedelta(seconds=1)) == said
    assert said_until(said, noon - dt.timedelta(seconds=1)) == []
