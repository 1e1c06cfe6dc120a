"""From many tests to one list: adjusted p values, relatives, order, limits, and series of any shape."""

import datetime as dt
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthtrends.detect.alarm_rule import AlarmRule
from healthtrends.detect.day_series import DaySeries, SeriesName
from healthtrends.detect.day_signals import find_signals
from healthtrends.detect.feed import quiet_days
from healthtrends.detect.multiple_tests import benjamini_hochberg, holm
from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector
from healthtrends.detect.triage import Rules, find_alarms
from healthtrends.detect.weekday_filter import no_rise

MONDAY = dt.date(2025, 12, 22)
P = np.array([0.01, 0.04, np.nan, 0.03, 0.005])
DETECTORS = ("switch", "ewma", "regression", "ears_c1", "ears_c2", "ears_c3", "new_code")


def day_series(counts, last=MONDAY, names=None, visits=None):
    """Series that end with `last`; each has a code of its own, unless names are given."""
    counts = np.asarray(counts, float)
    names = names or [
        SeriesName("diagnosis", f"A{column:02}", frozenset([f"A{column:02}"]))
        for column in range(counts.shape[1])
    ]
    totals = np.full(len(counts), 1e10) if visits is None else np.asarray(visits, float)
    first = last - dt.timedelta(days=len(counts) - 1)
    series = Series(first, [each.code for each in names], counts, totals)
    return DaySeries(series, names, lambda _, code: f"title of {code}")


def rules(detector="switch", **more):
    limits = {"min_count": 3, "max_p": 0.01, "max_q": 1.0, **more}
    return Rules(make_series_detector(detector, {}), AlarmRule(**limits))


def history(columns=1, seed=1, rate=8):
    return np.random.default_rng(seed).poisson(rate, (31, columns)).astype(float)


def with_rise(columns=3, rise=40):
    counts = history(columns)
    counts[-1] = 8
    counts[-1, 1] = rise
    return counts


def test_holm_is_that_of_r():
    """`p.adjust(c(.01, .04, .03, .005), "holm")`; what was not tested is no test."""
    np.testing.assert_allclose(holm(P), [0.03, 0.06, np.nan, 0.06, 0.02])


def test_benjamini_hochberg_is_that_of_r():
    """`p.adjust(c(.01, .04, .03, .005), "BH")`."""
    np.testing.assert_allclose(benjamini_hochberg(P), [0.02, 0.04, np.nan, 0.04, 0.02])


def test_one_test_is_not_adjusted():
    """Nor none at all."""
    assert (holm(np.array([0.2])).tolist(), benjamini_hochberg(np.array([0.2])).tolist()) == ([0.2], [0.2])
    assert holm(np.array([np.nan])).tolist()[0] != 0


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize("max_q", [1.0, 0.05])
def test_a_rise_is_found_with_its_limit(detector, max_q):
    """The greatest count that would be no alarm, beside all other series of the date."""
    counts = with_rise()
    (alarm,), tested = find_alarms(day_series(counts), rules(detector, max_q=max_q))
    assert (alarm.code, alarm.observed, tested) == ("A01", 40, 3)
    for observed, found in ((alarm.upper, 0), (alarm.upper + 1, 1)):
        counts[-1, 1] = observed
        assert len(find_alarms(day_series(counts), rules(detector, max_q=max_q))[0]) == found


def test_of_relatives_the_strongest_stays_and_names_the_others():
    """Two codes of a category rise: the category is surer than each of them."""
    counts = history(2, rate=5)
    counts[-1] = (12, 13)
    both = np.column_stack([counts, counts.sum(axis=1)])
    names = [
        SeriesName("diagnosis", "J10.0", frozenset(["J10.0"])),
        SeriesName("diagnosis", "J10.1", frozenset(["J10.1"])),
        SeriesName("category", "J10", frozenset(["J10.0", "J10.1"])),
    ]
    (alarm,), _ = find_alarms(day_series(both, names=names), rules())
    assert (alarm.level, alarm.code, alarm.observed) == ("category", "J10", 25)
    assert "with diagnosis J10.1, diagnosis J10.0" in alarm.reason


def test_the_same_numbers_are_named_by_the_narrowest():
    """A code alone in its category and chapter."""
    counts = with_rise(3)[:, [1, 1, 1]]
    names = [SeriesName(level, level, frozenset(["J10.0"])) for level in ("chapter", "category", "diagnosis")]
    (alarm,), _ = find_alarms(day_series(counts, names=names), rules())
    assert alarm.level == "diagnosis"


def test_the_order_is_by_severity_and_then_by_p():
    """The surest first."""
    counts = history(40)
    counts[-1] = 8
    counts[-1, [5, 6, 7]] = (18, 60, 30)
    alarms, _ = find_alarms(day_series(counts), rules())
    assert [each.code for each in alarms][:2] == ["A06", "A07"]
    ranks = [("high", "medium", "low").index(each.severity) for each in alarms]
    assert ranks == sorted(ranks)
    assert all(a.p <= b.p for a, b in itertools.pairwise(alarms) if a.severity == b.severity)


def test_a_greatest_q_leaves_the_surest():
    """Of a hundred series some are above the raw limit by chance."""
    counts = history(100)
    counts[-1, 3] = 60
    loose, _ = find_alarms(day_series(counts), rules(max_p=0.05))
    strict, _ = find_alarms(day_series(counts), rules(max_q=0.01))
    assert [each.code for each in strict] == ["A03"]
    assert len(loose) >= len(strict)


@pytest.mark.parametrize("detector", ["switch", "ears_c2", "new_code"])
@settings(max_examples=20)
@given(data=st.data())
def test_permuting_codes_permutes_the_list_and_nothing_else(detector, data):
    """For any counts, with missing days; the same entries in the same order."""
    shape = st.tuples(st.integers(1, 40), st.integers(1, 6))
    counts = data.draw(arrays(float, shape, elements=st.integers(0, 60).map(float)), label="counts")
    missing = data.draw(arrays(bool, len(counts)), label="missing")
    counts[:-1][missing[:-1]] = np.nan
    order = data.draw(st.permutations(range(counts.shape[1])), label="order")
    straight = day_series(counts)
    names = [straight.names[column] for column in order]
    permuted = day_series(counts[:, order], names=names)
    one, other = (find_signals(each, rules(detector), is_quiet=False) for each in (straight, permuted))
    assert (one.answer, one.alarms, one.tested) == (other.answer, other.alarms, other.tested)
    assert sorted(map(repr, one.trends)) == sorted(map(repr, other.trends))


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(
    "values",
    [[0] * 31, [7] * 31, [*[7] * 30, 0], [10**9] * 31, [5], [5, 9], [*[0] * 29, 30, 0]],
    ids=["zero", "constant", "fall", "a thousand million", "one day", "two days", "a spike before"],
)
def test_series_without_a_rise_give_no_alarm(detector, values):
    """Whatever their shape."""
    found = find_signals(day_series(np.array(values)[:, None]), rules(detector), is_quiet=False)
    assert found.alarms == []


@pytest.mark.parametrize("detector", DETECTORS)
@pytest.mark.parametrize(
    "last",
    [
        dt.date(2026, 1, 1),
        dt.date(2020, 12, 31),
        dt.date(2024, 2, 29),
        dt.date(2025, 3, 31),
        dt.date(2025, 10, 27),
    ],
    ids=["new year", "week 53", "leap day", "summer time", "winter time"],
)
def test_a_rise_on_any_day_of_the_calendar_is_found(detector, last):
    """Dates are days, without hours and weeks."""
    (alarm,), _ = find_alarms(day_series(with_rise(), last), rules(detector))
    assert (alarm.code, alarm.since, last) == ("A01", last, alarm.since)


def test_a_missing_day_is_no_alarm():
    """Of the date itself."""
    counts = with_rise()
    counts[-1] = np.nan
    visits = np.full(31, 1000.0)
    visits[-1] = np.nan
    found = find_signals(day_series(counts, visits=visits), rules(), is_quiet=False)
    assert (found.answer, found.alarms, found.trends) == ("missing", (), ())


def test_a_day_below_the_mean_of_its_week_is_no_rise():
    """However unusual its neighbours make it."""
    counts = np.array([1.0] * 24 + [30, 30, 30, 30, 30, 30, 9])[:, None]
    last = dt.date(2025, 12, 24)
    assert no_rise(day_series(counts, last).patients)[-1, 0]


def test_a_weekend_is_compared_with_weekends_too():
    """9 on a Sunday is less than on a working day, and more than on other Sundays."""
    week = [30, 30, 30, 30, 30, 4, 4]
    counts = np.array([30, 4, 4, *week, *week, *week, *week], float)[:, None]
    counts[-1] = 9
    sunday, monday = dt.date(2025, 12, 21), dt.date(2025, 12, 22)
    assert not no_rise(day_series(counts, sunday).patients)[-1, 0]
    assert no_rise(day_series(counts, monday).patients)[-1, 0]


def test_a_day_with_few_visits_is_a_quiet_feed():
    """Compared with the other same weekdays; with fewer than two nothing is said."""
    visits = np.array([100, 20, 100, 20, 100, 20, 100] * 4 + [30, 20, np.nan], float)
    assert np.flatnonzero(quiet_days(visits, 0.5)).tolist() == [28]
    assert not quiet_days(visits[-10:], 0.5).any()
