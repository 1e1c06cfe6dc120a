"""New codes and trend classes, which have no reference files: against independent computations."""

import datetime as dt

import numpy as np
import pytest
from scipy import optimize, stats

from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector


def found(name, counts, totals, **values):
    """The result for one code."""
    counts = np.asarray(counts, float)[:, None]
    series = Series(
        dt.date(2025, 3, 1), ["A"], counts, np.broadcast_to(np.asarray(totals, float), len(counts))
    )
    return make_series_detector(name, values).detect(series)


@pytest.mark.parametrize(("before", "today"), [(0, 1), (0, 3), (1, 4), (2, 9), (4, 6), (5, 40), (56, 5)])
def test_a_rare_code_gets_the_p_of_fishers_test(before, today):
    """Of 28 days with 80 patients each, and of today with 80."""
    counts = [0] * 31
    counts[3], counts[-1] = before, today
    result = found("new_code", counts, 80)
    table = [[today, 80 - today], [before, 28 * 80 - before]]
    assert result.p_value[-1, 0] == pytest.approx(stats.fisher_exact(table, "greater").pvalue, rel=1e-9)


def test_a_frequent_code_gets_the_p_of_the_chi_square_test():
    """One-sided: half of that of Pearson's test without a correction, as the share rose."""
    result = found("new_code", [30] * 30 + [50], 400)
    whole = stats.chi2_contingency([[50, 350], [28 * 30, 28 * 370]], correction=False)
    assert result.p_value[-1, 0] == pytest.approx(whole.pvalue / 2, rel=1e-9)


def test_a_new_code_is_an_alarm_with_three_patients_and_none_with_one():
    """The chance is 1/29 with one, and 1/29^3 with three."""
    assert [bool(found("new_code", [0] * 30 + [x], 80).alarm[-1, 0]) for x in (1, 3)] == [False, True]


def test_a_code_that_fell_is_no_alarm():
    """Its p is 1."""
    result = found("new_code", [9] * 30 + [0], 80)
    assert (result.p_value[-1, 0], bool(result.alarm[-1, 0])) == (1, False)


def test_the_slope_is_that_of_the_greatest_likelihood():
    """Found by a general optimiser, with its standard error from the curvature."""
    rng = np.random.default_rng(1)
    totals = rng.integers(200, 400, 12)
    counts = rng.binomial(totals, 1 / (1 + np.exp(3 - 0.1 * np.arange(12))))

    def loss(values):
        return -stats.binom.logpmf(
            counts, totals, 1 / (1 + np.exp(-values[0] - values[1] * np.arange(12)))
        ).sum()

    best = optimize.minimize(loss, [-3, 0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
    result = found("trend_class", counts, totals)
    assert result.slope[-1, 0] == pytest.approx(best.x[1], rel=1e-5)


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ([2 * day + 5 for day in range(12)], 3),
        ([60 - 4 * day for day in range(12)], 2),
        ([20, 22] * 6, 1),
        ([1] * 10 + [0, 0], 0),
        ([0] * 11 + [30], 1),
    ],
)
def test_the_class_of_a_trend(counts, word):
    """3 increase, 2 decrease, 1 stable, 0 insufficient: 10 patients, or a spike of one day is stable."""
    assert found("trend_class", counts, 1000).trend[-1, 0] == word


@pytest.mark.parametrize("counts", [[0] * 11 + [30], [30] + [0] * 11])
def test_patients_on_one_end_only_give_no_slope(counts):
    """The steeper, the likelier: what the last step of a search had would be no number of the series."""
    result = found("trend_class", counts, 1000)
    assert (np.isnan(result.slope[-1, 0]), result.error[-1, 0], result.p_value[-1, 0]) == (True, np.inf, 1)


def test_more_patients_of_a_code_than_patients_is_insufficient():
    """A total that is wrong gives no trend."""
    assert found("trend_class", [50] * 12, 40).trend[-1, 0] == 0


def test_more_patients_of_a_code_than_patients_is_no_new_code():
    """Nor part of a baseline."""
    result = found("new_code", [30] * 30 + [60], [80] * 30 + [40])
    assert (np.isnan(result.p_value[-1, 0]), bool(result.alarm[-1, 0])) == (True, False)


@pytest.mark.parametrize(("days", "is_known"), [(13, False), (14, True)])
def test_a_new_code_needs_14_observed_days(days, is_known):
    """Of the 28 of its baseline."""
    result = found("new_code", [np.nan] * (28 - days) + [1] * (days + 3), 80)
    assert np.isfinite(result.p_value[-1, 0]) == is_known


@pytest.mark.parametrize(("days", "word"), [(6, 0), (7, 3)])
def test_a_trend_needs_7_observed_days(days, word):
    """Of its 12; with fewer it is insufficient."""
    assert (
        found("trend_class", [np.nan] * (12 - days) + [10 + 9 * x for x in range(days)], 1000).trend[-1, 0]
        == word
    )
