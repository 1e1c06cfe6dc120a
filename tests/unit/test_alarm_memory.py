"""Alarms of a whole pipeline with what people say of them, and with what they know of outbreaks."""

import datetime as dt

import pytest

from healthtrends.config.alarms import Alarms
from healthtrends.errors import UsageError
from healthtrends.model.known_days import Holiday, KnownDays, KnownOutbreak
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.storage.verify import verify
from tests.unit.signal_world import DATE, SignalWorld

pytestmark = pytest.mark.slow

CODE = "E11.9"


def day(back):
    return DATE - dt.timedelta(days=back)


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A month of ordinary days, and a code that rises on the last two."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T08:00:00+00:00")
    world = SignalWorld(tmp_path, None, alarms=Alarms(detector="ewma", min_count=3))
    for back in range(30, 1, -1):
        world.receive(back, I10=40, E11_9=5 + back % 3)
    for back in (1, 0):
        world.receive(back, I10=40, E11_9=30)
    world.run([day(1), DATE])
    yield world
    world.close()


def said(world, date=DATE):
    (alarm,) = Pipeline(world).alarms.of_date(date).alarms
    return [(each.kind, each.by, each.note) for each in alarm.said]


def page(world, date=DATE):
    pipeline = Pipeline(world)
    return pipeline.page(pipeline.published.issue(date)).decode()


def test_the_days_of_an_alarm_are_counted(world):
    """And can be looked up, as they were published."""
    alarms = Pipeline(world).alarms
    (alarm,) = alarms.of_date(DATE).alarms
    assert (alarm.row["code"], alarm.since, alarm.days) == (CODE, day(1), 2)
    assert [(row[0], row[1]) for row in alarms.days_of(DATE, alarm)] == [
        (str(day(1)), "30"),
        (str(DATE), "30"),
    ]


def test_what_is_said_of_an_alarm_is_carried_to_its_next_day(world):
    """Not to the day before it was said of."""
    Pipeline(world).annotations.say_of_alarm("ack", CODE, day(1), "lab asked", "dr.k")
    Pipeline(world).annotations.say_of_alarm("note", CODE, DATE, "two wards", "dr.m")
    assert said(world, day(1)) == [("ack", "dr.k", "lab asked")]
    assert said(world) == [("ack", "dr.k", "lab asked"), ("note", "dr.m", "two wards")]


def test_the_page_shows_the_alarm_its_picture_and_what_was_said(world):
    """Made from the cubes of its days, which all lie there."""
    Pipeline(world).annotations.say_of_alarm("ack", CODE, day(1), "lab asked", "dr.k")
    text = page(world)
    assert "30 patients; expected" in text
    assert "day 2, since 21 Dec; with Category E11, Block E08-E13, Chapter 4." in text
    assert 'class="alarm-curve"' in text
    assert "Taken on by dr.k, 23 December 2025, 08:00 UTC, of 21 Dec: lab asked" in text


def test_a_day_without_alarms_says_so_on_its_page(world):
    """That is an ordinary day."""
    world.run([day(2)])
    assert "No alarm: nothing rose beyond the usual." in page(world, day(2))


def test_only_an_alarm_that_is_published_can_be_taken_on(world):
    """The error names those that are."""
    with pytest.raises(UsageError, match="no alarm of I10 on 2025-12-22") as caught:
        Pipeline(world).alarms.find(DATE, "I10")
    assert caught.value.why == f"there are alarms of {CODE}"
    assert Pipeline(world).alarms.find(DATE, "e11.9").row["code"] == CODE


def test_a_list_can_be_asked_of_one_code_and_those_below_it(world):
    """Of another it is empty, which is no error."""
    alarms = Pipeline(world).alarms
    assert [len(alarms.of_date(DATE, code).alarms) for code in ("E11", "e11.9", "J10")] == [1, 1, 0]


def test_a_date_that_was_not_published_has_no_list(world):
    """The error names the command that makes one."""
    with pytest.raises(UsageError, match="no alarms are published for") as caught:
        Pipeline(world).alarms.of_date(day(5))
    assert caught.value.next_step == f"`healthtrends run {day(5)}` publishes them"


@pytest.mark.parametrize("by", ["list", "file"])
def test_a_known_outbreak_is_out_of_the_baseline_and_in_the_provenance(world, by):
    """A week of it had hidden the rise."""
    for back in range(12, 5, -1):
        world.receive(back, E11_9=40)
    world.run([DATE], reprocess="all")
    assert world.report("alarms") == []
    outbreak = KnownOutbreak("E11", day(12), day(6))
    if by == "list":
        Pipeline(world).annotations.add_outbreak(outbreak, "dr.k")
    else:
        world.known_days = KnownDays([outbreak])
    world.run([DATE], reprocess="all")
    assert [row["code"] for row in world.report("alarms")] == [CODE]
    assert world.detection().known_outbreaks == ("E11 2025-12-10 2025-12-16",)
    assert "known outbreak, left out of baselines" in page(world)


def test_the_tested_day_of_a_known_outbreak_is_an_alarm_all_the_same(world):
    """It goes on being reported."""
    Pipeline(world).annotations.add_outbreak(KnownOutbreak(CODE, day(1)), "dr.k")
    world.run([DATE], reprocess="all")
    assert [row["code"] for row in world.report("alarms")] == [CODE]


def test_holidays_stand_in_the_provenance(world):
    """Those of the days that were read."""
    world.known_days = KnownDays(holidays=[Holiday(day(7)), Holiday(day(400))])
    world.run([DATE], reprocess="all")
    assert world.detection().holidays == (str(day(7)),)


def test_a_root_with_remarks_is_sound(world):
    """The check of the annotations is among those that pass."""
    Pipeline(world).annotations.say_of_alarm("known", CODE, DATE, "canteen", "dr.k")
    findings = verify(Pipeline(world).annotations._log)
    assert {finding["check"]: finding["ok"] for finding in findings}["annotations"]
    assert all(finding["ok"] for finding in findings)
