"""The alarms of a date in a real browser: seen first, with their pictures, on a phone and in the dark."""

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.document import WHOLE
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.alarm_sample import with_alarms
from tests.browser.conftest import DRAWN
from tests.browser.controls import PHONE, serious
from tests.browser.sample import RISING

pytestmark = pytest.mark.long


@pytest.fixture(params=["en", "de"])
def alarms(request, window, tmp_path):
    """The window at a page with alarms, in both languages."""
    file = tmp_path / "alarms.html"
    file.write_bytes(render_day(with_alarms(), bundled(request.param), chart_library(cache()), WHOLE))
    window.open(file.as_uri())
    window.wait(DRAWN)
    return window


def test_the_list_is_seen_first_and_its_pictures_have_a_size(alarms):
    """Above all other sections; a dot for each day in alarm, the last at the right edge."""
    assert alarms.run("return document.querySelector('main > section').id") == "alarms"
    width, height, dots, right = alarms.run(
        "const svg = document.querySelector('.alarm-curve svg'), box = svg.getBoundingClientRect();"
        "const dots = [...svg.querySelectorAll('.alarm')].map((dot) => dot.getBoundingClientRect());"
        "return [box.width, box.height, dots.length, (dots.at(-1).left - box.left) / box.width]"
    )
    assert (width > 400, height > 100, dots) == (True, True, 3)
    assert right > 0.95


def test_a_code_leads_to_its_curve(alarms):
    """By its link in the list."""
    alarms.run("document.querySelector('#alarms h3 a').click()")
    alarms.wait(f"return document.getElementById('trend-title').textContent.startsWith('{RISING}')")


def test_the_picture_is_there_as_a_table_and_by_gender_and_age(alarms):
    """On demand."""
    alarms.run("document.querySelectorAll('#alarms details').forEach((each) => { each.open = true; })")
    rows, curves = alarms.run(
        "return [document.querySelectorAll('#alarms tbody tr').length,"
        " document.querySelectorAll('#alarms .parts svg').length]"
    )
    assert (rows, curves) == (31, 3)


def test_nothing_is_wider_than_a_phone_and_keeps_anybody_out(alarms):
    """In dark colours too; the browser complains of nothing."""
    alarms.resize(*PHONE)
    alarms.prefer("dark")
    assert alarms.run("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert serious(alarms) == []
    assert alarms.complaints() == []
