"""New alarms go to the alert hook, once each: not on their next days, not for another issue."""

import datetime as dt
import json
import sys
from dataclasses import dataclass, replace

import pytest

from healthtrends.adapters.alert import send_alert
from healthtrends.config.alarms import Alarms
from healthtrends.config.publish import Alert, Publish
from healthtrends.orchestrate.alarm_news import AlarmNewsRule
from tests.unit.signal_world import DATE, SignalWorld

pytestmark = pytest.mark.slow

APPEND = "import sys; open(sys.argv[1], 'a').write(sys.stdin.read() + chr(10))"


def day(back):
    return DATE - dt.timedelta(days=back)


@dataclass
class HookedWorld(SignalWorld):
    """Its alerts go to a real program, which keeps what it gets."""

    def alert(self, summary):
        send_alert(Alert(command=[sys.executable, "-c", APPEND, str(self.folder / "told")]), summary)

    def calls(self):
        """Documents that the program got."""
        told = self.folder / "told"
        return list(map(json.loads, told.read_text().splitlines())) if told.exists() else []

    def told(self):
        """Date and code of each alarm, in the order of the calls."""
        return [(each["date"], each["code"]) for call in self.calls() for each in call["new_alarms"]]


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A month of ordinary days, and a code that rises on the last day but one."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T08:00:00+00:00")
    world = HookedWorld(
        tmp_path,
        None,
        alarms=Alarms(detector="ewma", min_count=3, max_q=1.0),
        alert_alarms=AlarmNewsRule("low"),
    )
    for back in range(30, 1, -1):
        world.receive(back, I10=40, E11_9=5 + back % 3)
    world.receive(1, I10=40, E11_9=30)
    yield world
    world.close()


def test_a_new_alarm_is_told_with_its_counts(world):
    """The run went well; the summary is that of any alert."""
    world.run([day(1)])
    (call,) = world.calls()
    (alarm,) = call["new_alarms"]
    assert call["exit_code"] == 0
    assert (alarm["date"], alarm["level"], alarm["code"]) == (str(day(1)), "diagnosis", "E11.9")
    assert (alarm["observed"], alarm["severity"], alarm["since"]) == (30, "high", str(day(1)))
    assert alarm["upper"] < 30
    assert alarm["reason"].startswith("30 patients; expected")


def test_an_ordinary_day_tells_nothing(world):
    """Nor does a run that publishes nothing."""
    world.run([day(2)])
    world.run([day(2)])
    assert world.calls() == []


def test_without_the_setting_nothing_is_told(world):
    """The list is published all the same."""
    world.alert_alarms = AlarmNewsRule()
    world.run([day(1)])
    assert world.calls() == []
    assert len(world.report("alarms", day(1))) == 1


def test_an_alarm_that_goes_on_is_told_once(world):
    """In a run of its own for each day."""
    world.run([day(1)])
    world.receive(0, I10=40, E11_9=30)
    world.run([DATE])
    assert [row["since"] for row in world.report("alarms")] == [str(day(1))]
    assert world.told() == [(str(day(1)), "E11.9")]


def test_an_alarm_over_the_days_of_one_run_is_told_once(world):
    """Of its first day."""
    world.receive(0, I10=40, E11_9=30)
    world.run([day(1), DATE])
    assert world.told() == [(str(day(1)), "E11.9")]


def test_another_issue_tells_nothing_again(world):
    """One more record came."""
    world.run([day(1)])
    world.receive(1, E11_9=1)
    assert [each.issue for each in world.run([day(1)]).dates] == [2]
    assert world.told() == [(str(day(1)), "E11.9")]


def test_another_issue_tells_nothing_again_where_old_copies_are_deleted(world):
    """They are read before they go."""
    world.publish = Publish(keep_copies=1)
    world.run([day(1)])
    world.receive(1, E11_9=1)
    world.run([day(1)])
    assert world.told() == [(str(day(1)), "E11.9")]


def test_a_day_that_turns_out_to_be_the_first_tells_nothing_again(world):
    """The day after was published before it."""
    world.receive(0, I10=40, E11_9=30)
    world.run([DATE])
    world.run([day(1)])
    assert world.told() == [(str(DATE), "E11.9")]


def test_the_category_in_the_place_of_its_code_is_no_new_alarm(world):
    """The next day another code of it rises, and the category stands for both."""
    world.run([day(1)])
    world.alarms = Alarms(detector="ewma", min_count=3, max_q=1.0, levels=("category",))
    world.receive(0, I10=40, E11_9=30)
    world.run([DATE])
    assert [row["code"] for row in world.report("alarms")] == ["E11"]
    assert world.told() == [(str(day(1)), "E11.9")]


def test_another_code_is_another_alarm(world):
    """On the next day."""
    world.run([day(1)])
    world.receive(0, I10=90, E11_9=6)
    world.run([DATE])
    assert world.told() == [(str(day(1)), "E11.9"), (str(DATE), "I10")]


def test_an_alarm_that_comes_back_is_a_new_one(world):
    """A day without it was between."""
    world.run([day(1)])
    world.receive(0, I10=40, E11_9=6)
    world.receive(-1, I10=40, E11_9=60)
    world.run([DATE, day(-1)])
    assert world.told() == [(str(day(1)), "E11.9"), (str(day(-1)), "E11.9")]


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (AlarmNewsRule("high", 30), 1),
        (AlarmNewsRule("high", 31), 0),
        (AlarmNewsRule("low", max_age=2), 1),
        (AlarmNewsRule("low", max_age=1), 0),
    ],
    ids=["as many", "too few", "young enough", "too old"],
)
def test_rare_and_old_alarms_are_not_told(world, rule, told):
    """30 patients, two days ago."""
    world.alert_alarms = rule
    world.run([day(1)])
    assert len(world.told()) == told


@pytest.mark.parametrize(("lowest", "told"), [("low", 1), ("medium", 1), ("high", 0)])
def test_an_alarm_below_the_severity_is_not_told(world, lowest, told):
    """`medium` is told of `medium` and `high`."""
    rule = replace(AlarmNewsRule(), lowest=lowest)
    assert rule.takes({"severity": "medium", "observed": 5}) == bool(told)


def test_a_hook_that_fails_does_not_fail_the_run(world, monkeypatch):
    """A line in the log says so."""
    monkeypatch.setattr(sys, "executable", "/no/such/program")
    assert world.run([day(1)]).exit_code == 0
    assert world.calls() == []
