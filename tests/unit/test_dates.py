"""Dates on the command line: calendar days, and words for some of them."""

import datetime as dt

import click
import pytest

from healthtrends.cli.dates import LATEST, Day, days, in_zone, waits_for_zone
from healthtrends.config import Settings


@pytest.fixture(autouse=True)
def _noon(monkeypatch):
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T00:30:00+02:00")


def converted(text: str, **how: bool) -> dt.date:
    day = Day(**how).convert(text, None, None)
    return in_zone(day, "UTC") if waits_for_zone(day) else day


@pytest.mark.parametrize(("word", "day"), [("today", 22), ("yesterday", 21)])
def test_words_are_days_of_utc(word, day):
    """It is the 23rd already where the clock stands."""
    assert converted(word) == dt.date(2025, 12, day)


def test_latest_waits_for_the_log():
    """A range cannot begin with it."""
    assert converted("latest", latest=True) == LATEST
    assert days(LATEST, None, None, Settings()) == [LATEST]


def test_latest_is_no_date_where_no_log_is_asked():
    """Of synthetic records, say."""
    with pytest.raises(click.BadParameter, match="today or yesterday"):
        converted("latest")
