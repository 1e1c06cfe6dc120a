"""The nowcast on a date's page: what is stored of the newest days, and what they will have in the end."""

import dataclasses
import datetime as dt
import re

import pytest

from healthtrends.page.data import Table
from healthtrends.page.nowcast_picture import HEIGHT, WIDTH, NowcastRow, nowcast_picture
from healthtrends.page.render import render_day
from healthtrends.page.sections.nowcast import nowcast
from healthtrends.page.translations import bundled
from tests.browser.sample import DATE, sample
from tests.unit.parsed_page import LIBRARY, Parsed

EN, DE = bundled("en"), bundled("de")


def page_with(*rows):
    """The synthetic page with these rows of the report."""
    page = sample()
    file = page.reports["nowcast"]
    changed = dataclasses.replace(file, table=Table(file.table.columns, rows))
    return dataclasses.replace(page, reports={**page.reports, "nowcast": changed})


def untold(state):
    """The date, without a nowcast for this reason."""
    return (str(DATE), "all", "0", "41", "", "", "", "", "", "", state)


def drawn(*rows):
    """Left, top, width and height of the boxes of each kind."""
    areas = nowcast_picture(rows, EN).areas
    box = re.compile(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-[\d.]+z")
    return {area.kind: [tuple(map(float, each)) for each in box.findall(area.path)] for area in areas}


def test_the_newest_day_with_a_nowcast_is_one_sentence():
    """Stored, expected in the end, and from how many to how many."""
    assert nowcast(sample(), EN).says == (
        "21 Dec: 980 records are stored, 1,002 are expected in the end, "
        "in nine of ten cases 990\N{EN DASH}1,018."
    )


def test_the_picture_has_both_intervals_of_a_day_and_a_bar_of_what_is_stored():
    """From the back: the bar, the wide interval, the narrow one, the line at what is expected."""
    assert [area.kind for area in nowcast(sample(), EN).picture.areas] == [
        "stored",
        "most",
        "half",
        "expected",
    ]


def test_a_day_without_a_nowcast_has_its_bar_alone():
    """It is too early, or the history too short."""
    found = drawn(NowcastRow(DATE, 5, None, None, None, "too early"))
    assert {kind: len(boxes) for kind, boxes in found.items()} == {
        "stored": 1, "most": 0, "half": 0, "expected": 0
    }  # fmt: skip


def test_heights_are_counts_on_one_scale_from_zero():
    """50 of 100 stored, 80 to 100 in the end."""
    found = drawn(NowcastRow(DATE, 50, 90.0, (88, 92), (80, 100), "nowcast"))
    ((_, top, _, height),), ((_, most_top, _, most_height),) = found["stored"], found["most"]
    assert (top, height) == (HEIGHT / 2, HEIGHT / 2)
    assert (most_top, most_height) == (0, HEIGHT / 5)


def test_a_day_without_a_row_keeps_its_place():
    """A gap in the days is a gap in the picture."""
    days = [DATE - dt.timedelta(days=2), DATE]
    found = drawn(*(NowcastRow(day, 5, None, None, None, "too early") for day in days))
    assert [int(left // (WIDTH / 3)) for left, *_ in found["stored"]] == [0, 2]


def test_the_table_has_the_newest_day_first_and_says_why_one_has_no_nowcast():
    """Intervals as from and to."""
    assert nowcast(sample(), EN).rows == [
        ("2025-12-22", "41", "", "", "", "too early"),
        ("2025-12-21", "980", "1,002", "997\N{EN DASH}1,007", "990\N{EN DASH}1,018", ""),
    ]


@pytest.mark.parametrize("state", ["too little history", "too early", "not recorded"])
@pytest.mark.parametrize("words", [EN, DE], ids=["en", "de"])
def test_without_a_nowcast_the_reason_is_a_sentence(words, state):
    """And there is no picture."""
    found = nowcast(page_with(untold(state)), words)
    assert (found.says, found.picture) == (words(f"nowcast.none_{state.replace(' ', '_')}"), None)


def test_complete_days_have_no_such_section():
    """Nothing is still to come; an issue of an earlier version has no such report."""
    complete = (str(DATE), "all", "14", "41", "41.0", "41", "41", "41", "41", "", "complete")
    assert nowcast(page_with(complete), EN) is None
    assert nowcast(page_with(), EN) is None


def test_the_page_says_that_the_picture_is_not_of_a_code():
    """Above it; the sentence of the newest day is the name of the picture."""
    page = Parsed(render_day(sample(), EN, LIBRARY))
    (picture,) = (each for _, each in page.elements if each.get("aria-labelledby") == "nowcast-says")
    assert picture["role"] == "img"
    assert [tag for tag, each in page.elements if each.get("id") == "nowcast-says"] == ["p"]
    assert "of all codes together" in page.page
