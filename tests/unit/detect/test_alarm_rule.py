"""Which unusual days are alarms."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from healthtrends.config import alarm_defaults
from healthtrends.detect.alarm_rule import AlarmRule, Candidates
from healthtrends.detect.alert_level import ALERT
from healthtrends.detect.ewma import Ewma
from healthtrends.detect.multiple_tests import benjamini_hochberg, holm

P = np.array([[0.01, np.nan, 0.04, 0.03, 0.005], [np.nan] * 5])
"""A date with four tests, and one with none."""


def candidates(p_value, **changed):
    """One date: every code is an alarm of its detector, a rise, and has 50 patients."""
    p_value = np.array(p_value)
    yes = np.ones(p_value.shape, bool)
    arrays = {"alarm": yes, "counts": 50.0 * yes, "is_rise": yes, "p_value": p_value}
    return Candidates(**arrays | changed, p_holm=holm(p_value), q_bh=benjamini_hochberg(p_value))


def test_holm_multiplies_by_the_number_of_tests_that_are_left():
    """0.005 x 4, 0.01 x 3, 0.03 x 2, and never less than the one before."""
    assert holm(P)[0] == pytest.approx([0.03, np.nan, 0.06, 0.06, 0.02], nan_ok=True)


def test_benjamini_hochberg_is_that_of_scipy():
    """Of 200 tests, ties among them; of one date as of several."""
    p = np.random.default_rng(1).uniform(0, 0.2, 200).round(2)
    assert benjamini_hochberg(p) == pytest.approx(false_discovery_control(p))
    assert (benjamini_hochberg(np.stack([p, p])) == benjamini_hochberg(p)).all()


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_what_was_not_tested_does_not_count_among_the_tests(adjust):
    """The others have the values that they would have without it."""
    known = ~np.isnan(P[0])
    assert adjust(P)[0][known] == pytest.approx(adjust(P[0][known]))
    assert np.isnan(adjust(P)[1]).all()


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_an_adjusted_value_is_a_probability(adjust):
    """At most 1."""
    assert adjust(np.array([0.6, 1.0])).max() == 1


@pytest.mark.parametrize(
    ("limit", "alarms"), [({}, 4), ({"max_p": 0.04}, 3), ({"max_q": 0.04}, 3), ({"max_holm": 0.04}, 1)]
)
def test_each_limit_is_that_of_its_own_p(limit, alarms):
    """Of four codes: the raw p, that of Benjamini and Hochberg, that of Holm."""
    rule = AlarmRule(**{"max_p": 1, "max_q": 1} | limit)
    assert rule.alarms(candidates([0.01, 0.02, 0.03, 0.9])).sum() == alarms


def test_a_detector_without_p_values_is_judged_by_the_rest():
    """By its own limit and the minimum count."""
    found = AlarmRule(min_count=12).alarms(candidates([np.nan, np.nan], counts=np.array([11.0, 12.0])))
    assert found.tolist() == [False, True]


def test_a_day_that_is_no_rise_or_not_observed_is_never_an_alarm():
    """However small its p."""
    no_rise = candidates([0.0, 0.0], is_rise=np.array([True, False]))
    unobserved = candidates([0.0, 0.0], counts=np.array([50.0, np.nan]))
    assert [AlarmRule().alarms(each).tolist() for each in (no_rise, unobserved)] == [[True, False]] * 2


def test_the_greatest_p_of_the_default_is_that_of_its_detector():
    """So it adds nothing to the red label, and the evaluation need not know it."""
    assert Ewma.name == alarm_defaults.DETECTOR
    assert alarm_defaults.MAX_P == ALERT
