"""What the daily detectors do on simulated series, and that the simulation is what it says."""

from itertools import pairwise

import numpy as np
import pytest

from healthtrends.detect.daily_simulation import (
    BASES,
    DETECTORS,
    HOLIDAYS,
    QUIET,
    SIZES,
    evaluate_daily,
    simulate_daily,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def rates():
    """Ten replicates of each combination, by detector."""
    return {each.detector: each for each in evaluate_daily(10, seed=1)}


def test_each_detector_has_its_rates(rates):
    """In the order of the tables."""
    assert list(rates) == list(DETECTORS)
    assert {len(each.false_alarms) for each in rates.values()} == {len(BASES)}


def test_greater_outbreaks_are_found_more_often(rates):
    """Of each shape and by each detector, by steps of two standard deviations."""
    for each in rates.values():
        shares = [share.value for share in each.found]
        for begin in range(0, len(shares), len(SIZES)):
            of_shape = shares[begin : begin + len(SIZES) : 2]
            assert all(small < great for small, great in pairwise(of_shape))


def test_c3_finds_more_than_c1_and_has_more_false_alarms(rates):
    """As Hutwagner 2005 has it: three days added up are more sensitive."""
    one, three = rates["ears_c1"], rates["ears_c3"]
    assert all(a.value < b.value for a, b in zip(one.false_alarms, three.false_alarms, strict=True))
    assert all(a.value <= b.value for a, b in zip(one.found, three.found, strict=True))


def test_the_quiet_days_hold_no_outbreak():
    """And each series holds one outbreak behind them, as high as its size says."""
    series, outbreaks = simulate_daily(10, seed=1)
    assert not outbreaks.cases[: QUIET.stop].any()
    assert (outbreaks.cases.max(axis=0) > 0).all()
    assert set(outbreaks.size.tolist()) == set(SIZES)
    assert series.counts.shape == outbreaks.cases.shape


def test_usual_counts_have_the_mean_of_their_base():
    """Weekdays, trend and season leave it on average; four holidays lower it by one percent."""
    series, outbreaks = simulate_daily(40, seed=1)
    for base in BASES:
        mean = series.counts[QUIET][:, outbreaks.base == base].mean()
        assert mean == pytest.approx(base, rel=0.05)


def test_a_seed_gives_the_same_daily_series():
    """And another one others."""
    one, same, other = (simulate_daily(1, seed)[0].counts for seed in (1, 1, 2))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_a_holiday_has_three_fifths_of_its_patients():
    """Of those of the same weekday a week before and after."""
    series, outbreaks = simulate_daily(40, seed=1)
    counts = series.counts[:, outbreaks.base == max(BASES)].mean(axis=1)
    for day in HOLIDAYS:
        assert counts[day] / (counts[day - 7] + counts[day + 7]) * 2 == pytest.approx(0.6, rel=0.05)


def test_an_outbreak_is_found_on_one_of_its_days(rates):
    """Of a spike on its only day; delays count from its begin."""
    for each in rates.values():
        assert set(each.delay[: len(SIZES)]) == {0}
        assert all(0 < delay < 6 for delay in each.delay[len(SIZES) :])
