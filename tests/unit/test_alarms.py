"""The reports `alarms` and `trends` of a whole pipeline: what is an alarm, what is none, and what is said."""

import datetime as dt
import json
from dataclasses import replace

import msgspec
import pytest

from healthtrends.config.alarms import Alarms
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.reports.registry import find_schema
from tests.unit.signal_world import DATE, SignalWorld

pytestmark = pytest.mark.slow

USUAL = (5, 4, 8, 3, 6, 5, 2, 7, 4, 5, 6, 3, 5, 9, 4, 5, 6, 4, 7, 3, 5, 4, 6, 8, 5, 3, 4, 6, 5, 7, 4)
"""Patients of an ordinary code by how many days back, without a pattern."""


def alarms(**settings):
    """Thresholds that let few patients be an alarm."""
    return Alarms(**{"detector": "switch", "min_count": 3, "max_q": 1.0, **settings})


@pytest.fixture
def world(tmp_path):
    world = SignalWorld(tmp_path, None, alarms=alarms())
    yield world
    world.close()


def weeks(world, days=range(30, 0, -1), **more):
    """Ordinary days before the date: a common code, one with a pattern, and `more`."""
    for back in days:
        world.receive(back, I10=40, E11_9=USUAL[back], **more)


def test_an_ordinary_day_has_no_alarm_and_a_report_that_says_so(world):
    """A header, and the answer `tested` beside it."""
    weeks(world)
    world.receive(0, I10=40, E11_9=5)
    world.run([DATE])
    path = f"{world.layout.report('alarms', DATE)}"
    header = ",".join(find_schema("alarms").column_names)
    assert world.pool.store.read(f"{path}/part-00000.csv") == header.encode() + b"\n"
    assert json.loads(world.pool.store.read(f"{path}/_meta.json"))["detection"]["answer"] == "tested"


def test_a_code_that_rises_is_one_entry_with_its_reason(world):
    """Its category and block have the same patients; they are named, and no entries of their own."""
    weeks(world)
    world.receive(0, I10=40, E11_9=21)
    world.run([DATE])
    (row,) = world.report("alarms")
    assert (row["date"], row["level"], row["code"], row["observed"]) == (str(DATE), "diagnosis", "E11.9", 21)
    assert row["title"] == "Type 2 diabetes mellitus without complications"
    assert (row["severity"], row["since"], row["p"]) == ("high", str(DATE), 0.0)
    assert row["reason"] == (
        "21 patients; expected 5.0, upper limit 9, from 28 days up to 2025-12-19; first day; "
        "with category E11, block E08-E13, chapter 4"
    )


def test_an_alarm_goes_on_from_the_first_day_of_its_run(world):
    """A day without a feed between does not end it."""
    weeks(world, range(30, 3, -1))
    for back in (3, 1, 0):
        world.receive(back, I10=40, E11_9=21)
    world.run([DATE])
    (row,) = world.report("alarms")
    assert row["since"] == str(DATE - dt.timedelta(days=3))
    assert "day 3, since 2025-12-19" in row["reason"]


def test_a_day_without_a_feed_is_no_zero(world):
    """As zeros these weekends would halve what is expected, and an ordinary day would be an alarm."""
    weeks(world, [back for back in range(30, 0, -1) if back % 7 not in (1, 2, 3, 4)])
    world.receive(0, I10=40, E11_9=6)
    world.run([DATE])
    assert world.report("alarms") == []
    assert world.detection().days == 12


def test_a_date_without_records_has_no_alarm_and_is_missing(world):
    """Nobody knows what happened on it."""
    weeks(world)
    world.run([DATE])
    assert (world.report("alarms"), world.report("trends")) == ([], [])
    assert world.detection().answer == "missing"


def test_too_few_days_are_an_answer(world):
    """Whatever came on the date."""
    weeks(world, range(5, 0, -1))
    world.receive(0, I10=40, E11_9=50)
    world.run([DATE])
    assert world.report("alarms") == []
    assert (world.detection().answer, world.detection().tested) == ("too_short", 0)


def test_days_of_a_quiet_feed_do_not_say_what_is_usual(world):
    """Most senders were silent on four days; the day after is no outbreak."""
    weeks(world, [back for back in range(30, 0, -1) if back not in (3, 4, 5, 6)])
    for back in (3, 4, 5, 6):
        world.receive(back, I10=4)
    world.receive(0, I10=40, E11_9=7)
    world.run([DATE])
    assert world.report("alarms") == []
    assert (world.detection().answer, world.detection().days) == ("tested", 26)


def test_a_quiet_feed_on_the_date_is_an_answer(world):
    """What is not there cannot be an alarm; what is, can."""
    weeks(world)
    world.receive(0, I10=4, E11_9=15)
    world.run([DATE])
    assert world.detection().answer == "quiet_feed"
    assert [row["code"] for row in world.report("alarms")] == ["E11.9"]


def test_days_that_are_all_provisional_are_tested_and_the_issue_says_so(world, monkeypatch):
    """More records of any of them may come: an alarm is one on the records so far."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", f"{DATE}T20:00:00+00:00")
    world.quality = msgspec.structs.replace(world.quality, provisional_days=40)
    weeks(world)
    world.receive(0, I10=40, E11_9=21)
    world.run([DATE - dt.timedelta(days=1), DATE])
    ordinary, risen = (Pipeline(world).alarms.of_date(day) for day in (DATE - dt.timedelta(days=1), DATE))
    assert [each.state for each in (ordinary, risen)] == ["provisional"] * 2
    assert [each.answer for each in (ordinary, risen)] == ["tested"] * 2
    assert ([each.row["code"] for each in ordinary.alarms], [each.row["code"] for each in risen.alarms]) == (
        [],
        ["E11.9"],
    )


def test_a_code_that_was_renamed_on_1_october_is_no_alarm(world):
    """D71 was divided into D71.1 and others in 2025; without the table that is an alarm at once."""
    date = dt.date(2025, 10, 4)
    shift = (DATE - date).days
    for back in range(30, -1, -1):
        day = date - dt.timedelta(days=back)
        new = day >= dt.date(2025, 10, 1)
        world.receive(back + shift, I10=40, **{"D71_1" if new else "D71": USUAL[back]})
    world.run([date])
    assert world.report("alarms", date) == []
    world.edition = replace(world.edition, validity=None)
    world.receive(shift, D71_1=1)
    world.run([date])
    assert [row["code"] for row in world.report("alarms", date)] == ["D71.1"]


def test_a_syndrome_is_a_series_beside_codes(world):
    """Three codes that rise by little each are seen together."""
    world.alarms = alarms(syndromes={"flu": "J09* J1*.0 -J18*"}, levels=("syndrome",))
    weeks(world, J10_0=1, J11_0=1, J12_0=1, J18_0=3)
    world.receive(0, I10=40, J10_0=3, J11_0=3, J12_0=3, J18_0=9)
    world.run([DATE])
    (row,) = world.report("alarms")
    assert (row["level"], row["code"], row["title"], row["observed"]) == (
        "syndrome",
        "flu",
        "J09* J1*.0 -J18*",
        9,
    )


def test_fewer_patients_than_the_minimum_are_no_alarm(world):
    """By chance a rare code comes twice."""
    weeks(world)
    world.receive(0, I10=40, E11_9=5, Q85_1=3)
    world.run([DATE])
    assert [row["observed"] for row in world.report("alarms")] == [3]
    world.alarms = alarms(min_count=4)
    world.run([DATE], reprocess="all")
    assert world.report("alarms") == []
    assert world.detection().min_count == 4


def test_percents_of_visits_do_not_rise_with_all_visits(world):
    """Twice as many of everything is an alarm of patients, and none of shares."""
    weeks(world)
    world.receive(0, I10=80, E11_9=10)
    world.alarms = alarms(measure="percent_of_visits")
    world.run([DATE])
    assert world.report("alarms") == []
    world.alarms = alarms()
    world.run([DATE], reprocess="all")
    assert "I10" in {row["code"] for row in world.report("alarms")}


@pytest.mark.parametrize("detector", ["ewma", "regression", "ears_c1", "ears_c2", "ears_c3", "new_code"])
def test_every_daily_detector_can_be_chosen(world, detector):
    """It finds the doubling of doubling, and says what would have been usual."""
    world.alarms = alarms(detector=detector)
    weeks(world)
    world.receive(0, I10=40, E11_9=25)
    world.run([DATE])
    (row,) = world.report("alarms")
    assert (row["code"], row["detector"]) == ("E11.9", detector)
    assert 3 < row["expected"] <= row["upper"] < 25


def test_trends_have_class_means_and_change(world):
    """A code that doubles within two weeks, and one that stays, so that its share of the visits falls."""
    for back in range(30, -1, -1):
        world.receive(back, I10=40, E11_9=24 - 2 * back if back < 11 else 3)
    world.run([DATE])
    rows = {(row["level"], row["code"]): row for row in world.report("trends")}
    risen, same = rows["diagnosis", "E11.9"], rows["diagnosis", "I10"]
    assert (risen["class"], same["class"]) == ("increase", "decrease")
    assert risen["slope_low"] < risen["slope"] < risen["slope_high"]
    assert (risen["mean_7_days"], same["mean_28_days"]) == (18.0, 40.0)
    assert risen["percent_change_low"] < risen["percent_change"] < risen["percent_change_high"]
    assert (same["percent_change"], rows["chapter", "4"]["mean_7_days"]) == (0.0, 18.0)


def test_the_same_numbers_are_no_new_issue(world):
    """Another threshold is one: `_meta.json` says how alarms were found."""
    weeks(world)
    world.receive(0, I10=40, E11_9=21)
    assert [each.issue for each in world.run([DATE]).dates] == [1]
    assert [each.issue for each in world.run([DATE], reprocess="all").dates] == [1]
    world.alarms = alarms(max_p=0.009)
    assert [each.issue for each in world.run([DATE], reprocess="all").dates] == [2]


def test_a_late_record_of_a_day_before_can_take_an_alarm_back(world):
    """The day turns out to be an ordinary one."""
    weeks(world, range(8, 0, -1), Q85_1=0)
    world.receive(0, I10=40, E11_9=12)
    world.run([DATE])
    before = Pipeline(world).published.issue(DATE).source.detection.days
    weeks(world, range(30, 8, -1))
    world.run([DATE])
    assert (before, world.detection().days) == (8, 30)


def test_the_page_shows_a_code_in_alarm_by_gender_and_age(world):
    """Who rose is seen: here the old, children as ever."""
    weeks(world)
    world.receive(0, I10=40, E11_9=5)
    world.receive(0, age=80, E11_9=16)
    world.run([DATE])
    page = Pipeline(world).page(Pipeline(world).published.issue(DATE)).decode()
    assert ("0-4 years: 5<" in page, "65+ years: 16<" in page) == (True, True)
