"""What rose and fell: beyond chance, by enough to matter, on known days only."""

import datetime as dt

import pytest

from healthtrends.detect.weekly_change import BEYOND_CHANCE, WeeklyChange, compared
from healthtrends.model.comparison import Least
from healthtrends.model.history import History

LAST = dt.date(2025, 12, 22)
LEAST = Least(count=10, change=0.25)


def found(is_open=False, least=LEAST, **patients):
    """What is said of some codes; None is a day that is not known."""
    days = len(next(iter(patients.values())))
    dates = [LAST - dt.timedelta(days=days - 1 - place) for place in range(days)]
    history = History(dates, ["observed"] * days, [0] * days, patients)
    return WeeklyChange(least).detect(history, is_open=is_open)


def codes(listed):
    """What a list names."""
    return [change.code for change in listed]


def weeks(*counts):
    """As many weeks, all days of each alike."""
    return [count for count in counts for _ in range(7)]


def test_a_code_that_tripled_is_the_first_of_those_that_rose():
    """With both sums and the share."""
    first = found(A=weeks(10, 30), B=weeks(10, 10)).risen(5)[0]
    (week,) = first.evidence
    assert (first.code, week.now, week.before, week.share) == ("A", 210, (70,), 2.0)


def test_the_score_of_a_week_is_that_of_the_formula():
    """70 before and 210 now: (210 - 140) / sqrt(70)."""
    assert compared(weeks(10, 30))[1].score == pytest.approx(70 / 70**0.5)


def test_the_score_of_a_date_is_that_of_the_formula():
    """10 on each of 4 weekdays and 60 now: (60 - 100 / 5) / sqrt(100 * 4 / 25)."""
    counts = [10] * 28 + [60]
    assert compared(counts)[0].score == pytest.approx(40 / 4.0)


def test_an_outbreak_of_one_day_is_listed_though_its_week_is_not():
    """+154 % against its weekday, +21 % in the week."""
    counts = weeks(120, 120, 120, 120) + [120] * 6 + [304]
    first = found(A=counts).risen(5)[0]
    date, week = first.evidence
    assert (round(date.share, 2), round(week.share, 2)) == (1.53, 0.22)
    assert first.signal is date


def test_the_rhythm_of_the_week_is_no_change():
    """A Monday is twice a Sunday every week."""
    rhythm = [200, 180, 170, 160, 150, 90, 80] * 5
    for last in range(29, 36):
        assert found(A=rhythm[:last]).alarms == []


def test_a_small_change_of_a_frequent_code_is_no_rise():
    """+11 % is far beyond chance at 1,000 a day, and too little to list."""
    counts = weeks(1000, 1000, 1000, 1110)
    assert compared(counts)[1].score > BEYOND_CHANCE
    assert found(A=counts).alarms == []


def test_a_few_patients_of_a_rare_code_are_no_rise():
    """9 where there was none, though it is beyond chance."""
    assert found(A=[0] * 28 + [9]).risen(5) == []
    assert codes(found(A=[0] * 28 + [9], least=Least(count=9)).risen(5)) == ["A"]


def test_chance_is_no_rise():
    """10 a day against 13 is a third more, and nothing."""
    assert found(A=weeks(10, 13)).risen(5) == []


def test_a_day_that_is_not_known_in_one_week_counts_in_none():
    """A Sunday missing in one week would make the other a week of more Sundays."""
    _, week = compared([10, None, 10, 10, None, 10, 10, *weeks(10)])
    assert (week.days, week.now, week.before) == (5, 50, (50,))


def test_too_few_known_days_give_no_verdict():
    """Three of seven say too little, on either side; so does one weekday."""
    assert found(A=[10] * 7 + [None] * 4 + [30] * 3).judged == 0
    assert found(A=[10] * 3 + [None] * 4 + [30] * 7).judged == 0
    assert found(A=[10] * 9).judged == 0


def test_a_new_code_is_listed():
    """Nothing can be divided by, and 63 patients are no chance."""
    first = found(A=weeks(0, 9)).risen(5)[0]
    assert (first.signal.share, first.signal.before) == (None, (0,))


def test_a_code_that_was_nowhere_is_left_out():
    """Zero in both weeks."""
    assert found(A=weeks(0, 0)).judged == 0


def test_a_low_count_of_a_date_that_is_not_complete_is_no_fall():
    """Its records are still to come; a rise is one all the same."""
    low, high = [100] * 28 + [20], [100] * 28 + [200]
    assert codes(found(A=low).fallen(5)) == ["A"]
    assert found(A=low, is_open=True).fallen(5) == []
    assert codes(found(A=high, is_open=True).risen(5)) == ["A"]


def test_the_strongest_fall_comes_first():
    """And the number asked for is kept."""
    listed = found(A=weeks(30, 10), B=weeks(90, 10), C=weeks(10, 10))
    assert codes(listed.fallen(1)) == ["B"]
    assert all(alarm.score <= -BEYOND_CHANCE for alarm in listed.fallen(5))


def test_ties_go_by_code():
    """So that the same numbers give the same page."""
    assert codes(found(B=weeks(10, 30), A=weeks(10, 30)).alarms) == ["A", "B"]
