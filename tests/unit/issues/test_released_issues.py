"""The issue that a release was made of stays, whatever retention takes; an erasure takes it."""

import dataclasses
import json

import msgspec
import pytest

from healthtrends.config.publish import Publish
from healthtrends.config.retention import Retention
from healthtrends.errors import ReleaseRefused, UsageError
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.publish import draft
from healthtrends.publish.issue_manifest import ReleaseSource
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.layout import Layout, ReleaseLayout
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.issues.drafts import DATE, source, summary
from tests.unit.test_cubes import LAST
from tests.unit.test_releasing import PATIENTS, OneAge

pytestmark = pytest.mark.slow

SAID = ReleaseSource(
    policy="cms", hidden_below=11, issue=1, hidden={}, shown=0, records_hidden=0.0, audited=0
)
LIMITS = [
    {"publish": Publish(keep_issues=1)},
    {"publish": Publish(keep_copies=1)},
    {"retention": Retention(issues_days=1)},
    {"retention": Retention(copies=1)},
]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A date that was released as it was a month ago."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-26T12:00:00+00:00")
    place = OneAge(tmp_path, None)
    publish(place)
    release(place)
    yield place
    place.close()


def publish(place, patients=PATIENTS):
    place.receive(LAST, patients)
    place.run([LAST])


def release(place, **flags):
    return Pipeline(place).releases.release(LAST, ReleaseOptions(force=True, **flags))


def replaced(place, monkeypatch, limits):
    """Publish again, a month later take it back and publish anew, and let go what is too old.

    The newest issue holds no file of one before, so that none is kept for that.
    """
    for name, each in limits.items():
        setattr(place, name, each)
    publish(place)
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2026-01-26T12:00:00+00:00")
    Pipeline(place).unpublish(LAST)
    publish(place)
    Pipeline(place).expire(dry_run=False)
    pipeline = Pipeline(place)
    pipeline.status()  # the log says what went
    return pipeline


def faults(place):
    findings = Pipeline(place).maintenance.verify(None).findings
    return [each["detail"] for each in findings if not each["ok"]]


@pytest.mark.parametrize("limits", LIMITS, ids=["keep_issues", "keep_copies", "issues_days", "copies"])
def test_a_released_issue_is_read_as_it_was_published(place, monkeypatch, limits):
    """With all its reports; the release folder names it."""
    before = Pipeline(place).published.read(Pipeline(place).published.issue(LAST, 1), "quality").rows
    published = replaced(place, monkeypatch, limits).published
    folder = place.folder / f"r/release/trend_summary/date={LAST}"
    assert json.loads((folder / "_meta.json").read_bytes())["release"]["issue"] == 1
    assert published.read(published.issue(LAST, 1), "quality").rows == before
    assert faults(place) == []


@pytest.mark.parametrize("limits", LIMITS, ids=["keep_issues", "keep_copies", "issues_days", "copies"])
def test_an_issue_that_no_release_names_goes(place, monkeypatch, limits):
    """Or its reports do."""
    published = replaced(place, monkeypatch, limits).published
    with pytest.raises(UsageError, match=r"no issue 2|kept no more"):
        published.read(published.issue(LAST, 2), "quality")


def test_the_list_of_issues_names_what_only_a_release_keeps(place, monkeypatch):
    """What was newest in between is not known, so `--as-of` does not take it for that."""
    published = replaced(place, monkeypatch, LIMITS[0]).published
    assert [issue.number for issue in published.kept(LAST)] == [1, 4]
    assert [issue.number for issue in published.all(LAST)] == [4]


@pytest.mark.parametrize("deleted", ["manifest", "copy"])
def test_verify_misses_a_released_issue_that_somebody_deleted(place, monkeypatch, deleted):
    """Though its number is one that retention took."""
    replaced(place, monkeypatch, LIMITS[0])
    folder = place.layout.issues(LAST) if deleted == "manifest" else place.layout.issue_copies(LAST)
    for entry in place.pool.store.list(folder):
        if entry.name.startswith("000001"):
            place.pool.store.delete(f"{folder}/{entry.name}")
    assert len(faults(place)) == 1


def test_an_issue_is_kept_for_an_earlier_release_too(place, monkeypatch):
    """The date is released again; both issues stay, and no third."""
    publish(place)
    release(place, again=True)
    published = replaced(place, monkeypatch, LIMITS[0]).published
    assert [issue.number for issue in published.kept(LAST)] == [1, 2, 5]
    assert faults(place) == []


class Interrupted(LocalStore):
    """Calls something once, before a release is staged, or before it gets its number."""

    before = ""
    then = None

    def _reach(self, operation, path):
        if self.then is not None and operation == self.before and "/releases/" in path:
            then, self.then = self.then, None
            then()

    def create(self, path, size=None):
        self._reach("create", path)
        return super().create(path, size)

    def rename(self, src, dst, *, replace=False):
        self._reach("rename", dst)
        super().rename(src, dst, replace=replace)


@pytest.fixture
def interrupted(place, tmp_path):
    """The same house; another run publishes while the date is released again."""
    other = dataclasses.replace(place, publish=Publish(keep_issues=1))
    place.pool = StorePool(Interrupted(tmp_path))
    place.pool.store.then = lambda: publish(other)
    publish(place)
    yield place
    place.pool.close()


def test_a_release_is_refused_whose_issue_goes_meanwhile(interrupted):
    """Nothing of it is left, and the next attempt is of the newest issue."""
    interrupted.pool.store.before = "create"
    with pytest.raises(ReleaseRefused, match="replaced while"):
        release(interrupted, again=True)
    assert interrupted.pool.store.list(ReleaseLayout("/r").issue_staging(LAST)) == []
    assert [issue.number for issue in Pipeline(interrupted).published.kept(LAST)] == [1, 3]
    assert release(interrupted, again=True).source.issue == 3
    assert faults(interrupted) == []


def test_a_release_that_waits_for_its_number_keeps_its_issue(interrupted):
    """Whoever retires sees it."""
    interrupted.pool.store.before = "rename"
    assert release(interrupted, again=True).source.issue == 2
    assert [issue.number for issue in Pipeline(interrupted).published.kept(LAST)] == [1, 2, 3]
    assert faults(interrupted) == []


def numbers(count):
    return summary(f"E11,{count},4.0,\n".encode())


@pytest.fixture
def issues(tmp_path):
    """One issue is kept of a date; the first was released."""
    pool = StorePool(LocalStore(tmp_path))
    issues = Issues(pool, Layout("/r"), retention=draft.Retention(issues=1))
    issues.publish(source(1), numbers(1))
    releases = Issues(pool, ReleaseLayout("/r"))
    releases.publish(msgspec.structs.replace(source(1), release=SAID), numbers(1))
    yield issues
    pool.close()


def test_an_erasure_takes_a_released_issue(issues):
    """It tells of the person."""
    issues.publish_all([draft.Wanted(source(2), numbers(2), erased=1)])
    issues.publish(source(3), numbers(3))
    assert issues.numbers(DATE) == [3]


def test_an_erasure_takes_what_was_kept_before(issues):
    """Also when the program died before it had deleted it."""
    newest = [issues.publish(source(number), numbers(number)) for number in (2, 3)][-1]
    assert issues.numbers(DATE) == [1, 3]
    issues.retire(newest, erased=2)
    assert issues.numbers(DATE) == [3]


def test_a_release_that_cannot_be_read_lets_no_issue_go(issues):
    """Which one it names is not known; `verify` tells of it."""
    path = ReleaseLayout("/r").issue(DATE, 1)
    issues._store.delete(path)
    issues._pool.write(path, b"{")
    issues.publish(source(2), numbers(2))
    assert issues.numbers(DATE) == [1, 2]
