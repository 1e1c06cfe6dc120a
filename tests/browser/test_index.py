"""The index: days of a code, days, weeks and months, and the ways between it and the dates."""

import datetime as dt
import itertools

import pytest

from tests.browser.controls import PHONE, SHOWN, address, choose
from tests.browser.sample import DATE, sample_index

pytestmark = pytest.mark.long

FOUND = "return document.getElementById('found').textContent"
PERIOD = "return document.getElementById('period').textContent"
CHOSEN = "return [...document.querySelectorAll('.chosen')].map((cell) => cell.dataset.date)"


def test_the_index_shades_the_days_of_a_code_and_links_to_its_curve(index, pages):
    """From a code to a date's page, opened at that code."""
    choose(index, "#code", "kidney")
    assert index.run("return document.querySelectorAll('.found').length") == 58
    assert index.run("return document.getElementById('found').textContent").startswith(
        "N17.9 Acute kidney failure, unspecified"
    )
    index.click("#found-days a")
    index.wait(f"{SHOWN} === 'N17.9 Acute kidney failure, unspecified'")
    assert index.run("return location.href") == address(pages) + "#code=N17.9"


def test_an_address_of_the_index_with_a_code_shades_its_days(window, pages):
    """As on a date's page."""
    window.open((pages / "index.html").as_uri() + "#code=N17.9")
    assert window.run("return document.querySelectorAll('.found').length") == 58


def test_a_text_that_the_index_does_not_find_is_said(index):
    """And the shades of another code are gone."""
    choose(index, "#code", "N17.9")
    choose(index, "#code", "kidney tachycardia")
    assert index.run("return document.querySelectorAll('.found').length") == 0
    assert index.run(FOUND).startswith("Nothing is found for “kidney tachycardia”")


def test_the_index_steps_through_days_weeks_and_months(index):
    """With their visits; the calendar shows which days they are, and a day leads to its page."""
    history = sample_index().history
    index.click("#before")
    assert index.run(CHOSEN) == [str(day) for day in history.dates[-8:-1]]
    visits = f"{sum(history.visits[-8:-1]):,}"
    assert index.run(PERIOD) == f"Mon 15 Dec to Sun 21 Dec: {visits} visits on 7 known of 7 days."
    choose(index, "#unit", "month")
    assert index.run(PERIOD).startswith("Mon 1 Dec to Wed 31 Dec: ")
    assert index.run(PERIOD).endswith("on 20 known of 31 days.")
    choose(index, "#unit", "day")
    assert index.run("return document.getElementById('after').disabled") is True
    assert index.run("return document.querySelector('#period a').getAttribute('href')") == (
        f"date={DATE}/index.html"
    )
    index.click("#before")
    assert index.run(CHOSEN) == [str(DATE - dt.timedelta(days=1))]


def test_what_rose_leads_from_the_index_to_its_curve(index, pages):
    """On the page of the newest date."""
    index.click("#overview .rose a")
    index.wait(f"{SHOWN} === 'N17.9 Acute kidney failure, unspecified'")
    assert index.run("return location.href") == address(pages) + "#code=N17.9"


def test_a_date_leads_back_to_the_index(day, pages):
    """The link works from disk."""
    day.click(".brand a")
    day.wait("return document.querySelector('#calendar') !== null")
    assert day.run("return location.href") == (pages / "index.html").as_uri()
    assert day.complaints() == []


def test_dates_under_the_curve_of_the_index_do_not_run_together_on_a_phone(window, pages):
    """The last one is set to the left, towards the one before it."""
    window.resize(*PHONE)
    window.open((pages / "index.html").as_uri())
    edges = window.run(
        "return [...document.querySelectorAll('.dates span')].filter((span) => span.offsetParent)"
        ".map((span) => { const {left, right} = span.getBoundingClientRect(); return [left, right] })"
    )
    assert len(edges) > 1
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(edges))
