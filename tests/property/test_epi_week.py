"""Weeks are those of an independent package and of Python's own ISO calendar, on any date."""

import datetime as dt

import pytest
from epiweeks import Week
from hypothesis import example, given
from hypothesis import strategies as st

from healthtrends.model.epi_week import epi_week

DATES = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))


@given(DATES)
@example(dt.date(2000, 2, 29))
@example(dt.date(2020, 12, 31))
@example(dt.date(2021, 1, 2))
def test_mmwr_weeks_are_those_of_the_package(date):
    """Year and number."""
    other = Week.fromdate(date, system="cdc")
    assert epi_week(date, "mmwr") == (other.year, other.week)


@given(st.dates())
@example(dt.date.min)
@example(dt.date.max)
def test_iso_weeks_are_those_of_python(date):
    """Over all of its calendar."""
    assert epi_week(date, "iso") == date.isocalendar()[:2]


@given(DATES)
def test_a_week_begins_on_its_first_day(date):
    """The same week until Saturday or Sunday, the next one after it."""
    for system, last in (("mmwr", 5), ("iso", 6)):
        is_last = date.weekday() == last
        after = epi_week(date + dt.timedelta(days=1), system)
        assert (after > epi_week(date, system)) == is_last


@pytest.mark.parametrize(
    ("date", "week"),
    [("2020-12-27", "2020-W53"), ("2021-01-02", "2020-W53"),
     ("2021-01-03", "2021-W01"), ("2025-12-22", "2025-W52"),
     ("2025-12-28", "2025-W53"), ("2026-01-04", "2026-W01")],
)  # fmt: skip
def test_weeks_that_the_cdc_publishes(date, week):
    """Its calendars of MMWR weeks; 2020 and 2025 have 53."""
    assert str(epi_week(dt.date.fromisoformat(date))) == week
