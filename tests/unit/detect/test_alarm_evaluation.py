"""What a list of alarms costs and finds, and that the default is what was chosen from it."""

from dataclasses import replace

import numpy as np
import pytest

from healthtrends.config import alarm_defaults
from healthtrends.detect.alarm_evaluation import choose, evaluate_alarms
from healthtrends.detect.alarm_lists import CODES, DOUBLED, simulate_lists
from healthtrends.detect.alarm_rule import AlarmRule
from healthtrends.detect.daily_simulation import QUIET, Estimate

pytestmark = pytest.mark.slow

DEFAULT = (alarm_defaults.DETECTOR, AlarmRule(max_p=1.0))
"""As the evaluation has it: the detector alone asks for p < MAX_P."""


@pytest.fixture(scope="module")
def rates():
    """Forty lists, by detector and rule."""
    return {(each.detector, each.rule): each for each in evaluate_alarms(10, seed=1)}


def test_a_higher_minimum_count_gives_fewer_false_alarms(rates):
    """Of every detector and limit."""
    for (detector, rule), each in rates.items():
        if rule.min_count == 3:
            stricter = rates[detector, replace(rule, min_count=12)]
            assert stricter.false_alarms.value < each.false_alarms.value


def test_the_default_keeps_both_goals_about_on_few_lists(rates):
    """Forty lists; the proof is the long test."""
    default = rates[DEFAULT]
    assert default.false_alarms.value < 1.2
    assert default.found.value > 0.7


def test_rare_codes_give_the_false_alarms_that_a_minimum_count_takes_away(rates):
    """With 0.5 patients a day, from 3 patients on and from 12 on."""
    default = rates[DEFAULT]
    low = rates[DEFAULT[0], replace(DEFAULT[1], min_count=3)]
    assert low.false_alarms_by_base[0] > 5
    assert default.false_alarms_by_base[0] < 0.2


def test_the_choice_is_the_smallest_minimum_count_of_those_that_reach_both_goals(rates):
    """Then the one that finds most."""
    some = next(iter(rates.values()))
    good = replace(
        some, rule=AlarmRule(min_count=8), false_alarms=Estimate(0.5, 0.1), found=Estimate(0.9, 0.05)
    )
    low = replace(good, rule=AlarmRule(min_count=5))
    finds_more = replace(low, found=Estimate(0.95, 0.05))
    too_costly = replace(low, rule=AlarmRule(min_count=3), false_alarms=Estimate(0.95, 0.1))
    assert choose([good, low, finds_more, too_costly]) == finds_more
    assert choose([too_costly]) is None


@pytest.mark.long
def test_the_default_is_what_the_evaluation_chooses():
    """With the replicates and the seed of the documentation."""
    chosen = choose(evaluate_alarms(100, seed=1))
    assert (chosen.detector, chosen.rule) == DEFAULT


def test_one_code_of_a_list_doubles():
    """From its day on, and no other."""
    lists = simulate_lists(200, (1, 0))
    counts = lists.series.counts.reshape(-1, 200, CODES)
    usual = counts[QUIET].mean(axis=(0, 1))
    later = np.mean(
        [counts[first:, number] for number, first in enumerate(lists.begin) if first == 245], axis=(0, 1)
    )
    assert usual[DOUBLED] == pytest.approx(20, rel=0.05)
    assert later[DOUBLED] / usual[DOUBLED] == pytest.approx(2, rel=0.15)
    assert later[DOUBLED + 1] / usual[DOUBLED + 1] == pytest.approx(1, rel=0.15)
