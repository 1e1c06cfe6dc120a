"""Publishing as numbered issues: atomic, repeatable, finished by whoever comes next."""

import datetime as dt
import json
from threading import Lock

import msgspec
import pytest

from healthtrends.errors import DamageFound, UsageError
from healthtrends.publish.copies import archive
from healthtrends.publish.draft import Wanted
from healthtrends.publish.issue_manifest import RowChanges
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.issues.drafts import DATE, FOLDER, reports, source, summary


def test_a_report_folder_holds_csv_meta_and_success(issues):
    """What a downstream job looks for."""
    issues.publish(source(), reports())
    assert [entry.name for entry in issues._store.list(FOLDER)] == [
        "_SUCCESS",
        "_meta.json",
        "part-00000.csv",
    ]


def test_a_second_publication_is_the_next_issue(issues):
    """Numbers go up by one."""
    numbers = [issues.publish(source(n), reports(f"E1{n}")).number for n in (1, 2, 3)]
    assert numbers == [1, 2, 3]


def test_an_earlier_issue_is_read_byte_for_byte(issues):
    """Issues are immutable."""
    first = issues.publish(source(1), reports("OLD"))
    issues.publish(source(2), reports("NEW"))
    assert issues.read(issues.get(DATE, first.number), "trend_summary").csv() == b"diagnosis\nOLD\n"


def test_an_unknown_issue_is_answered_with_the_list_of_those_there_are(issues):
    """Publishing once more would not make an earlier number."""
    issues.publish(source(), reports())
    with pytest.raises(UsageError) as refused:
        issues.get(DATE, 9)
    assert (refused.value.why, "--issues" in refused.value.next_step) == ("its newest issue is 1", True)


def test_an_issue_of_an_older_state_never_replaces_a_newer(issues):
    """A slow run that read commit 1 comes after the one that read commit 2."""
    issues.publish(source(2), reports("NEW"))
    returned = issues.publish(source(1), reports("OLD"))
    assert (returned.source.seq, issues._store.read(f"{FOLDER}/part-00000.csv")) == (2, b"diagnosis\nNEW\n")


def test_meta_names_issue_sequence_and_digest(issues):
    """A file found alone can be traced."""
    issue = issues.publish(source(7), reports())
    meta = json.loads(issues._store.read(f"{FOLDER}/_meta.json"))
    assert (meta["issue"], meta["commit_sequence"], meta["sha256"]) == (
        1,
        7,
        issue.reports["trend_summary"].sha256,
    )


@pytest.mark.parametrize("renames", range(5))
def test_a_publisher_that_died_between_renames_is_finished_by_the_next(issues, renames):
    """After any number of the four renames: afterwards all is in place, and nothing is staged."""

    class Died(Exception):
        pass

    class Dying(LocalStore):
        left = renames + 1  # the commit itself comes first

        def rename(self, src, dst, *, replace=False):
            if self.left == 0:
                raise Died
            self.left -= 1
            super().rename(src, dst, replace=replace)

    issues.publish(source(1), reports("OLD"))
    pool = StorePool(Dying(issues._store._folder))
    try:
        if renames < 4:
            with pytest.raises(Died):
                Issues(pool, Layout("/r")).publish(source(2), reports("NEW"))
            assert issues.finish(DATE)
        else:
            Issues(pool, Layout("/r")).publish(source(2), reports("NEW"))
    finally:
        pool.close()
    names = [entry.name for entry in issues._store.list(FOLDER)]
    assert (names, issues._store.read(f"{FOLDER}/part-00000.csv"), issues.finish(DATE)) == (
        ["_SUCCESS", "_meta.json", "part-00000.csv"],
        b"diagnosis\nNEW\n",
        False,
    )


def test_a_deleted_report_folder_is_made_again_from_the_copy(issues):
    """Somebody's slip in the public folders loses nothing."""
    issues.publish(source(), reports())
    issues._store.delete(FOLDER)
    assert issues.restore(DATE)
    assert issues._store.read(f"{FOLDER}/part-00000.csv") == b"diagnosis\nE11\n"


@pytest.mark.parametrize("moment", ["create", "rename"])
def test_an_older_issue_is_not_left_in_the_place_of_one_published_meanwhile(issues, moment):
    """The restoring run has looked for the newest, and another publishes while it stages or installs."""

    class Overtaken(LocalStore):
        met = False
        lock = Lock()

        def _meet(self, now):
            with self.lock:
                if now == moment and not self.met:
                    self.met = True
                    issues.publish(source(2), reports("NEW"))

        def create(self, path, size=None):
            self._meet("create")
            return super().create(path, size)

        def rename(self, src, dst, *, replace=False):
            self._meet("rename")
            super().rename(src, dst, replace=replace)

    issues.publish(source(1), reports("OLD"))
    issues._store.delete(FOLDER)
    store = Overtaken(issues._store._folder)
    pool = StorePool(store)
    try:
        Issues(pool, Layout("/r")).restore(DATE)
    finally:
        pool.close()
    newest = issues.newest(DATE)
    assert (store.met, newest.number, issues.wrong_files(newest)) == (True, 2, [])
    assert not issues._store.list(Layout("/r").issue_staging(DATE))


def test_a_changed_copy_is_damage(issues):
    """The digest in the issue is checked at every read."""
    issue = issues.publish(source(), reports())
    path = issues._copies.place(issue)
    issues._store.delete(path)
    issues._pool.write(path, archive({"trend_summary.csv": b"other"}))
    with pytest.raises(DamageFound, match="differs"):
        issues.read(issue, "trend_summary")
    assert "quality.csv is missing" in " ".join(issues.damaged_copies(issue))
    issues._store.delete(path)
    issues._pool.write(path, b"no archive")
    with pytest.raises(DamageFound, match="cannot be read"):
        issues.read(issue, "trend_summary")


def test_an_issue_that_never_was_is_a_usage_error(issues):
    """It says which there are."""
    issues.publish(source(), reports())
    with pytest.raises(UsageError, match="no issue 5"):
        issues.get(DATE, 5)


def test_an_older_run_that_stages_first_and_commits_late_changes_nothing(issues):
    """Between its staging and its rename a run that read a newer commit publishes: the older gives way."""

    class Slow(LocalStore):
        def rename(self, src, dst, *, replace=False):
            if src.endswith("/issue.json"):
                issues.publish(source(8), reports("NEW"))
            super().rename(src, dst, replace=replace)

    pool = StorePool(Slow(issues._store._folder))
    try:
        returned = Issues(pool, Layout("/r")).publish(source(7), reports("OLD"))
    finally:
        pool.close()
    assert (returned.source.seq, issues.numbers(DATE)) == (8, [1])
    assert issues._store.read(f"{FOLDER}/part-00000.csv") == b"diagnosis\nNEW\n"


def test_whoever_loses_a_number_leaves_nothing_behind(issues):
    """Neither in the staging nor among the copies."""

    class Late(LocalStore):
        def rename(self, src, dst, *, replace=False):
            if src.endswith("/issue.json"):
                issues.publish(source(8), reports("NEW"))
            super().rename(src, dst, replace=replace)

    pool = StorePool(Late(issues._store._folder))
    try:
        Issues(pool, Layout("/r")).publish(source(7), reports("OLD"))
    finally:
        pool.close()
    left = [
        len(issues._store.list(f"/r/_ht/issues/date=2025-12-22/{folder}")) for folder in ("staging", "copies")
    ]
    assert left == [0, 1]


def test_an_issue_counts_what_changed_since_the_one_before(issues):
    """Rows added, removed, changed; rows are told apart by their key."""
    issues.publish(source(1), summary(b"E11,2,40.0,0.5\nI10,1,50.0,\nJ45,1,9.0,\n"))
    issue = issues.publish(source(2), summary(b"E11,3,41.0,0.5\nA00,1,7.0,\nJ45,1,9.0,\n"))
    assert (issue.since, issue.changes["trend_summary"]) == (1, RowChanges(added=1, removed=1, changed=1))


def test_a_damaged_past_does_not_withhold_the_present(issues):
    """The next issue is published, and says that it is compared with none."""
    first = issues.publish(source(1), reports("OLD"))
    issues._store.delete(issues._copies.place(first))
    second = issues.publish(source(2), reports("NEW"))
    assert (second.number, second.since, second.changes) == (2, None, {})


def test_attachments_are_published_with_the_issue_that_they_name(issues):
    """They are made again when the number changes, and installed whole, with a mark of their own."""
    issues.publish(source(1), reports())
    issue = issues.publish(source(2), reports(), lambda issue, _: {"exports/which.txt": b"%d" % issue.number})
    folder = "/r/reports/exports/date=2025-12-22"
    assert [entry.name for entry in issues._store.list(folder)] == ["_SUCCESS", "which.txt"]
    assert (
        issues._store.read(f"{folder}/which.txt"),
        issues.read_attachment(issue, "exports/which.txt"),
    ) == (
        b"2",
        b"2",
    )


def test_several_dates_are_published_at_once(issues):
    """Each as its own issue."""
    days = [DATE - dt.timedelta(days=back) for back in range(40)]
    wanted = [Wanted(msgspec.structs.replace(source(), date=day), reports(str(day))) for day in days]
    assert [issue.date for issue in issues.publish_all(wanted)] == days
    assert issues.read(issues.newest(days[3]), "trend_summary").csv() == f"diagnosis\n{days[3]}\n".encode()


def test_meta_says_why_numbers_are_missing(issues):
    """A share of nothing here; with no record at all, nothing of the report is known."""
    issues.publish(source(1), summary(b"E11,1,4.0,\n"))
    shared = json.loads(issues._store.read(f"{FOLDER}/_meta.json"))
    issues.publish(
        msgspec.structs.replace(source(2), input_records=0), summary(b"E11,1,4.0,\n", is_fed=False)
    )
    unfed = json.loads(issues._store.read(f"{FOLDER}/_meta.json"))
    assert (shared["feed"], shared["missing"]) == ("observed", {"gender_ratio": {"undefined": 1}})
    assert (unfed["feed"], unfed["missing"]["count"]) == ("none", {"no_feed": 1})


def test_twenty_publishers_at_once_give_twenty_issues_and_one_whole_folder(issues):
    """Each loses a number without a trace, or gets it; the last one stands."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(5) as pool:
        made = list(pool.map(lambda n: issues.publish(source(1), reports(f"R{n}")), range(20)))
    newest = issues.newest(DATE)
    issues.finish(DATE)
    assert sorted(issue.number for issue in made) == list(range(1, 21))
    assert issues._store.read(f"{FOLDER}/part-00000.csv") == issues.read(newest, "trend_summary").csv()
