"""The section of places in a real browser: the filter, its address, the charts, against the report's CSV."""

import csv
import dataclasses
import io

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.data import Table
from healthtrends.page.document import WHOLE
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.conftest import DRAWN
from tests.browser.controls import PHONE, choose, serious
from tests.browser.sample import DATE, sample

pytestmark = pytest.mark.long

HOSTILE = '</script><img src=x>&"\u202eH9'
PARTS = "return ['facility-part', 'region-part'].filter((id) => !document.getElementById(id).hidden)"
ROWS = (
    "return [...document.querySelectorAll('#places tbody tr')].filter((row) => row.offsetParent)"
    ".map((row) => [...row.cells].slice(0, 4).map((cell) => cell.textContent))"
)
CHARTS = (
    "return [...document.querySelectorAll('.small-charts li')].filter((item) => item.offsetParent)"
    ".map((item) => item.querySelector('a').textContent)"
)
SAYS = "return document.getElementById('place-shown').textContent"
SCALES = (
    "return [...document.querySelectorAll('.small-charts .chart')].map((chart) =>"
    "[...chart.querySelectorAll('.role-axis-label text')].map((text) => text.textContent)"
    ".filter((text) => /^[\\d,]+$/.test(text)).pop())"
)


@pytest.fixture
def places(window, pages):
    """Open the date's page with a fragment."""

    def opened(fragment="", part=""):
        window.open("about:blank")
        window.open((pages / part / f"date={DATE}" / "index.html").as_uri() + fragment)
        window.wait(DRAWN)
        return window

    return opened


def published():
    """The `places` CSV, as the sample's issue has it: visits, percent and patients by level and place."""
    table = sample().table("places")
    text = io.StringIO()
    csv.writer(text).writerows([table.columns, *table.rows])
    text.seek(0)
    return {
        (row["level"], row["place"]): [row["visits"], row["percent_of_visits"], row["patients"]]
        for row in csv.DictReader(text)
    }


def test_all_places_are_there_with_the_numbers_of_the_report(places):
    """Every cell of the two tables is that of the CSV."""
    rows = {name: [cell.replace(",", "") for cell in cells] for name, *cells in places().run(ROWS)}
    found = {place: numbers for (_, place), numbers in published().items()}
    found["not stated"] = found.pop("(not given)")
    found[HOSTILE.replace("\u202e", r"\u202e")] = found.pop(HOSTILE)
    assert {name: rows[name] for name in found} == found


def test_a_facility_is_chosen_and_the_table_and_the_charts_follow(places):
    """The other part goes; the address says what is chosen."""
    window = places()
    choose(window, "#place", "facility:H3")
    assert window.run(PARTS) == ["facility-part"]
    assert window.run(ROWS)[0] == ["H3", *published()["facility", "H3"]]
    assert window.run(CHARTS) == ["H3"]
    assert window.run("return location.hash") == "#place=facility:H3"
    assert window.run(SAYS) == "Only H3 is shown, beside the whole date."


def test_a_reload_shows_the_same_place(places):
    """From the address alone, as somebody sent it."""
    window = places("#place=region:South")
    assert window.run(PARTS) == ["region-part"]
    assert [row[0] for row in window.run(ROWS)] == ["South", "Whole date"]
    assert window.run("return document.getElementById('place').value") == "region:South"


def test_all_comes_back_with_all(places):
    """Tables as they were, and an address without a place."""
    window = places("#place=region:South")
    before = places().run(ROWS)
    choose(window, "#place", "region:South")
    choose(window, "#place", "")
    window.wait(DRAWN)
    assert window.run(ROWS) == before
    assert window.run("return location.hash") == ""


def test_code_and_place_are_both_in_the_address(places):
    """A link to another code leaves the place chosen."""
    window = places("#code=I47.1&place=facility:H1")
    assert window.run("return document.getElementById('code').value") == "I47.1"
    assert window.run(CHARTS) == ["H1"]
    window.click("#top a[href='#code=N17.9']")
    window.wait("return location.hash === '#code=N17.9&place=facility:H1'")
    assert window.run(CHARTS) == ["H1"]


def test_an_earlier_or_later_date_opens_at_the_same_place(places):
    """The steps keep the address."""
    window = places()
    choose(window, "#place", "facility:H1")
    links = window.run("return [...document.querySelectorAll('#steps a')].map((link) => link.href)")
    assert links
    assert all(link.endswith("#place=facility:H1") for link in links)


def test_the_filter_works_by_keyboard(places):
    """Letters choose in the list, as in any other."""
    window = places()
    window.run("document.getElementById('place').focus()")
    window.press("H", "3")
    window.wait("return location.hash === '#place=facility:H3'")
    assert window.run(CHARTS) == ["H3"]
    window.run("document.getElementById('same-scale').focus()")
    window.press(" ")
    assert window.run("return document.getElementById('same-scale').checked") is False


def test_a_name_over_a_chart_chooses_it(places):
    """A link, so that it can be kept or sent."""
    window = places()
    window.click(".small-charts a[href='#place=region:North']")
    window.wait("return location.hash === '#place=region:North'")
    assert [row[0] for row in window.run(ROWS)] == ["North", "Whole date"]


def test_charts_have_one_scale_until_it_is_switched_off(places):
    """Then each has its own."""
    window = places()
    assert window.run(SCALES)[:4] == ["1,000"] * 4
    window.click("#same-scale")
    window.wait("return document.querySelectorAll('.small-charts svg').length === 7")
    assert len(set(window.run(SCALES)[:4])) > 1


def test_odd_names_are_shown_as_text_and_can_be_chosen(places):
    """Tags are no tags, and what turns text around is spelled out."""
    window = places()
    choose(window, "#place", f"facility:{HOSTILE}")
    shown = HOSTILE.replace("\u202e", r"\u202e")
    assert window.run(CHARTS) == [shown]
    assert window.run(ROWS)[0][0] == shown
    address = window.run("return location.hash")
    assert places(address).run(CHARTS) == [shown]
    assert window.complaints() == []


@pytest.mark.parametrize("fragment", ["#place=facility:%3Cimg%20src%3Dx%3E", "#place=H1", "#place=%E0%A4%A"])
def test_a_place_that_is_not_there_is_said_and_all_are_shown(places, fragment):
    """Not on this date, of no level, or no address that a page made."""
    window = places(fragment)
    assert window.run(PARTS) == ["facility-part", "region-part"]
    said = window.run(SAYS)
    assert said == "" if "%E0" in fragment else said.startswith("No record of this date names “")
    assert window.complaints() == []


def test_a_chart_says_in_words_what_it_shows(places):
    """In German too."""
    label = "return document.querySelector('.small-charts .chart').getAttribute('aria-label')"
    assert "between 487 and 1,136 visits on the 58 known days, 2 days not known" in places().run(label)
    assert "58 bekannten Tagen" in places(part="de").run(label)


def with_many(count):
    """The sample with so many facilities."""
    page = sample()
    rows = [("facility", f"H{n:04d}", str(n), str(n + 1), "0.1") for n in range(count)]
    table = Table(page.table("places").columns, rows)
    days = range(len(page.history.dates))
    counts = {f"H{n:04d}": [n * (3 + day % 7) // 7 for day in days] for n in range(count)}
    history = dataclasses.replace(page.history, places={"facility": counts})
    report = dataclasses.replace(page.reports["places"], table=table)
    return dataclasses.replace(page, history=history, reports={**page.reports, "places": report})


def test_500_facilities_have_12_charts_20_rows_and_all_in_the_filter(window, tmp_path):
    """One that is not listed is reached by its address; 60 days of all of them add less than 150 kB."""
    library = chart_library(cache())
    file = tmp_path / "many.html"
    whole = render_day(with_many(500), bundled("en"), library, WHOLE)
    file.write_bytes(whole)
    assert len(whole) - len(render_day(with_many(1), bundled("en"), library, WHOLE)) < 150_000
    window.open(file.as_uri())
    window.wait(DRAWN)
    assert len(window.run(CHARTS)) == 12
    assert [row[0] for row in window.run(ROWS)][-2:] == ["Others (480)", "Whole date"]
    assert window.run("return document.querySelectorAll('#place option').length") == 501
    window.open(file.as_uri() + "#place=facility:H0003")
    window.wait("return document.querySelectorAll('.small-charts svg').length === 1")
    assert window.run(ROWS)[0] == ["H0003", "4", "0.10", "3"]


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_with_a_place_chosen(places, window, scheme, size):
    """The page as a whole is looked at in test_accessibility."""
    window.prefer(scheme)
    window.resize(*size)
    assert serious(places("#place=facility:H1")) == []


def test_paper_has_the_chosen_place_and_not_the_filter(places):
    """What is left out is said in a sentence."""
    window = places("#place=facility:H1")
    window.prefer("light", media="print")
    shown = "return document.querySelector(arguments[0]).getClientRects().length > 0"
    assert window.run(shown, "#place") is False
    assert window.run(shown, "#place-shown") is True
    assert window.run(shown, ".small-charts.single svg") is True
