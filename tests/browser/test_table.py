"""The table of everything: filter, order, length, and its download."""

import csv

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.document import WHOLE
from healthtrends.page.render import render_day
from healthtrends.page.translations import bundled
from tests.browser.chromium import until
from tests.browser.conftest import DRAWN
from tests.browser.controls import address, choose
from tests.browser.sample import DATE, sample

pytestmark = pytest.mark.long

ROWS = "return [...document.querySelectorAll('#everything tbody tr')].map((row) => row.textContent)"
CELLS = (
    "return [...document.querySelectorAll('#everything tbody tr')]"
    ".map((row) => row.cells[arguments[0]].textContent)"
)


def test_the_table_filters_by_a_word_of_a_title(day):
    """Titles count as part of the row."""
    choose(day, "#filter", "kidney failure")
    assert all("kidney failure" in row for row in day.run(ROWS))
    assert day.run("return document.getElementById('rows-shown').textContent").startswith("1 of 1")


def test_the_table_filters_by_all_words_in_any_order(day):
    """As the search for a code does."""
    choose(day, "#filter", "failure kidney")
    assert day.run("return document.getElementById('rows-shown').textContent").startswith("1 of 1")


def test_the_table_sorts_by_numbers_and_back(day):
    """Not 9 before 10, and the header says which way."""
    day.click("#everything thead th:nth-child(2) button")
    rising = [int(text) for text in day.run(CELLS, 1)]
    assert rising == sorted(rising)
    day.click("#everything thead th:nth-child(2) button")
    falling = [int(text) for text in day.run(CELLS, 1)]
    assert falling == sorted(falling, reverse=True)
    assert day.run("return document.querySelectorAll('#everything th[aria-sort=descending]').length") == 1


def test_cells_that_are_not_known_come_last_whichever_way_it_sorts(day):
    """They are neither small nor great."""
    choose(day, "#report", "visit_frequency")
    for _ in range(2):
        day.click("#everything thead th:nth-child(3) button")
        assert day.run(CELLS, 2)[-5:] == [""] * 5


def test_every_report_can_be_chosen(day):
    """Each with its rows."""
    for name, file in sample().reports.items():
        choose(day, "#report", name)
        assert len(day.run(ROWS)) == min(len(file.table.rows), 200)


def test_a_long_table_shows_more_rows_when_asked_and_says_where_all_are(window, pages):
    """70,000 codes: 200 rows at first, 2,000 in the page, the rest in the CSV."""
    window.open(address(pages, "many"))
    window.wait(DRAWN)
    assert "the first 2,000 of 70,000. The whole file: /healthTrend/reports/trend_summary" in window.run(
        "return document.getElementById('rows-shown').textContent"
    )
    window.click("#everything tbody button")
    assert len(window.run(ROWS)) == 1201


def test_the_download_is_the_filtered_table_with_formulas_made_text(day, tmp_path):
    """As a spreadsheet would open it; numbers stay numbers."""
    day.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    choose(day, "#report", "treatment_outcomes")
    day.click("#download")
    file = tmp_path / f"treatment_outcomes_{DATE}.csv"
    until(lambda: file.exists() and file.stat().st_size, "a download")
    with file.open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    values = {row["treatment_code"] for row in rows}
    assert len(rows) == 120
    assert {"'=1+1", "'@cmd", 'a"b,c', "-5", "+5", "</script><img src=x onerror=alert(1)>"} <= values
    assert "=1+1" not in values


def test_signs_that_turn_text_around_are_spelled_out_and_downloaded_as_they_are(window, tmp_path):
    """In the table, its filter and an address that somebody sent; the file has the value."""
    name = "H1\u202e\u2066x\x9b"
    page = sample(20, hostile=(name,))
    library = chart_library(cache())
    (tmp_path / "page.html").write_bytes(render_day(page, bundled("en"), library, WHOLE))
    window.open((tmp_path / "page.html").as_uri() + "#code=%E2%80%AEx")
    window.wait("return document.querySelector('#everything tbody tr') !== null")
    choose(window, "#report", "treatment_outcomes")
    shown = window.run("return document.body.innerText")
    assert r"H1\u202e\u2066x\u009b" in shown
    assert r"\u202ex" in shown
    assert not set("\u202e\u2066\x9b") & set(shown)
    window.devtools("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    window.click("#download")
    file = tmp_path / f"treatment_outcomes_{DATE}.csv"
    until(lambda: file.exists() and file.stat().st_size, "a download")
    assert name in file.read_text(encoding="utf-8-sig")
