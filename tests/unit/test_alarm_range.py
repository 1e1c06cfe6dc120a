"""Alarms of a range: as they are known now, or only from what was known at each date."""

import datetime as dt

import pytest

from healthtrends.config.alarms import Alarms
from healthtrends.config.retention import Retention
from healthtrends.model.known_days import KnownOutbreak
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.signal_world import DATE, SignalWorld

pytestmark = pytest.mark.slow


def day(back):
    return DATE - dt.timedelta(days=back)


@pytest.fixture
def clock(monkeypatch):
    """Sets the time to noon of so many days before DATE."""
    return lambda back: monkeypatch.setenv("HEALTHTRENDS_NOW", f"{day(back)}T12:00:00+00:00")


@pytest.fixture
def world(tmp_path, clock):
    """Ordinary days stored on each of them; on the last one 7 patients came in time and 23 a day later."""
    world = SignalWorld(tmp_path, None, alarms=Alarms(detector="ewma", min_count=3))
    for back in range(30, -1, -1):
        clock(back)
        world.receive(back, I10=40, E11_9=5 + back % 3)
        store(world, back)
    clock(-1)
    world.receive(0, E11_9=23)
    store(world, 0)
    yield world
    world.close()


def store(world, back):
    world.run([day(back)], only="ingest")


YESTERDAY_AND_DATE = (day(1), DATE)


def lists(world, days_after=None, dates=YESTERDAY_AND_DATE):
    """Code of each alarm, and where the list is from, by date."""
    found = Pipeline(world).surveillance.open_range().lists(dates, days_after=days_after)
    return [(each.issue, each.answer, [alarm.row["code"] for alarm in each.alarms]) for each in found]


def test_dates_that_were_never_published_are_tested_now(world):
    """Nothing is published by it."""
    assert lists(world) == [(None, "tested", []), (None, "tested", ["E11.9"])]
    assert Pipeline(world).status()["dates"][-1]["report"] == "missing"


def test_as_of_a_date_only_what_had_come_counts(world):
    """The late patients make the alarm, and came a day after."""
    assert lists(world, days_after=0) == [(None, "tested", []), (None, "tested", [])]
    assert lists(world, days_after=1) == [(None, "tested", []), (None, "tested", ["E11.9"])]


def test_a_list_that_was_published_then_is_given_as_it_was(world, clock):
    """By other settings than the present ones; the newest issue is another."""
    world.run([DATE])
    world.alarms = Alarms(detector="ewma", min_count=31)
    clock(-2)
    world.run([DATE], reprocess="all")
    assert lists(world) == [(None, "tested", []), (2, "tested", [])]
    assert lists(world, days_after=1)[1] == (1, "tested", ["E11.9"])


def test_days_whose_records_all_came_later_are_no_days_without_patients(world):
    """As of then nothing was known of them, nor of the date."""
    early = [DATE - dt.timedelta(days=30), DATE + dt.timedelta(days=1)]
    assert [answer for _, answer, _ in lists(world, 0, early)] == ["too_short", "missing"]


def test_an_outbreak_that_was_listed_later_was_not_known_then(world, clock):
    """Today its days are out of the baselines of its codes; the block keeps them."""
    clock(-5)
    Pipeline(world).annotations.add_outbreak(KnownOutbreak("E11", day(30), day(3)), "dr.k")
    assert lists(world)[1][2] == ["E08-E13"]
    assert lists(world, days_after=1)[1][2] == ["E11.9"]


def test_files_that_are_merged_cannot_be_taken_apart(world):
    """The answer is that there is none; what is known now is not told as known then."""
    Pipeline(world).compaction.merge(DATE)
    assert lists(world, days_after=0)[1] == (None, "not_separable", [])
    assert lists(world, days_after=1)[1] == (None, "tested", ["E11.9"])


def test_reports_that_were_taken_back_are_not_found_again(world):
    """Whoever took them back had a reason."""
    world.run([DATE])
    Pipeline(world).unpublish(DATE)
    assert lists(world)[1] == (2, "unpublished", [])


def test_days_whose_records_have_expired_are_known_now_and_not_then(world, clock):
    """Their cubes are left."""
    world.run([day(back) for back in range(30, -1, -1)])
    world.retention = Retention(records_days=20)
    assert Pipeline(world).expire(dry_run=False).dates
    (found,) = Pipeline(world).surveillance.open_range().lists([day(-1)])
    assert found.answer == "missing"
    world.receive(-1, I10=40, E11_9=30)
    store(world, -1)
    assert lists(world, None, [day(-1)])[0][1:] == ("tested", ["E11.9"])
    assert lists(world, 0, [day(-1)])[0][1:] == ("not_separable", [])
