"""The day of a place: `source.timezone` decides wherever the program itself decides a day."""

import datetime as dt
import threading
from dataclasses import replace

import pytest

from healthtrends import clock
from healthtrends.cli.dates import Day, Moment, check_not_future, in_zone, waits_for_zone
from healthtrends.config import Settings, load
from healthtrends.config.intake import Ingest
from healthtrends.config.source import Source
from healthtrends.errors import ConfigError, UsageError
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.model.day_totals import DayTotals, RecordedDay
from healthtrends.orchestrate.dependencies import RunOptions
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.page.translations import bundled
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.quality.metrics import all_lines
from healthtrends.storage.log import CommitLog
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_pipeline import World, send

AUCKLAND = Source(timezone="Pacific/Auckland")
"""13 hours ahead of UTC in December."""
NOON = "2025-12-22T12:00:00+00:00"
"""In Auckland it is one o'clock of the 23rd."""


@pytest.fixture
def world(tmp_path, monkeypatch):
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOON)
    pool = StorePool(LocalStore(tmp_path))
    yield World(pool)
    pool.close()


def test_today_is_the_day_of_the_zone(monkeypatch):
    """UTC where none is given."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOON)
    assert clock.today() == clock.today("UTC") == dt.date(2025, 12, 22)
    assert clock.today("Pacific/Auckland") == dt.date(2025, 12, 23)


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest():
    """When the settings are read, before anything starts."""
    with pytest.raises(ConfigError, match="no time zone") as refused:
        load(None, {}, {"HEALTHTRENDS_SOURCE__TIMEZONE": "Europe/Berlln"})
    assert "Europe/Berlin" in refused.value.why
    for name in ("../UTC", "", "Berlin\0"):
        with pytest.raises(ConfigError, match="no time zone"):
            clock.time_zone(name)


def test_a_day_ends_when_it_ends_at_the_place():
    """Also one of 25 hours."""
    assert clock.end_of_day(dt.date(2025, 10, 26), "Europe/Berlin").isoformat() == "2025-10-26T23:00:00+00:00"
    assert clock.end_of_day(dt.date(2025, 10, 25), "Europe/Berlin").isoformat() == "2025-10-25T22:00:00+00:00"


@pytest.mark.parametrize(("word", "day"), [("today", 23), ("yesterday", 22)])
def test_words_on_the_command_line_are_days_of_the_zone(monkeypatch, word, day):
    """They wait until the settings say which."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOON)
    given = Day().convert(word, None, None)
    assert waits_for_zone(given)
    assert in_zone(given, "Pacific/Auckland") == dt.date(2025, 12, day)
    assert not waits_for_zone(dt.date(2025, 12, 22))


def test_the_end_of_a_day_on_the_command_line_is_that_of_the_zone():
    """A time with an offset needs none."""
    given = Moment().convert("2025-12-22", None, None)
    assert in_zone(given, "Pacific/Auckland").isoformat() == "2025-12-22T10:59:59.999999+00:00"
    assert not waits_for_zone(Moment().convert("2025-12-22T10:00:00+13:00", None, None))


def test_a_date_of_today_at_the_place_is_not_in_the_future(monkeypatch):
    """Though it is by UTC."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", NOON)
    with pytest.raises(UsageError, match="lies in the future"):
        check_not_future(dt.date(2025, 12, 23), Settings(ingest=Ingest(future_days=0)))
    check_not_future(dt.date(2025, 12, 23), Settings(ingest=Ingest(future_days=0), source=AUCKLAND))


@pytest.mark.parametrize(("source", "stored"), [(Source(), 0), (AUCKLAND, 1)])
def test_the_date_rule_is_that_of_the_place(world, source, stored):
    """A visit of this morning is stored; its file can be made again by the same rule."""
    world.settings = replace(world.settings, future_days=0, source=source)
    send(world, 1, day=dt.date(2025, 12, 23))
    summary = Pipeline(world).ingest(False, Shard(), threading.Event())
    assert (summary.stored, summary.rejected) == (stored, 1 - stored)
    if stored:
        (file,) = CommitLog(world.pool, world.layout, 200).read_state().files["2025-12-23"].values()
        assert [reading.clock_date for reading in file.read_as] == ["2025-12-23"]


def test_a_replay_judges_by_the_day_of_the_place(world):
    """What was of tomorrow by UTC is of today in Auckland."""
    world.settings = replace(world.settings, future_days=0)
    send(world, 1, day=dt.date(2025, 12, 23))
    Pipeline(world).ingest(False, Shard(), threading.Event())
    world.settings = replace(world.settings, source=AUCKLAND)
    done = Pipeline(world).maintenance.replay(RejectFilter(), dry_run=False)
    assert done.stored == 1


@pytest.mark.parametrize(("source", "state"), [(Source(), "provisional"), (AUCKLAND, "final")])
def test_a_report_is_final_once_its_days_are_over_at_the_place(world, source, state):
    """On 22 December by UTC the 20th may still grow, on the 23rd in Auckland no more."""
    world.settings = replace(world.settings, source=source)
    send(world, 1, day=dt.date(2025, 12, 20))
    (done,) = Pipeline(world).run_dates([dt.date(2025, 12, 20)], RunOptions()).dates
    assert done.state == state
    (date,) = [each for each in Pipeline(world).status()["dates"] if each["date"] == "2025-12-20"]
    assert date["report"] == state


@pytest.mark.parametrize(("zone", "hours"), [("UTC", "6.0"), ("America/New_York", "11.0")])
def test_the_newest_record_is_as_old_as_at_the_end_of_the_local_day(zone, hours):
    """Midnight comes five hours later in New York."""
    date = dt.date(2025, 12, 22)
    totals = DayTotals(recorded=[RecordedDay("2025-12-22", 1, "2025-12-22T18:00:00.000000")])
    context = ReportContext(date, totals, ends_at=clock.end_of_day(date, zone))
    (line,) = [each for each in all_lines(context, IntakeCounts()) if each.metric == "newest_record_age"]
    assert str(line.value) == hours


@pytest.mark.parametrize(("zone", "mark"), [("UTC", False), ("Pacific/Auckland", True)])
def test_a_page_names_the_zone_for_its_script(world, zone, mark):
    """Not where it is UTC, so that pages stay as they were."""
    world.pages = PageResources(bundled("en"), str, zone=zone)
    world.settings = replace(world.settings, source=Source(timezone=zone))
    send(world, 1, day=dt.date(2025, 12, 22))
    pipeline = Pipeline(world)
    pipeline.run_dates([dt.date(2025, 12, 22)], RunOptions())
    page = pipeline.page(pipeline.published.issue(dt.date(2025, 12, 22))).decode()
    assert (f'data-zone="{zone}"' in page) == mark
    assert "data-until" in page
