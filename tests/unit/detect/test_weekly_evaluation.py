"""On the simulation of Noufaily 2013 our Farrington methods do what those of R do."""

import numpy as np
import pytest

from healthtrends.detect.weekly_evaluation import PUBLISHED, Figure, evaluate_weekly
from healthtrends.detect.weekly_simulation import SCENARIOS, SIZES, simulate

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def few():
    """Ten replicates of each scenario."""
    return list(evaluate_weekly(10, seed=2))


def test_ten_replicates_have_the_false_alarms_of_r(few):
    """Over all scenarios, within three standard errors."""
    assert [each.detector for each in few] == list(PUBLISHED)
    assert all(each.false_alarms[0].is_expected for each in few)


def test_great_outbreaks_are_found_and_small_ones_mostly_not(few):
    """As R finds them, within a fifth: 28 outbreaks of each size and method."""
    for each in few:
        assert all(abs(figure.ours - figure.published) < 0.2 for figure in each.found)
        assert each.found[0].ours < 0.3
        assert each.found[-1].ours > 0.7


@pytest.mark.long
def test_a_hundred_replicates_have_the_figures_of_r():
    """False alarms, over all and in the 12 published scenarios, and found outbreaks: within three errors."""
    figures = [
        (each.detector, figure)
        for each in evaluate_weekly(100, seed=1)
        for figure in (*each.false_alarms, *each.found)
    ]
    assert sum(figure.published is not None for _, figure in figures) == 2 * (13 + len(SIZES))
    assert [each for each in figures if not each[1].is_expected] == []


def test_there_are_28_scenarios_and_the_published_ones_are_among_them():
    """Seven rows, with and without trend and season."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == 28
    assert all(published.by_scenario.keys() <= set(names) for published in PUBLISHED.values())


def test_a_seed_gives_the_same_series():
    """And another one others."""
    one, same, other = (simulate(SCENARIOS[3], 10, seed).series.counts for seed in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_an_outbreak_of_a_size_has_so_many_standard_deviations_of_cases():
    """Row 7, whose mean hardly moves: on average k sd, and fewer only where it is cut at the end."""
    simulated = simulate(next(each for each in SCENARIOS if each.name == "7"), 2000, seed=1)
    mean = np.exp(5.0)
    deviation = np.sqrt(mean + 1.2 * mean**2 / (1 + mean))
    for size in SIZES:
        cases = simulated.outbreak[:, simulated.size == size].sum(axis=0)
        assert cases.mean() == pytest.approx(size * deviation, rel=0.06)


def test_a_figure_outside_of_the_band_says_so():
    """Three standard errors; one without a published figure is never outside."""
    assert not Figure("all", 0.5, 0.1, 0.1).is_expected
    assert Figure("all", 0.35, 0.1, 0.1).is_expected
    assert Figure("all", 0.35, None, 0.1).is_expected


def test_the_error_of_a_share_is_that_of_two_means(few):
    """Ours of 28 outbreaks of a size, that of R of 280."""
    assert few[0].found[0].error == pytest.approx((0.046 * 0.954 * (1 / 28 + 1 / 280)) ** 0.5)
