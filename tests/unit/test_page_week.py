"""What rose and fell this week: beyond chance, on known days only."""

import datetime as dt

import pytest

from healthtrends.model.history import History
from healthtrends.page.week import BEYOND_CHANCE, changes, fallen, risen

LAST = dt.date(2025, 12, 22)


def history(**patients):
    """Fourteen days of some codes; None is a day that is not known."""
    days = len(next(iter(patients.values())))
    dates = [LAST - dt.timedelta(days=days - 1 - place) for place in range(days)]
    return History(dates, ["observed"] * days, [0] * days, patients)


def test_a_code_that_tripled_is_the_first_of_those_that_rose():
    """With its means and its share."""
    found = changes(history(A=[10] * 7 + [30] * 7, B=[10] * 14))
    first = risen(found, 5)[0]
    assert (first.code, first.before, first.now, first.share) == ("A", 10.0, 30.0, 2.0)


def test_the_score_is_that_of_the_formula():
    """70 before and 210 now: (210 - 140) / sqrt(70)."""
    assert changes(history(A=[10] * 7 + [30] * 7))[0].score == pytest.approx(70 / 70**0.5)


def test_chance_is_no_rise():
    """10 a day against 11 is nothing."""
    assert risen(changes(history(A=[10] * 7 + [11] * 7)), 5) == []


def test_a_few_patients_more_of_a_rare_code_are_no_rise():
    """Three times as many, but one against three."""
    assert risen(changes(history(A=[0] * 6 + [1] + [0] * 4 + [1] * 3)), 5) == []


def test_a_missing_day_is_no_zero():
    """The mean is over the days that are known."""
    found = changes(history(A=[10, None, 10, 10, None, 10, 10] + [10] * 7))[0]
    assert (found.before, found.score) == (10.0, 0.0)


def test_too_few_known_days_give_no_verdict():
    """Three of seven say too little, on either side."""
    assert changes(history(A=[10] * 7 + [None] * 4 + [30] * 3)) == []
    assert changes(history(A=[10] * 3 + [None] * 4 + [30] * 7)) == []


def test_a_history_that_is_shorter_than_two_weeks_gives_no_verdict_on_missing_days():
    """The days before its beginning are not known."""
    assert changes(history(A=[10] * 9)) == []


def test_a_new_code_has_no_share():
    """Nothing can be divided by."""
    found = risen(changes(history(A=[0] * 7 + [9] * 7)), 5)[0]
    assert (found.share, found.before) == (None, 0.0)


def test_a_code_that_was_nowhere_is_left_out():
    """Zero in both weeks."""
    assert changes(history(A=[0] * 14)) == []


def test_the_strongest_fall_comes_first():
    """And the number asked for is kept."""
    found = changes(history(A=[30] * 7 + [10] * 7, B=[90] * 7 + [10] * 7, C=[10] * 14))
    assert [change.code for change in fallen(found, 1)] == ["B"]
    assert all(change.score <= -BEYOND_CHANCE for change in fallen(found, 5))


def test_ties_go_by_code():
    """So that the same numbers give the same page."""
    same = [10] * 7 + [30] * 7
    assert [change.code for change in changes(history(B=same, A=same))] == ["A", "B"]
