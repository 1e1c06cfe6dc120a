"""How a change is said: against which days, and without a percentage of a few patients."""

import datetime as dt

import pytest

from healthtrends.model.comparison import Comparison, Least, same_weekday, seven_days
from healthtrends.page.comparison import change, sums, weekdays
from healthtrends.page.translations import bundled

EN, DE = bundled("en"), bundled("de")
TUESDAY = dt.date(2025, 12, 23)
LEAST = Least(count=10)


def test_a_date_is_compared_with_the_same_weekday_of_four_weeks():
    """Not with the days between, nor with a fifth week."""
    counts = [9] * 36
    for back, count in ((0, 40), (7, 4), (14, 3), (21, 2), (28, 1)):
        counts[-1 - back] = count
    assert same_weekday(counts) == Comparison(40, (4, 3, 2, 1))


def test_a_weekday_that_is_not_known_is_left_out():
    """It is no zero."""
    counts = [None] * 7 + [6] * 8
    assert same_weekday(counts).before == (6,)
    assert same_weekday([*counts[:-1], None]) is None
    assert same_weekday([]) is None


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (304, (115, 121, 118, 125), "+154\N{NO-BREAK SPACE}%"),
        (2, (0, 1, 0, 0), "2 (usually 0 to 1)"),
        (9, (2, 1, 2, 2), "9 (usually 1 to 2)"),
        (12, (0, 1, 0, 0), "12 (usually 0 to 1)"),
        (2, (100, 110, 95, 100), "2 (usually 95 to 110)"),
        (2, (3,), "2 (usually 3)"),
        (12, (0, 0), "12 (usually 0)"),
        (1200, (900, 1100), "+20\N{NO-BREAK SPACE}%"),
        (5, (), "5"),
    ],
)
def test_a_percentage_needs_enough_patients_on_both_sides(now, before, said):
    """Below the minimum the count and the range of the days it is compared with."""
    assert change(EN, Comparison(now, before), LEAST) == said


def test_the_minimum_is_a_setting():
    """Where four patients are many."""
    assert change(EN, Comparison(4, (2, 2)), Least(count=2)) == "+100\N{NO-BREAK SPACE}%"


@pytest.mark.parametrize(
    ("words", "before", "said"),
    [
        (EN, (1, 2, 3, 4), "against 4 Tuesdays"),
        (EN, (1,), "against 1 Tuesday"),
        (EN, (), "no Tuesday of the 4 weeks before is known"),
        (DE, (1, 2, 3), "gegen 3 Dienstage"),
        (DE, (1,), "gegen 1 Dienstag"),
    ],
)
def test_what_a_date_is_compared_with_is_said(words, before, said):
    """How many days, and which weekday."""
    assert weekdays(words, TUESDAY, Comparison(1, before)) == said


def test_seven_days_are_said_with_both_sums():
    """And how many days they are, when not all are known."""
    week = [10] * 7 + [20] * 7
    assert sums(EN, seven_days(week)) == "140 after 70"
    assert sums(EN, seven_days([*week[:-1], None])) == "120 after 60, 6 of 7 days known"


def test_few_patients_of_a_week_are_no_percentage():
    """14 after 5 are two sums."""
    assert change(EN, Comparison(14, (5,), 7), LEAST) == "14 after 5"
