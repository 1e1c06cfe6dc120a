"""A day that was not observed is left out, and never counts as 0."""

import datetime as dt

import numpy as np
import pytest

from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector

SATURDAY = dt.date(2025, 3, 1)


def found(name, counts, **values):
    """The result for one code."""
    return make_series_detector(name, values).detect(
        Series(SATURDAY, ["A"], np.asarray(counts, float)[:, None])
    )


def test_the_baseline_of_ears_is_that_of_the_observed_days():
    """1, 2, 3, 4, 5 of the 7 days: mean 3, sd 1.5811."""
    result = found("ears_c1", [1, np.nan, 2, 3, np.nan, 4, 5, 6])
    assert result.upper[-1, 0] == pytest.approx(3 + 3.090232306 * 2.5**0.5)


def test_too_few_observed_days_give_no_limit_and_no_alarm():
    """4 of 7 by default are too few; a setting allows them."""
    counts = [1, np.nan, 2, np.nan, np.nan, 4, 5, 60]
    assert np.isnan(found("ears_c1", counts).upper[-1, 0])
    assert not found("ears_c1", counts).alarm.any()
    assert found("ears_c1", counts, min_days="4").alarm[-1, 0]


def excess_over_c3(counts, day):
    """Of a day, how far its count is above the mean of its own baseline, in standard deviations, less 1."""
    base = np.array(counts[day - 9 : day - 2], float)
    return max(0, (counts[day] - base.mean()) / base.std(ddof=1) - 1)


def test_c3_adds_the_excess_of_three_days():
    """Each day against its own baseline."""
    counts = [2, 3, 4, 2, 4, 3, 3, 3, 3, 6, 6, 6]
    result = found("ears_c3", counts)
    excess = sum(excess_over_c3(counts, day) for day in (9, 10, 11))
    assert result.statistic[-1, 0] == pytest.approx(excess)
    assert (result.alarm[-1, 0], np.isnan(result.statistic[:-1]).all()) == (True, True)


def test_a_count_at_the_limit_of_c3_is_where_its_sum_is_the_threshold():
    """So the limit on a chart is the count that would have to be passed."""
    counts = [2, 3, 4, 2, 4, 3, 3, 3, 3, 3, 3, 3]
    counts[-1] = found("ears_c3", counts).upper[-1, 0]
    assert found("ears_c3", counts).statistic[-1, 0] == pytest.approx(2)


def test_ewma_carries_its_average_over_a_missing_day():
    """Not a step towards 0: the days before and behind it are usual."""
    counts = np.array([20.0 + day % 2 for day in range(40)])
    counts[37] = np.nan
    result = found("ewma", counts)
    assert (result.alert[37, 0], result.alert[38, 0]) == (0, 1)
    assert abs(result.statistic[38, 0]) < 1


def test_the_regression_needs_the_weekday_of_the_day():
    """No Saturday in the baseline: nothing is known of Saturdays."""
    counts = np.array([10.0 + day % 7 for day in range(43)])
    counts[0:42:7] = np.nan
    counts[42] = 40
    result = found("regression", counts)
    assert np.isnan(result.p_value[42, 0])
    assert result.p_value[41, 0] == pytest.approx(0.5)


def test_a_gap_of_weeks_is_no_fall_of_the_expected_count():
    """A feed that was silent for half a year."""
    counts = np.full(300, 12.0)
    counts[60:86] = np.nan
    result = found("farrington_flexible", counts)
    assert result.expected[-1, 0] == pytest.approx(12, rel=1e-6)


def test_a_missing_day_adds_nothing_to_c3():
    """The sum of the next days is that of the observed ones; the missing day has none."""
    counts = np.array([2.0, 3, 4, 2, 4, 3, 3, 3, 3, 6, 6, 6, 6])
    counts[10] = np.nan
    result = found("ears_c3", counts)
    nine, eleven, twelve = (excess_over_c3(counts, day) for day in (9, 11, 12))
    assert np.isnan(result.statistic[10, 0])
    assert result.statistic[11:, 0].tolist() == pytest.approx([nine + eleven, eleven + twelve])


def test_a_day_without_a_week_of_its_season_has_no_expected_count():
    """All other weeks are there: they say nothing of its season."""
    counts = np.full(264, 12.0)
    for year in range(1, 6):
        counts[263 - 52 * year - 3 : 263 - 52 * year + 4] = np.nan
    assert np.isnan(found("farrington_flexible", counts).expected[-1, 0])


def test_the_mean_of_the_last_days_is_that_of_the_observed_ones():
    """20 stands out on a Wednesday with 10, but is below 40, 40 and 20: no rise."""
    counts = np.where(np.arange(61) % 7 == 4, 10.0, 40.0) + np.arange(61) % 2
    counts[60], counts[54:58] = 20, np.nan
    result = found("regression", counts)
    assert (result.p_value[60, 0] < 0.01, result.alert[60, 0]) == (True, 1)
