"""The nowcast of the newest days in a real browser: intervals that are seen, on a phone too."""

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.document import WHOLE
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.conftest import DRAWN
from tests.browser.controls import PHONE, serious
from tests.browser.sample import sample

pytestmark = pytest.mark.long


@pytest.fixture
def nowcast(window, tmp_path):
    """The window at a page whose last days are not complete."""
    file = tmp_path / "nowcast.html"
    file.write_bytes(render_day(sample(), bundled("en"), chart_library(cache()), WHOLE))
    window.open(file.as_uri())
    window.wait(DRAWN)
    return window


def test_the_narrow_interval_lies_inside_the_wide_one(nowcast):
    """Both have a size and a colour, and the day's bar ends below what is expected."""
    most, half, stored = nowcast.run(
        "return ['.most', '.half', '.stored'].map((kind) => {"
        " const box = document.querySelector('#nowcast svg ' + kind).getBoundingClientRect();"
        " return [box.top, box.bottom]; })"
    )
    assert most[0] < half[0] < half[1] < most[1]
    assert stored[0] > half[0]
    fills = nowcast.run(
        "return ['.most', '.half', '.expected'].map((kind) =>"
        " getComputedStyle(document.querySelector('#nowcast svg ' + kind)).fill)"
    )
    assert len({*fills, "rgb(0, 0, 0)"}) == 4


def test_it_fits_on_a_phone_and_keeps_nobody_out(nowcast):
    """In dark colours too; the browser complains of nothing."""
    nowcast.resize(*PHONE)
    nowcast.prefer("dark")
    nowcast.run("document.querySelectorAll('#nowcast details').forEach((each) => { each.open = true; })")
    assert nowcast.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert serious(nowcast) == []
    assert nowcast.complaints() == []
