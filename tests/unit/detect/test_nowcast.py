"""Days that are not complete, completed by the delays of earlier days; figures of baselinenowcast 0.2.0."""

import numpy as np
import pytest

from healthtrends.detect import nowcast as module
from healthtrends.detect.nowcast import complete, delay_shares, nowcast

SHARES = np.array([0.4, 0.3, 0.2, 0.1])
NONE = np.nan
TRIANGLE = np.array([[10, 5, 5, 5], [20, 10, 10, NONE], [40, 20, NONE, NONE], [60, NONE, NONE, NONE]])
EVEN = np.array([0.4, 0.2, 0.2, 0.2])


def cut(whole, known_to=0):
    """A triangle of complete days of which the newest is known to a delay."""
    row, delay = np.indices(whole.shape)
    return np.where(row + delay < len(whole) + known_to, whole, NONE)


def simulated(days, seed, longest=7, patients=200):
    """Complete days: Poisson counts whose delays are geometric."""
    rng = np.random.default_rng(seed)
    shares = 0.5 ** np.arange(1, longest + 2)
    shares[-1] *= 2
    return rng.poisson(patients * shares, (days, longest + 1)).astype(float)


def test_rows_with_known_shares_give_these_back():
    """Five days of 100 to 300 records."""
    totals = np.array([100, 150, 200, 250, 300])[:, None]
    assert delay_shares(cut(totals * SHARES)) == pytest.approx(SHARES, abs=1e-6)


def test_unknown_cells_are_the_shares_of_the_total():
    """The reference asks for 10, and 20 and 20, within a tenth of it."""
    whole = complete(TRIANGLE, EVEN)
    assert whole[1, 3] == pytest.approx(10, rel=0.1)
    assert whole[2, 2:] == pytest.approx([20, 20], rel=0.1)
    assert whole[1, 3] == pytest.approx(0.2 * (40 + 0.2) / 0.8)


def test_a_last_row_of_nothing_gives_a_little():
    """Its last cell 0.2, within a tenth of it as in the reference: nothing so far is not nothing."""
    triangle = TRIANGLE.copy()
    triangle[3, 0] = 0
    assert complete(triangle, EVEN)[3, 3] == pytest.approx(0.2, rel=0.1)


def test_a_first_share_of_nothing_is_an_error_that_says_why():
    """The newest day is known to delay 0 only: nothing can be told from that."""
    with pytest.raises(
        ValueError, match="no records come by delay 0, and the newest day is known no further"
    ):
        complete(TRIANGLE, np.array([0, 0.4, 0.4, 0.2]))


def test_a_share_of_nothing_in_the_middle_is_a_share():
    """Every cell is filled in."""
    assert np.isfinite(complete(TRIANGLE, np.array([0.2, 0.4, 0, 0.4]))).all()


@pytest.mark.parametrize(("days", "told"), [(9, False), (10, True)])
def test_it_needs_the_longest_delay_and_one_and_two_nowcasts_of_the_past(days, told):
    """Seven days of delay: 8 days and 2."""
    assert (nowcast(cut(simulated(days, 1))) is not None) == told


def test_days_are_allotted_as_in_the_source():
    """Of the longest delay and history: half and half, but at least D + 1 days for the delay."""
    allot = module._allot
    assert [allot(days, 14) for days in (16, 17, 20, 42)] == [None, (15, 2), (17, 3), (21, 21)]
    assert allot(21, 7) == (10, 11)


def test_a_complete_day_is_what_came():
    """No interval is around it."""
    whole = simulated(21, 2)
    found = nowcast(cut(whole))
    assert found.expected[:-7] == pytest.approx(whole[:-7].sum(axis=1))
    assert (found.quantiles[:-7] == whole[:-7].sum(axis=1)[:, None]).all()


def test_a_newer_day_is_less_certain():
    """Its intervals are ordered, hold the expected value, and are wider than those of the days before."""
    found = nowcast(cut(simulated(21, 3)))
    width = found.quantiles[:, 4] - found.quantiles[:, 0]
    assert (np.diff(found.quantiles, axis=1) >= 0).all()
    assert (np.diff(width[-6:]) > 0).all()
    assert (found.quantiles[:, 0] <= found.expected).all()
    assert (found.expected <= found.quantiles[:, 4] + 1).all()


@pytest.mark.slow
def test_ninety_of_a_hundred_days_come_to_lie_in_their_interval():
    """Within what 300 nowcasts of the newest day tell; half of them in the narrower one."""
    inside = []
    for seed in range(300):
        whole = simulated(21, seed)
        low, low_half, _, high_half, high = nowcast(cut(whole)).quantiles[-1]
        total = whole[-1].sum()
        inside.append((low <= total <= high, low_half <= total <= high_half))
    wide, narrow = np.mean(inside, axis=0)
    assert 0.83 < wide < 0.97
    assert 0.41 < narrow < 0.62


def test_a_day_on_which_nothing_ever_comes_is_not_told():
    """Records come on the next day at the earliest: the day itself is not told, the day before is."""
    whole = np.hstack([np.zeros((25, 1)), simulated(25, 4)])
    found = nowcast(cut(whole))
    assert np.isnan(found.expected[-1])
    assert found.expected[-2] == pytest.approx(whole[-2].sum(), rel=0.3)


def test_a_newest_day_known_further_is_used_as_far():
    """Days of which two more delays are known: the last one is told by them."""
    whole = simulated(21, 5)
    near, far = (nowcast(cut(whole, known)).quantiles[-1] for known in (0, 2))
    assert far[4] - far[0] < near[4] - near[0]


def test_no_records_are_no_history():
    """A triangle of nothing."""
    assert nowcast(cut(np.zeros((30, 8)))) is None


def test_the_dispersion_is_the_most_likely_one():
    """Of a thousand counts with size 5, and of Poisson counts the greatest that is tried."""
    rng = np.random.default_rng(1)
    mean = np.full(1000, 40.0)
    assert module._fit(rng.negative_binomial(5, 5 / 45, 1000).astype(float), mean) == pytest.approx(
        5, rel=0.1
    )
    assert module._fit(rng.poisson(40, 1000).astype(float), mean) > 200
