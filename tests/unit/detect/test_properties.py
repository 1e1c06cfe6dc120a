"""What holds of every detector, for any series."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import stdtr

from healthtrends.detect.alert_level import alerts, red_days, upper_tail
from healthtrends.detect.ewma import EwmaTest
from healthtrends.detect.parameters import columns
from healthtrends.detect.series import Series
from healthtrends.detect.series_registry import make_series_detector, series_detector_class, series_detectors
from healthtrends.detect.switch import Switch, SwitchTest

pytestmark = pytest.mark.slow

SATURDAY = dt.date(2025, 3, 1)
NAMES = series_detectors()
DAILY = [name for name in NAMES if series_detector_class(name).step == "day"]
LABELLED = ("ewma", "trend_class", "new_code")
SIZE = {"day": 45, "week": 275}


def series(name, counts, totals=None):
    """Counts (rows x codes) as a series for this detector; by default 10 times the greatest sum of a row."""
    counts = np.asarray(counts, float)
    if totals is None:
        totals = np.full(len(counts), 10 * max(1.0, np.nansum(counts, axis=1).max(initial=0)))
    first = SATURDAY if series_detector_class(name).step == "day" else 1
    return Series(first, [str(code) for code in range(counts.shape[1])], counts, totals)


def found(name, counts, totals=None, **values):
    """Arrays of the result by their field."""
    return dataclasses.asdict(make_series_detector(name, values).detect(series(name, counts, totals)))


def counts_for(name, codes=3, highest=60):
    """Any counts with some days that were not observed."""
    rows = SIZE[series_detector_class(name).step]
    values = arrays(np.int64, (rows, codes), elements=st.integers(-2, highest))
    return values.map(lambda drawn: np.where(drawn < 0, np.nan, drawn))


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_another_order_of_codes_is_another_order_of_results(name, data):
    """No code looks at another; the last digits may differ, as sums are taken in another order."""
    counts = data.draw(counts_for(name))
    order = data.draw(st.permutations(range(counts.shape[1])))
    straight = found(name, counts)
    turned = found(name, counts[:, order], series(name, counts).totals)
    for field, values in straight.items():
        np.testing.assert_allclose(values[:, order], turned[field], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", ["ears_c1", "ears_c2"])
@given(data=st.data(), constant=st.integers(1, 1000))
def test_a_constant_on_top_of_a_series_moves_its_ears_limit_by_it(name, data, constant):
    """And changes no alarm."""
    counts = data.draw(counts_for(name))
    plain, moved = found(name, counts), found(name, counts + constant)
    np.testing.assert_allclose(moved["upper"], plain["upper"] + constant, rtol=1e-9)
    is_clear = np.abs(counts - plain["upper"]) > 1e-6
    assert (moved["alarm"] == plain["alarm"])[is_clear].all()


@given(data=st.data(), factor=st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_a_share_may_be_in_any_unit(data, factor):
    """A series below 1 is divided by its median, so its labels stay, and its expected values scale."""
    shares = data.draw(counts_for("ewma")) / 1000
    plain, scaled = found("ewma", shares), found("ewma", shares * factor)
    np.testing.assert_array_equal(scaled["alert"], plain["alert"])
    np.testing.assert_allclose(scaled["expected"], plain["expected"] * factor, rtol=1e-9, atol=1e-12)


DEGENERATE = {
    "all zero": np.zeros,
    "constant": lambda rows: np.full(rows, 7.0),
    "one spike": lambda rows: np.where(np.arange(rows) == rows - 3, 50.0, 0),
    "huge": lambda rows: np.full(rows, 1e9) + np.arange(rows) % 3,
    "one spike on a billion": lambda rows: np.where(np.arange(rows) == rows - 3, 2e9, 1e9),
    "not observed": lambda rows: np.full(rows, np.nan),
    "every second day": lambda rows: np.where(np.arange(rows) % 2, np.nan, 4.0),
    "no weekends": lambda rows: np.where(np.arange(rows) % 7 < 2, np.nan, 4.0 + np.arange(rows) % 7),
    "begins late": lambda rows: np.where(np.arange(rows) < rows - 5, np.nan, 4.0),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", DEGENERATE)
def test_a_degenerate_series_is_no_error(name, shape):
    """Neither an error nor a warning, which is one here; and no alarm from a day that was not observed."""
    counts = DEGENERATE[shape](SIZE[series_detector_class(name).step])[:, None]
    result = found(name, counts)
    assert {values.shape for values in result.values()} == {counts.shape}
    if "alarm" in result:
        assert not result["alarm"][np.isnan(counts)].any()
    elif "alert" in result:
        assert (result["alert"][np.isnan(counts)] == 0).all()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_series_of_two_days_says_nothing(name, rows):
    """Too little history is an answer."""
    result = found(name, np.full((rows, 2), 5.0))
    assert {values.shape for values in result.values()} == {(rows, 2)}
    said = [result[field] for field in ("alarm", "trend", "p_value") if field in result]
    assert not any(np.nan_to_num(values).any() for values in said)


@pytest.mark.parametrize("name", NAMES)
def test_a_series_of_any_length_has_a_row_for_each_of_its_days(name):
    """Also where it is shorter than a baseline, or than the weeks that are looked back to."""
    for rows in range(SIZE[series_detector_class(name).step]):
        assert {values.shape for values in found(name, np.full((rows, 2), 5.0)).values()} == {(rows, 2)}


@pytest.mark.parametrize("name", NAMES)
def test_no_codes_are_no_error(name):
    """A day on which nothing was coded."""
    rows = SIZE[series_detector_class(name).step]
    assert {values.shape for values in found(name, np.zeros((rows, 0))).values()} == {(rows, 0)}


@pytest.mark.parametrize(
    "name", ["ears_c1", "ears_c2", "ears_c3", "ewma", "regression", "switch", "new_code"]
)
def test_a_spike_is_found_on_its_day(name):
    """60 patients where there were 5 to 7."""
    counts = np.array([5.0 + day % 3 for day in range(SIZE["day"])])
    counts[-1] = 60
    result = make_series_detector(name, {}).detect(series(name, counts[:, None], np.full(len(counts), 500.0)))
    assert result.alarm[:, 0].nonzero()[0].tolist() == [len(counts) - 1]


def test_switch_takes_results_that_are_there_already():
    """Those of the two detectors that it chooses from, with and without a weekday pattern."""
    rng = np.random.default_rng(1)
    days = np.arange(SIZE["day"])[:, None]
    counts = series("switch", rng.poisson(np.hstack([20 + 20 * (days % 7 < 5), 5 + 0 * days])))
    average, model = (make_series_detector(name, {}).detect(counts) for name in ("ewma", "regression"))
    chosen, computed = Switch().choose(average, model), Switch().detect(counts)
    assert {"EWMA", "Adaptive Multiple Regression"} <= {
        columns(SwitchTest)["detector"].words[each] for each in chosen.detector.ravel()
    }
    for field, values in dataclasses.asdict(computed).items():
        np.testing.assert_array_equal(getattr(chosen, field), values)


@given(labels=arrays(np.int8, (5, 2), elements=st.integers(0, 3)))
def test_the_alarms_of_labels_are_the_red_ones(labels):
    """As the words of the column number them."""
    words = columns(EwmaTest)["alert"].words
    assert (red_days(labels) == (np.array(words)[labels] == "red")).all()


def test_a_trend_is_no_alarm():
    """Of a code that falls, then rises; both are seen."""
    counts = np.concatenate([np.arange(60, 0, -3.0), np.arange(0, 60, 3.0)])[:, None]
    result = make_series_detector("trend_class", {}).detect(series("trend_class", counts))
    assert {2, 3} <= set(result.trend[:, 0].tolist())
    assert result.alarm.shape == counts.shape
    assert not result.alarm.any()


@pytest.mark.parametrize("name", NAMES)
def test_codes_with_other_missing_days_keep_their_own_numbers(name):
    """Together with others or alone."""
    rng = np.random.default_rng(1)
    rows = SIZE[series_detector_class(name).step]
    counts = rng.poisson(8, (rows, 4)).astype(float)
    counts[[rows - 20, rows - 8], 1] = np.nan
    counts[rows - 6 : rows - 2, 3] = np.nan
    totals = np.full(rows, 1000.0)
    together = found(name, counts, totals)
    for code in range(4):
        for field, values in found(name, counts[:, [code]], totals).items():
            np.testing.assert_allclose(together[field][:, [code]], values, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 3, 4, 6, 13, 20, 27, 63])
def test_the_upper_tail_is_that_of_the_student_distribution(degrees):
    """By the incomplete beta function, with its digits in the tail too."""
    values = np.linspace(-40, 40, 4001)[None]
    expected = stdtr(degrees, -values)
    np.testing.assert_allclose(upper_tail(values, np.array([float(degrees)])), expected, rtol=1e-12)


def test_a_limit_itself_is_not_below_it():
    """The p of 0.01 is yellow, of 0.05 blue; grey without one."""
    assert alerts(np.array([0.0099, 0.01, 0.0499, 0.05, np.nan])).tolist() == [3, 2, 2, 1, 0]


@pytest.mark.parametrize("first", range(7))
def test_a_weekend_is_compared_with_weekends_whichever_day_comes_first(first):
    """30 on a Saturday with 10 is red, although it is below the mean of the week."""
    days = np.arange(first, first + 63)
    counts = np.where(days % 7 < 2, 10.0, 40.0) + days % 3
    saturday = np.flatnonzero(days % 7 == 0)[-1]
    counts[saturday] = 30
    begin = SATURDAY + dt.timedelta(first)
    result = make_series_detector("regression", {}).detect(Series(begin, ["A"], counts[:, None]))
    assert result.alarm[saturday, 0]


@pytest.mark.parametrize(("years", "is_kept"), [(2, False), (3, True)])
def test_a_trend_needs_three_years(years, is_kept):
    """Counts that halve in a year."""
    counts = (400 * 0.5 ** (np.arange(170) / 52)).round()[:, None]
    assert np.isfinite(found("farrington_flexible", counts, b=str(years))["trend"][-1, 0]) == is_kept


def test_blocks_hold_each_code_once():
    """In their order, with all days and the totals."""
    whole = series("ewma", np.arange(14.0).reshape(2, 7))
    blocks = list(whole.blocks(3))
    assert [list(each.codes) for each in blocks] == [["0", "1", "2"], ["3", "4", "5"], ["6"]]
    np.testing.assert_array_equal(np.hstack([each.counts for each in blocks]), whole.counts)
    assert all(each.totals is whole.totals for each in blocks)
