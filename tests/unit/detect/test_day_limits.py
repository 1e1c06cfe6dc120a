"""The curve of an alarm: what each day was held against, and from which count on it would be an alarm."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from healthtrends.detect.alarm_rule import AlarmRule
from healthtrends.detect.day_limits import day_limits
from healthtrends.detect.day_series import DaySeries, SeriesName
from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.triage import Rules, find_alarms

FIRST = dt.date(2025, 11, 1)
CODES = ("E11.9", "I10", "J10.1")


def series(last=60):
    """Forty days of three codes, the last of which rises on the last day."""
    counts = np.random.default_rng(5).poisson(15, (40, 3)).astype(float)
    counts[20] = np.nan
    counts[-1, 2] = last
    visits = np.where(np.isnan(counts[:, 0]), np.nan, 300.0)
    names = [SeriesName("diagnosis", code, frozenset([code])) for code in CODES]
    return DaySeries(Series(FIRST, CODES, counts, visits), names, lambda *_: "")


def rules(name="ewma", *, is_share=False):
    return Rules(make_series_detector(name, {}), AlarmRule(), is_share)


@pytest.mark.parametrize("name", ["ewma", "regression", "switch", "ears_c2", "ears_c3"])
@pytest.mark.parametrize("is_share", [False, True], ids=["patients", "shares"])
def test_the_limit_of_the_last_day_is_that_of_the_list(name, is_share):
    """Found there one code at a time, here all days at once."""
    asked = rules(name, is_share=is_share)
    ((alarm,), _) = find_alarms(series(), asked)
    found = day_limits(series(), asked, [2], 10)
    assert (found.upper[-1, 0], found.expected[-1, 0]) == (
        alarm.upper,
        pytest.approx(alarm.expected, rel=1e-5),
    )
    assert found.alarm[-1, 0]


def test_a_day_at_its_limit_is_no_alarm_and_one_patient_more_is():
    """Of any day that was tested, whatever came after it."""
    day, asked = series(), rules()
    upper = day_limits(day, asked, [1], 10).upper[4, 0]
    for more in (0, 1):
        counts = day.patients.counts.copy()
        counts[34, 1] = upper + more
        changed = replace(day, patients=replace(day.patients, counts=counts))
        assert day_limits(changed, asked, [1], 10).alarm[4, 0] == bool(more)


def test_a_day_that_was_not_observed_has_no_expected_value():
    """And is no alarm."""
    found = day_limits(series(), rules(), [0, 2], 20)
    assert np.isnan(found.expected[0]).all()
    assert not found.alarm[0].any()


def test_the_limit_is_never_below_the_least_count_of_an_alarm():
    """Fewer patients are no alarm, however few are usual."""
    day = series()
    rare = replace(day.patients, counts=day.patients.counts * 0)
    found = day_limits(replace(day, patients=rare), rules(), [0], 5)
    assert found.upper.min() == AlarmRule().min_count - 1
