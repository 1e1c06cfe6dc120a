"""The charts as they are drawn: points, gaps, hidden numbers, axes, words, and the reader's scheme."""

import dataclasses
import datetime as dt

import pytest

from healthtrends.model.history import History
from tests.browser.conftest import DRAWN
from tests.browser.controls import PHONE, SHOWN, address, choose, written
from tests.browser.sample import DATE, sample

pytestmark = pytest.mark.long

LABELS = (
    "return [...document.querySelectorAll('#trend-chart .role-axis-label text')]"
    ".map((node) => node.textContent)"
)
WIDER = (
    "return [...document.querySelectorAll('.chart svg')].flatMap((chart) => {"
    "const end = chart.getBoundingClientRect().right + 1;"
    "return [...chart.querySelectorAll('text')].filter((text) => text.getBoundingClientRect().right > end)"
    ".map((text) => text.textContent)})"
)


def test_the_chart_has_a_point_for_every_known_day(day):
    """Drawn, not only an empty frame."""
    history = sample().history
    known = sum(count is not None for count in history.patients["N17.9"])
    assert day.run(SHOWN) == "N17.9 Acute kidney failure, unspecified"
    assert day.run("return document.querySelectorAll('#trend-chart .mark-symbol path').length") == known


def test_days_without_a_number_are_hatched_and_the_line_breaks(day):
    """Two such days; the line begins anew behind them."""
    hatched = "return document.querySelectorAll('#trend-chart path[fill=\"url(#hatch)\"]').length"
    assert day.run(hatched) == 2
    lines = day.run(
        "return [...document.querySelectorAll('#trend-chart .mark-line path')]"
        ".map((path) => path.getAttribute('d'))"
    )
    assert max(line.count("M") for line in lines if line) > 1


def test_a_hidden_number_is_a_cross_and_not_a_zero(day):
    """On the ground line, with a note in the table."""
    hidden = next(
        code
        for code, counts in sample().history.patients.items()
        if any(c is None and s == "observed" for c, s in zip(counts, sample().history.states, strict=True))
    )
    choose(day, "#code", hidden)
    day.wait("return document.getElementById('trend-table').textContent.includes('hidden')")
    day.wait("return document.querySelectorAll('#trend-chart .layer_7_marks path').length === 1")


@pytest.mark.parametrize("length", [1, 2, 4, 9])
@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
def test_the_time_axis_names_no_day_twice(window, tmp_path, length, zone):
    """However few there are, and wherever the reader is."""
    window.devtools("Emulation.setTimezoneOverride", timezoneId=zone)
    try:
        window.open(written(tmp_path, last_days(length)))
        window.wait(DRAWN)
        labels = [label for label in window.run(LABELS) if not label.isdigit()]
    finally:
        window.devtools("Emulation.setTimezoneOverride", timezoneId="")
    assert len(labels) == len(set(labels))
    assert set(labels) <= {f"{DATE - dt.timedelta(days=back):%-d %b}" for back in range(length + 1)}


def last_days(length):
    """The sample with a history of so many days."""
    history = sample(6).history
    patients = {code: counts[-length:] for code, counts in history.patients.items()}
    short = History(history.dates[-length:], history.states[-length:], history.visits[-length:], patients)
    return dataclasses.replace(sample(6), history=short)


def test_a_chart_says_in_words_what_it_shows(day):
    """For those who do not see it."""
    says = day.run("return document.getElementById('trend-chart').getAttribute('aria-label')")
    assert "N17.9 Acute kidney failure, unspecified" in says
    assert "58 known days, 2 days not known" in says
    assert day.run("return document.querySelectorAll('.chart[role=img]:not([aria-label])').length") == 0


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("part", ["", "de"])
def test_no_text_of_a_chart_is_cut_off(window, pages, part, size):
    """The last word of a legend was, beside the long titles of codes."""
    window.resize(*size)
    window.open(address(pages, part))
    window.wait(DRAWN)
    assert window.run(WIDER) == []


def test_dark_is_dark(window, pages):
    """Ground and charts follow the reader's scheme without being drawn again."""
    shades = "return getComputedStyle(document.querySelector(arguments[0])).fill"
    window.open(address(pages))
    window.wait(DRAWN)
    light = window.run(shades, "#ages-chart .mark-rect path")
    window.prefer("dark")
    assert window.run(shades, "#ages-chart .mark-rect path") != light
