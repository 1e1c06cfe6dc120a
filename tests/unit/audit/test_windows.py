"""Releases of dates whose windows overlap are judged together."""

import datetime as dt
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthtrends.audit import window_relations
from healthtrends.audit.counts import Counts
from healthtrends.audit.over_time_description import describe_over_time
from healthtrends.audit.own_reports import audit_over_time, describe_reports
from healthtrends.audit.released import read_tables
from healthtrends.audit.windows import dated
from tests.unit.audit.released_days import DAY, days_before, released

WEEK = days_before(7)


def people(first, last):
    """Numbers of people."""
    return range(first, last)


def seven_days(of_twice):
    """100 people who come once on one of seven days, and some who come on the first and the last."""
    visits = {day: Counter(people(20 * at, 20 * at + 20)) for at, day in enumerate(WEEK)}
    for day in (WEEK[0], WEEK[-1]):
        visits[day] += Counter(people(500, 500 + of_twice))
    return visits


def judge(visits, hidden=(), dates=WEEK, changed=None):
    """What is exposed of the release of `DAY`, beside those of the other dates."""
    others = {day: released(changed or visits, day) for day in dates if day != DAY}
    found = audit_over_time(DAY, released(visits, DAY, hidden), others, lambda _: None, 11)
    return [(each.table, dict(each.keys), each.bounds.lower, each.bounds.upper) for each in found]


TWICE = [("7 days", "2", "primary"), ("28 days", "2", "primary")]
MORE = [*TWICE, ("7 days", "1", "complementary"), ("28 days", "1", "complementary")]


def test_a_small_class_of_a_window_is_told_by_the_visits_of_its_days():
    """140 visits and 3 people twice are 146: what is not once is twice."""
    told = (
        "visit_frequency.csv of 2025-12-22: patients",
        {"window": "7 days", "visits_per_patient": "2"},
        3,
        3,
    )
    assert told in judge(seven_days(3), TWICE)


def test_a_day_that_is_not_released_is_taken_as_closed_where_that_fits():
    """Whoever knows that nobody works there on Sundays knows its number."""
    visits = seven_days(3)
    del visits[WEEK[2]]
    assert judge(visits, TWICE, [day for day in WEEK if day != WEEK[2]])


def test_days_that_are_not_released_are_open_where_numbers_contradict_each_other_else():
    """Of two weeks with 20 others each day, two days alone are released, on which the same 100 came."""
    visits = {day: Counter(people(1000 * at, 1000 * at + 20)) for at, day in enumerate(days_before(14))}
    before = DAY - dt.timedelta(days=1)
    visits |= {before: Counter(people(0, 100)), DAY: Counter(people(0, 100))}
    twice = [("7 days", "2", "complementary"), ("28 days", "2", "complementary")]
    others = {before: released(visits, before, twice)}
    assert audit_over_time(DAY, released(visits, DAY, twice), others, lambda _: None, 11) == []


def test_a_large_class_that_is_hidden_too_protects_the_small_one():
    """From 1 to 10 of them can have come twice."""
    visits = seven_days(4)
    visits[WEEK[1]] += Counter(people(800, 830))
    visits[WEEK[3]] += Counter(people(800, 830))
    visits[WEEK[4]] += Counter(people(800, 830))
    three = [("7 days", "3", "complementary"), ("28 days", "3", "complementary")]
    assert judge(visits, [*MORE, *three]) == []


def test_records_that_came_late_for_a_released_day_are_a_small_difference():
    """The window has 3 visits more than its days."""
    visits = seven_days(0)
    late = {day: Counter(found) for day, found in visits.items()}
    late[WEEK[2]] += Counter(people(900, 903))
    found = judge(late, changed=visits)
    assert ("visit_frequency.csv of 2025-12-22", {"window": "7 days"}, 3, 3) in found


def test_many_records_that_came_late_are_no_small_difference():
    """A release of the day before differs from what the window holds by 30."""
    visits = seven_days(0)
    late = {day: Counter(found) for day, found in visits.items()}
    late[WEEK[2]] += Counter(people(900, 930))
    assert judge(late, changed=visits) == []


def test_a_day_of_few_visits_that_is_not_released_is_told_by_the_windows_that_hold_it():
    """The window less the other days."""
    visits = seven_days(0)
    visits[WEEK[2]] = Counter(people(900, 905))
    found = judge(visits, dates=[day for day in WEEK if day != WEEK[2]])
    assert ("visit_frequency.csv of 2025-12-22", {"window": "7 days"}, 5, 5) in found


def test_what_was_told_without_the_date_is_no_fault_of_it():
    """An earlier release would keep all later ones from being made."""
    visits = seven_days(3)
    visits[DAY + dt.timedelta(days=1)] = Counter(people(0, 40))
    after = DAY + dt.timedelta(days=1)
    others = {day: released(visits, day, TWICE if day == DAY else ()) for day in WEEK}
    last = released(visits, after)
    assert audit_over_time(after, last, others, lambda _: None, 11) == []


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 9)), min_size=1, max_size=80), st.integers(0, 6))
@pytest.mark.slow
def test_every_relation_holds_for_people_who_came_anyhow(came, ahead):
    """Also of dates after the one that is judged; one that does not hold would find what is not there."""
    visits: dict[dt.date, Counter[int]] = {}
    for back, person in came:
        visits.setdefault(DAY - dt.timedelta(days=back), Counter())[person] += 1
    date = DAY - dt.timedelta(days=ahead)
    wrong = []

    class Strict(window_relations.WindowRelations):
        def _can_hold(self, relation):
            wrong.extend([relation.words] if not super()._can_hold(relation) else [])
            return True

    dates = [DAY - dt.timedelta(days=back) for back in range(31)]
    counts, about = counts_of({day: released(visits, day) for day in dates}), describe_over_time().windows
    relations = Strict(about, date, dates, counts)
    assert (len(list(relations.relations())) > 100, wrong, relations.rests) == (True, [], [])


def counts_of(dates):
    """Counts of released dates, none of which hides any."""
    named = {day: _files(each) for day, each in dates.items()}
    about = dated(describe_reports(), describe_over_time().windows, named)
    files = {f"{day} {name}": content for day, each in named.items() for name, content in each.items()}
    return Counts(read_tables(about, files))


def _files(reports):
    return {f"{name}.csv": content for name, content in reports.items()}
