"""The pages in a real browser, opened from disk: by mouse, by keyboard, on a phone, in the dark, on paper."""

import base64
import csv
import dataclasses
import datetime as dt
import importlib.resources
import itertools
import os
import subprocess
from pathlib import Path
from urllib.parse import unquote

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.model.history import History
from healthtrends.page.dates import render_dates
from healthtrends.page.document import WHOLE
from healthtrends.page.render import render_day
from healthtrends.page.shared import shared_files
from healthtrends.page.translations import bundled
from tests.browser.chromium import until
from tests.browser.conftest import DRAWN
from tests.browser.sample import DATE, sample, sample_index

pytestmark = pytest.mark.long

AXE = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
PHONE = (360, 740)
FOUND = "return document.getElementById('found').textContent"
SHOWN = "return document.getElementById('trend-title').textContent"
ROWS = "return [...document.querySelectorAll('#everything tbody tr')].map((row) => row.textContent)"
CELLS = (
    "return [...document.querySelectorAll('#everything tbody tr')]"
    ".map((row) => row.cells[arguments[0]].textContent)"
)


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """Where CI wants pictures; they are no test."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) if folder else None


def address(pages, part=""):
    """Of the date's page in one of the folders, as the browser writes it."""
    return unquote((pages / part / f"date={DATE}" / "index.html").as_uri())


def choose(window, selector, value):
    """Set a control as a person would, and let the page know."""
    window.run(
        "const node = document.querySelector(arguments[0]); node.value = arguments[1];"
        "node.dispatchEvent(new Event('input', {bubbles: true}));"
        "node.dispatchEvent(new Event('change', {bubbles: true}));",
        selector,
        value,
    )


def serious(window):
    """What axe-core finds that keeps people out, each with its place."""
    window.run(AXE)
    return window.run_async(
        "const done = arguments[arguments.length - 1];"
        "axe.run().then(({violations}) => done(violations"
        ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
        ".map(({id, nodes}) => [id, nodes[0].html.slice(0, 200)])));"
    )


@pytest.mark.parametrize("part", ["", "de", "many"])
def test_a_page_draws_three_charts_with_what_lies_beside_the_index(window, pages, part):
    """In English, in German, and with 70,000 codes; nothing else is asked for."""
    window.open(address(pages, part))
    window.wait(DRAWN)
    assert window.complaints() == []
    beside = (pages / part / "assets").as_uri()
    page, dates, *rest = sorted(window.requests(), key=lambda each: each.startswith(beside))
    assert (page, dates) == (address(pages, part), unquote((pages / part / "dates.js").as_uri()))
    assert len(rest) == 5
    assert all(each.startswith(beside) for each in rest)


def test_a_whole_page_needs_no_other_file(window, pages, tmp_path):
    """As it is saved or mailed."""
    file = tmp_path / "mailed.html"
    file.write_bytes((pages / "whole.html").read_bytes())
    window.open(file.as_uri())
    window.wait(DRAWN)
    assert (window.complaints(), window.requests()) == ([], [file.as_uri()])


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


ALSO = "return [...document.querySelectorAll('#also li')].map((item) => item.textContent)"


def written(folder, page, dates=None):
    """Address of a date's page in a folder of its own, beside a list of dates if there is one."""
    file = folder / f"date={DATE}" / "index.html"
    file.parent.mkdir()
    words, library = bundled("en"), chart_library(cache())
    file.write_bytes(render_day(page, words, library))
    (folder / "assets").mkdir()
    for path, content in shared_files(words, library).items():
        (folder / path).write_bytes(content)
    if dates is not None:
        (folder / "dates.js").write_bytes(render_dates(dates))
    return file.as_uri()


BADGES = "return [...document.querySelectorAll('.badge')].map((badge) => badge.textContent)"
NEWER = "const node = document.getElementById('newer'); return [node.hidden, node.textContent]"
DASHED = "return document.querySelectorAll('#trend-chart path[stroke-dasharray][d]').length"
LONG = 365 * 500


def test_a_page_that_was_provisional_is_final_once_that_time_is_over(day):
    """By the clock of the reader; the page is as it was made."""
    assert day.run(BADGES) == ["final", "final"]
    glance = day.run("return document.getElementById('glance').textContent")
    assert (
        "No more records are expected for this date.No more records are expected for the dates before"
        in glance
    )
    assert day.run(DASHED) == 0


def test_an_earlier_issue_says_that_a_newer_one_exists(window, tmp_path):
    """Read from the list beside the index, from disk."""
    window.open(written(tmp_path, sample(6), {DATE: (3, "final")}))
    window.wait(DRAWN)
    says = "A newer issue of this date exists: issue 3. This page is issue 2."
    assert window.run(NEWER) == [False, says]


def test_the_newest_issue_says_that_records_came_after_it(window, tmp_path):
    """As the index says it."""
    window.open(written(tmp_path, sample(6), {DATE: (2, "stale")}))
    window.wait(DRAWN)
    assert window.run(NEWER)[1].startswith("Records of this date came after")


STEPS = (
    "return [...document.querySelectorAll('#steps li')].map((item) => [item.firstChild.textContent, "
    "...[...item.querySelectorAll('a')].map((link) => link.getAttribute('href'))])"
)


def test_a_page_leads_to_the_dates_before_and_after_that_have_one(day):
    """The next, and those at least a week and a month away; the code that is shown is kept."""
    choose(day, "#code", "I47.1")

    def page(back):
        return f"../date={DATE - dt.timedelta(days=back)}/index.html#code=I47.1"

    assert day.run(STEPS) == [["Day", page(1), page(-3)], ["Week", page(8)], ["Month", page(32)]]


def test_a_script_finds_the_title_that_the_page_has(day):
    """Its own, that of a code above it, that of its group, or none."""
    codes = ["N17.9", "E11.65", "I10.90", "A02.9", "Z99.9999", "U99", "X99.1", "ABC"]
    found = day.run("return arguments[0].map((code) => titleOf(code) || null)", codes)
    expected = [bundled("en").title(code) for code in codes]
    assert found == [title.text if title else None for title in expected]
    assert None in found


def test_a_browser_that_cannot_read_the_data_is_told_so(day):
    """In words, for the tables are there all the same."""
    told = day.run_async(
        "const done = arguments[arguments.length - 1]; delete window.DecompressionStream;"
        "unpacked().catch(() => done(document.querySelector('header').textContent));"
    )
    assert "This browser is too old for charts, search and the table of everything" in told


def test_a_page_alone_says_nothing_of_other_issues(window, tmp_path):
    """It works as well, and complains of the missing list only."""
    window.open(written(tmp_path, sample(6)))
    window.wait(DRAWN)
    assert window.run(NEWER) == [True, ""]
    assert all("dates.js" in line for line in window.complaints())


def test_an_empty_date_has_no_chart_and_no_fault(window, tmp_path):
    """One sentence; nothing is drawn over empty axes."""
    page = sample(6)
    made = dataclasses.replace(page.provenance, input_records=0, state="empty", provisional_until=None)
    empty = dataclasses.replace(page, provenance=made)
    window.open(written(tmp_path, empty, {DATE: (3, "empty")}))
    assert window.run("return document.querySelectorAll('.chart, svg.marks').length") == 0
    assert window.run(NEWER)[0] is False
    assert window.complaints() == []


LABELS = (
    "return [...document.querySelectorAll('#trend-chart .role-axis-label text')]"
    ".map((node) => node.textContent)"
)


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


def test_provisional_days_are_dashed(window, tmp_path):
    """From the last complete day on, as long as records may still come."""
    window.open(written(tmp_path, sample(6, open_days=LONG)))
    window.wait(DRAWN)
    assert window.run(BADGES)[0].startswith("provisional until ")
    assert (
        window.run("return document.querySelectorAll('#trend-chart path[stroke-dasharray][d]').length") >= 1
    )


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


def test_another_code_is_found_by_a_word_of_its_title(day):
    """Nobody knows all codes by heart."""
    choose(day, "#code", "supraventricular")
    assert day.run(SHOWN) == "I47.1 Supraventricular tachycardia"
    assert day.run("return location.hash") == "#code=I47.1"


def test_all_words_count_in_any_order(day):
    """Not only as they stand in the title."""
    choose(day, "#code", "tachycardia  SUPRAV")
    assert day.run(SHOWN) == "I47.1 Supraventricular tachycardia"


def test_a_word_of_the_category_finds_its_codes(day):
    """I47 is paroxysmal tachycardia; the title of I47.1 does not say so."""
    choose(day, "#code", "paroxysmal")
    assert day.run(SHOWN) == "I47.1 Supraventricular tachycardia"


def test_a_text_that_finds_nothing_is_said_and_leaves_no_other_chart_under_it(day):
    """Neither a title, nor a picture, nor a table of another code."""
    choose(day, "#code", "kidney tachycardia")
    assert day.run(SHOWN).startswith("Nothing is found for “kidney tachycardia”")
    day.wait("return document.querySelectorAll('#trend-chart svg').length === 0")
    assert day.run("return document.getElementById('trend-table').textContent") == ""
    assert day.run("return location.hash") == ""
    choose(day, "#code", "I47.1")
    day.wait("return document.querySelectorAll('#trend-chart svg').length === 1")


def test_words_of_several_codes_offer_the_others(day):
    """The most frequent is shown; the rest are links."""
    choose(day, "#code", "unspecified")
    first, *links = day.run(ALSO)
    assert first.endswith("more with these words:")
    assert links
    assert "unspecified" in day.run(SHOWN)
    day.click("#also a")
    day.wait(f"{SHOWN} === arguments[0]", links[0])


def test_a_link_in_the_page_shows_the_curve_of_its_code(day):
    """From the list of the most frequent."""
    day.click("#top a[href='#code=I47.1']")
    day.wait(f"{SHOWN} === 'I47.1 Supraventricular tachycardia'")


def test_an_address_with_a_code_opens_at_its_curve(window, pages):
    """As the index links to it."""
    window.open(address(pages) + "#code=I47.1")
    window.wait(f"{SHOWN} === 'I47.1 Supraventricular tachycardia'")


def test_an_address_with_a_code_that_is_not_there_says_so(window, pages):
    """And nothing breaks, hostile as it may be."""
    window.open(address(pages) + "#code=%3Cimg%20src%3Dx%3E")
    window.wait(f"{SHOWN}.includes('<img src=x>')")
    assert window.complaints() == []


def test_a_long_change_leaves_room_for_the_title(day):
    """A count with its usual range is as wide as half of the list; a title beside it had a word a line."""
    width = day.run(
        "const change = document.querySelector('.rose .changes strong'); change.textContent = arguments[0];"
        "return change.previousElementSibling.offsetWidth",
        "16 (usually 1 to 7)",
    )
    assert width > 200, "the change stands below"


def test_a_chart_says_in_words_what_it_shows(day):
    """For those who do not see it."""
    says = day.run("return document.getElementById('trend-chart').getAttribute('aria-label')")
    assert "N17.9 Acute kidney failure, unspecified" in says
    assert "58 known days, 2 days not known" in says
    assert day.run("return document.querySelectorAll('.chart[role=img]:not([aria-label])').length") == 0


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


def test_all_is_reached_by_keyboard_and_the_focus_is_seen(day):
    """The first stop skips to the content; a header sorts by Enter and keeps the focus."""
    day.press("Tab")
    assert day.run("return document.activeElement.className") == "skip"
    day.press("Enter")
    assert day.run("return document.activeElement.id") == "content"
    day.run("document.querySelector('#everything thead th:nth-child(2) button').focus()")
    day.press("Enter")
    assert day.run("return document.activeElement.closest('th').getAttribute('aria-sort')") == "ascending"
    assert day.run("return getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_code_is_chosen_by_keyboard(day):
    """Type and Enter."""
    day.run("document.getElementById('code').focus()")
    day.press(*"I47.1", "Enter")
    day.wait(f"{SHOWN} === 'I47.1 Supraventricular tachycardia'")


@pytest.mark.parametrize("page", ["day", "index"])
def test_nothing_is_wider_than_a_phone(window, pages, page):
    """Wide tables scroll inside themselves."""
    window.resize(*PHONE)
    window.open(address(pages) if page == "day" else (pages / "index.html").as_uri())
    if page == "day":
        window.wait(DRAWN)
    width, seen = window.run(
        "const {scrollWidth, clientWidth} = document.documentElement; return [scrollWidth, clientWidth]"
    )
    assert width <= seen <= PHONE[0]


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


WIDER = (
    "return [...document.querySelectorAll('.chart svg')].flatMap((chart) => {"
    "const end = chart.getBoundingClientRect().right + 1;"
    "return [...chart.querySelectorAll('text')].filter((text) => text.getBoundingClientRect().right > end)"
    ".map((text) => text.textContent)})"
)


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("part", ["", "de"])
def test_no_text_of_a_chart_is_cut_off(window, pages, part, size):
    """The last word of a legend was, beside the long titles of codes."""
    window.resize(*size)
    window.open(address(pages, part))
    window.wait(DRAWN)
    assert window.run(WIDER) == []


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["day", "index"])
def test_axe_finds_nothing_serious(window, pages, screenshots, page, scheme, size):
    """With everything unfolded, in both schemes, on a screen and a phone."""
    window.prefer(scheme)
    window.resize(*size)
    window.open(address(pages) if page == "day" else (pages / "index.html").as_uri())
    if page == "day":
        window.wait(DRAWN)
        window.run("for (const part of document.querySelectorAll('details')) part.open = true")
    else:
        choose(window, "#code", "N17.9")
    assert serious(window) == []
    if screenshots:
        window.picture(screenshots / f"{page}-{scheme}-{size[0]}.png")


def test_dark_is_dark(window, pages):
    """Ground and charts follow the reader's scheme without being drawn again."""
    shades = "return getComputedStyle(document.querySelector(arguments[0])).fill"
    window.open(address(pages))
    window.wait(DRAWN)
    light = window.run(shades, "#ages-chart .mark-rect path")
    window.prefer("dark")
    assert window.run(shades, "#ages-chart .mark-rect path") != light


def test_paper_has_neither_controls_nor_dark_ground(day):
    """A page printed from a dark screen costs no ink."""
    day.prefer("dark", media="print")
    hidden = "return getComputedStyle(document.querySelector(arguments[0])).display"
    assert [day.run(hidden, place) for place in ("nav", ".choose", "#explore")] == ["none"] * 3
    assert day.run("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_paper_keeps_the_colours_that_say_something(day):
    """A browser prints no background by itself, and a heat map is nothing else."""
    day.prefer("light", media="print")
    kept = "return getComputedStyle(document.querySelector(arguments[0])).printColorAdjust"
    assert {day.run(kept, place) for place in (".heat li", ".bar span", ".mark")} == {"exact"}


@pytest.mark.parametrize("page", ["day", "index"])
@pytest.mark.parametrize("part", ["", "de"])
def test_no_heading_stands_alone_at_the_end_of_a_printed_page(window, pages, part, page):
    """Nor does a lead, or the head of a table with one row or two."""
    window.open(address(pages, part) if page == "day" else (pages / part / "index.html").as_uri())
    if page == "day":
        window.wait(DRAWN)
    window.prefer("light")
    content = window.devtools("Page.printToPDF", preferCSSPageSize=True)["data"]
    leads = window.run(
        "return [...document.querySelectorAll('h2, h3, .lead, caption, thead th')]"
        ".map((node) => node.textContent.trim()).filter(Boolean)"
    )
    sheets = printed(base64.b64decode(content))
    assert len(sheets) > 1
    for sheet in sheets[:-1]:
        last = sheet[-1]
        cut = [lead for lead in leads if lead.endswith(last) or (last in lead and len(last) > 40)]
        assert not cut, sheet[-5:]


def printed(pdf):
    """Lines of text of each sheet."""
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"],
        input=pdf,
        capture_output=True,
        check=True,
    ).stdout.decode()
    sheets = ([line.strip() for line in sheet.splitlines() if line.strip()] for sheet in text.split("\f"))
    return [sheet for sheet in sheets if sheet]


def test_without_scripts_all_but_charts_and_the_table_is_there(window, pages):
    """And the page says what is missing."""
    window.devtools("Emulation.setScriptExecutionDisabled", value=True)
    try:
        window.open(address(pages))
        content = window.devtools("DOM.getDocument", depth=1)["root"]["nodeId"]
        html = window.devtools("DOM.getOuterHTML", nodeId=content)["outerHTML"]
    finally:
        window.devtools("Emulation.setScriptExecutionDisabled", value=False)
    assert "Rose this week" in html
    assert "Charts and the table of everything need JavaScript" in html


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


PERIOD = "return document.getElementById('period').textContent"
CHOSEN = "return [...document.querySelectorAll('.chosen')].map((cell) => cell.dataset.date)"


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
