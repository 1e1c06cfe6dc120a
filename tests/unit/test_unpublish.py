"""Reports that were taken back: gone for readers, kept in the history, known to `verify`."""

from contextlib import suppress

import pytest

from healthtrends import clock
from healthtrends.adapters.failpoints import Failpoint, FailpointStore
from healthtrends.errors import HdfsUnavailable, UsageError
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import DAYS, World, reprocess, run, send


@pytest.fixture
def world(tmp_path):
    """Both dates; no servers."""
    pool = StorePool(LocalStore(tmp_path))
    yield World(pool)
    pool.close()


def reports_of(world, day):
    return [
        name
        for name, *_ in world.pool.store.list("/r/reports")
        if world.pool.store.list(f"/r/reports/{name}/date={day}")
    ]


def unpublish(world, day):
    (found,) = Pipeline(world).unpublish(day).dates
    return found.action, found.issue, found.state


def check(world):
    """What `verify` finds."""
    findings = Pipeline(world).maintenance.verify(None).findings
    return [(each["check"], each["file"]) for each in findings if not each["ok"]]


def test_unpublish_takes_back_what_was_published_and_keeps_it_by_number(world):
    """Files and exports go, the history grows by an entry, and the log has it on record."""
    send(world, 3)
    run(world)
    before = Pipeline(world).published.issue(DAYS[1])
    assert unpublish(world, DAYS[1]) == ("unpublished", 2, "unpublished")
    assert (reports_of(world, DAYS[1]), reports_of(world, DAYS[0]) != []) == ([], True)
    published = Pipeline(world).published
    assert [issue.source.state for issue in published.all(DAYS[1])] == ["empty", "unpublished"]
    assert published.read(published.issue(DAYS[1], 1), "trend_summary").column_names[0] == "diagnosis"
    assert published.issue(DAYS[1], 1) == before
    for asked in ({}, {"number": 2}, {"as_of": clock.now()}):
        with pytest.raises(UsageError, match="were taken back"):
            published.issue(DAYS[1], **asked)
    assert {row["date"]: row["report"] for row in Pipeline(world).status()["dates"]}[
        str(DAYS[1])
    ] == "unpublished"
    with pytest.raises(UsageError, match="were taken back"):
        published.diff(DAYS[1], "trend_summary", (1, 2))
    assert check(world) == []


def test_an_entry_that_is_deleted_is_noticed(world):
    """Without it the date would count as published again."""
    send(world, 3)
    run(world)
    unpublish(world, DAYS[0])
    path = world.layout.issue(DAYS[0], 2)
    world.pool.store.delete(path)
    assert ("issues", path) in check(world)


def test_an_unpublished_date_is_published_again_by_its_name_only(world):
    """With the next number, which holds the hash of the entry; a run over all dates leaves it alone."""
    send(world, 3)
    send(world, 3, DAYS[1])
    run(world)
    unpublish(world, DAYS[1])
    assert unpublish(world, DAYS[1]) == ("unpublished already", 2, "unpublished")
    for which in ("missing", "stale", "all"):
        assert DAYS[1] not in [row.date for row in reprocess(world, which).dates]
    summary = Pipeline(world).run_dates([DAYS[1]], RunOptions())
    assert [(row.action, row.issue) for row in summary.dates] == [("published", 3)]
    assert (check(world), reports_of(world, DAYS[1]) != []) == ([], True)


def test_a_range_leaves_an_unpublished_date_alone(world):
    """A nightly run of two weeks would else publish it again."""
    send(world, 3)
    send(world, 3, DAYS[1])
    run(world)
    unpublish(world, DAYS[1])
    summary = Pipeline(world).run_dates([DAYS[0], DAYS[1]], RunOptions())
    assert [(row.action, row.state) for row in summary.dates if row.date == DAYS[1]] == [
        ("left out", "unpublished")
    ]


def test_a_date_that_was_never_published_cannot_be_unpublished(world):
    """It is another date that is meant."""
    with pytest.raises(UsageError, match="there is no issue of 2025-12-20"):
        Pipeline(world).unpublish(DAYS[0])


def test_what_comes_back_of_an_unpublished_date_is_noticed_and_deleted(world):
    """A file put there again would be read as a report; the next unpublish deletes it."""
    send(world, 3)
    run(world)
    unpublish(world, DAYS[0])
    world.pool.write(f"/r/reports/exports/date={DAYS[0]}/trends.json", b"{}")
    assert check(world) == [("published", f"/r/reports/exports/date={DAYS[0]}")]
    assert unpublish(world, DAYS[0]) == ("finished", 2, "unpublished")
    assert check(world) == []


@pytest.mark.parametrize(
    "at", ["P3.rename.before", "P3.rename.after", "P4.delete.before", "P5.delete.before"]
)
def test_an_unpublish_that_dies_is_finished_by_the_next(world, at):
    """At each step; whatever was done, the second one ends the same."""
    send(world, 3)
    run(world)
    pool = world.pool
    world.pool = StorePool(FailpointStore(pool.store, Failpoint(f"{at}:raise")))
    world.deadline = 0.01
    with suppress(HdfsUnavailable):
        Pipeline(world).unpublish(DAYS[0])
    world.pool.close()
    world.pool = pool
    assert unpublish(world, DAYS[0])[2] == "unpublished"
    assert (reports_of(world, DAYS[0]), check(world)) == ([], [])
