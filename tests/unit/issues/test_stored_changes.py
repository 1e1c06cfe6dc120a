"""An issue stores what changed; retention keeps what the kept issues need."""

import io
import json
import sys
import zipfile
from functools import partial

import msgspec
import pytest

from healthtrends.errors import UsageError
from healthtrends.publish.draft import Retention
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import Layout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.issues.drafts import DATE, FOLDER, published, reports, source


def test_an_issue_stores_only_what_changed(issues):
    """The rest is held by the issue that brought it, whichever that was; its folders stay as they are."""
    issues.publish(source(1), reports("OLD"))
    before = published(issues)
    for seq, text in ((1, "NEW"), (1, "NEWER")):
        issue = issues.publish(source(seq), reports(text))
    assert (issue.number, issue.reports["quality"].held, issue.reports["trend_summary"].held) == (3, 1, None)
    with zipfile.ZipFile(io.BytesIO(issues._store.read(issues._copies.place(issue)))) as packed:
        assert packed.namelist() == ["trend_summary.csv", "trend_summary.json"]
    assert issues.read_reports(issue) == reports("NEWER")
    assert {path for path, content in published(issues).items() if before[path] != content} == {
        "trend_summary/date=2025-12-22/part-00000.csv", "trend_summary/date=2025-12-22/_meta.json"
    }  # fmt: skip
    assert issues.wrong_files(issue) == []


def test_files_that_an_earlier_issue_holds_are_put_back_too(issues):
    """From its copy."""
    issues.publish(source(1), reports("OLD"))
    issues.publish(source(1), reports("NEW"))
    before = published(issues)
    for path in before:
        issues._store.delete(f"/r/reports/{path}")
    assert issues.restore(DATE)
    assert published(issues) == before


def test_another_state_with_the_same_numbers_says_so_beside_them(issues):
    """Only `_meta.json` is new."""
    issues.publish(source(1), reports())
    issue = issues.publish(msgspec.structs.replace(source(1), state="provisional"), reports())
    assert {file.held for file in issue.reports.values()} == {1}
    assert json.loads(issues._store.read(f"{FOLDER}/_meta.json"))["state"] == "provisional"
    later = issues.publish(msgspec.structs.replace(source(1), state="provisional"), reports("NEW"))
    assert (later.reports["quality"].held, later.metas["quality"].held) == (1, 2)
    assert (issues.wrong_files(later), issues.damaged_copies(later)) == ([], [])


def test_the_same_numbers_are_no_new_issue(issues):
    """Two runs at once make one; so does another of the same records."""
    first = issues.publish(source(1), reports())
    before = published(issues)
    other = Issues(issues._pool, Layout("/r"))
    again = msgspec.structs.replace(source(1), run_id="another", seq=5, reason="asked")
    assert other.publish(again, reports()) == first
    assert (issues.numbers(DATE), published(issues)) == ([1], before)


def test_two_publishers_of_the_same_numbers_at_once_make_one_issue(tmp_path):
    """Whichever is first; the others find it, though they looked before it was there."""
    from concurrent.futures import ThreadPoolExecutor

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for attempt in range(5):
            pool = StorePool(LocalStore(tmp_path / str(attempt)))
            publish = partial(Issues(pool, Layout("/r")).publish, source(1), reports())
            with ThreadPoolExecutor(10) as threads:
                made = [future.result() for future in [threads.submit(publish) for _ in range(10)]]
            pool.close()
            assert {issue.number for issue in made} == {1}
    finally:
        sys.setswitchinterval(before)


def test_the_same_numbers_of_other_records_are_a_new_issue_that_stores_almost_nothing(issues):
    """Otherwise the date would be stale for ever."""
    issues.publish(source(1), reports())
    issue = issues.publish(source(2), reports())
    assert (issue.number, {file.held for file in issue.reports.values()}) == (2, {1})


def test_the_same_records_are_no_new_issue_though_their_names_are_a_range(issues):
    """A draft names all of them, and the issue that stands names first and last."""
    folder = "/r/patient_json/date=2025-12-22"
    inputs = tuple(f"{folder}/part-000000000001-0123456789abcdef-{n:06d}.jsonl" for n in range(1, 4))
    same = msgspec.structs.replace(source(), inputs=inputs)
    issues.publish(same, reports())
    again = issues.publish(msgspec.structs.replace(same, run_id="another"), reports())
    assert (again.number, len(again.source.inputs), again.source.input_names) == (1, 1, inputs)


def test_a_damaged_copy_is_stored_again_even_if_nothing_changed(issues):
    """That is what `--reprocess all` is for."""
    first = issues.publish(source(1), reports())
    issues._store.delete(issues._copies.place(first))
    second = issues.publish(source(1), reports())
    assert (second.number, issues.damaged_copies(second)) == (2, [])
    assert {file.held for file in second.reports.values()} == {None}


def test_retention_keeps_the_newest_and_what_they_need(issues):
    """Of five issues two; the reports of the newest alone are kept, one of which the first issue holds."""
    keeping = Issues(issues._pool, Layout("/r"), retention=Retention(issues=2, copies=1))
    for number in range(1, 6):
        keeping.publish(source(number), reports(f"R{number}"))
    newest = keeping.get(DATE, 5)
    assert ([issue.number for issue in keeping.all(DATE)], newest.retired, newest.dropped) == ([4, 5], 3, 4)
    assert (keeping.numbers(DATE), newest.reports["quality"].held, newest.missing) == ([1, 4, 5], 1, ())
    assert len(issues._store.list(Layout("/r").issue_copies(DATE))) == 2
    assert keeping.read_reports(newest) == reports("R5")
    assert (keeping.wrong_files(newest), keeping.damaged_copies(newest)) == ([], [])
    with pytest.raises(UsageError, match="kept no more"):
        keeping.read(keeping.get(DATE, 4), "trend_summary")
