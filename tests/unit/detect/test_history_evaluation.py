"""What the settings of the alarms do on one's own history, and that added outbreaks are found."""

import datetime as dt
import math

import numpy as np
import pytest

from healthtrends.detect.alarm_rule import AlarmRule
from healthtrends.detect.ears_c2 import EarsC2
from healthtrends.detect.ewma import Ewma
from healthtrends.detect.history_evaluation import BANDS, OUTBREAKS, evaluate_history
from healthtrends.detect.series import Series
from healthtrends.detect.triage import Rules
from healthtrends.model.history import History
from healthtrends.orchestrate.alarm_history import evaluate_alarms

pytestmark = pytest.mark.slow

MEANS = (0.3, 3.0, 30.0, 30.0, 60.0, 150.0)
RULES = Rules(Ewma())


def history(days=200, scatter=True):
    """Poisson counts of six codes; on two days nothing was observed."""
    rng = np.random.default_rng(1)
    counts = rng.poisson(MEANS, (days, len(MEANS))).astype(float)
    if not scatter:
        counts = np.tile(np.array(MEANS), (days, 1))
    counts[60:62] = np.nan
    return Series(dt.date(2026, 1, 5), [str(n) for n in range(len(MEANS))], counts, np.full(days, 1000.0))


@pytest.fixture(scope="module")
def rates():
    """Sixty outbreaks of each kind and frequency."""
    return evaluate_history(history(), RULES, 60, seed=1)


def test_codes_are_told_apart_by_their_frequency(rates):
    """Each is in one of the bands, and all alarms are in one of them."""
    assert [band.codes for band in rates.bands] == [1, 1, 0, 3, 1]
    assert [band.high for band in rates.bands] == [*BANDS[1:-1], math.inf]
    assert sum(band.alarms_a_week for band in rates.bands) == pytest.approx(rates.alarms_a_week)


def test_observed_days_are_judged_from_the_first_whole_baseline_on(rates):
    """Two hundred without the first 28 and the two of no feed."""
    assert (rates.days, rates.codes) == (200 - 28 - 2, len(MEANS))


def test_a_doubling_of_a_frequent_code_is_found_and_one_of_a_rare_code_is_not(rates):
    """The minimum count of 12 keeps the rare one off the list."""
    rare, *_, frequent = rates.bands
    assert rare.found["doubling"].value == 0
    assert frequent.found["doubling"].value > 0.95
    assert set(frequent.found) == set(OUTBREAKS)


def test_a_frequency_without_codes_has_no_share(rates):
    """Not 0."""
    assert set(rates.bands[2].found.values()) == {None}


def test_a_list_without_alarms_is_quiet(rates):
    """Constant counts give none; chance gives a few."""
    quiet = evaluate_history(history(scatter=False), RULES, 10, seed=1)
    assert (quiet.alarms_a_week, quiet.new_a_week, quiet.quiet_days) == (0, 0, 1)
    assert 0.5 < rates.quiet_days <= 1
    assert rates.new_a_week <= rates.alarms_a_week


def test_the_settings_decide():
    """A smaller minimum count finds more of a rare code, for more alarms."""
    few = evaluate_history(history(), RULES, 60, seed=1)
    many = evaluate_history(history(), Rules(Ewma(), AlarmRule(min_count=2)), 60, seed=1)
    assert many.bands[0].found["spike"].value > few.bands[0].found["spike"].value
    assert many.alarms_a_week >= few.alarms_a_week


@pytest.mark.parametrize("rules", [Rules(EarsC2()), Rules(Ewma(), is_share=True)])
def test_other_detectors_and_shares_of_visits_are_judged_too(rules):
    """Great outbreaks of the most frequent code are found."""
    found = evaluate_history(history(), rules, 30, seed=1)
    assert found.bands[-1].found["log-normal"].value > 0.8


def test_a_short_history_is_an_answer():
    """Fewer than 28 days behind the first 28."""
    assert evaluate_history(history(days=55), RULES, 10, seed=1) is None
    assert evaluate_history(history(days=56), RULES, 10, seed=1).days == 28


def test_a_seed_gives_the_same_outbreaks():
    """And the same shares."""
    one, same = (evaluate_history(history(), RULES, 20, seed=3) for _ in range(2))
    assert one == same


def test_a_day_that_is_not_known_is_no_zero():
    """As read from the cubes: None on a day without a feed, for visits and for every code."""
    series = history()
    days = [None if np.isnan(each) else int(each) for each in series.counts[:, 4]]
    dates = [series.first + dt.timedelta(days=ahead) for ahead in range(len(days))]
    states = ["none" if each is None else "observed" for each in days]
    read = History(dates, states, [each and 1000 for each in days], {"E11": days})
    found = evaluate_alarms(read, RULES, 20, seed=1)
    assert (found.days, found.codes) == (170, 1)
    assert evaluate_alarms(History(dates, states, [None] * len(days), {}), RULES, 20, seed=1) is None
