"""Pages opened from disk: what they load, and what they say where scripts or the data do not work."""

from urllib.parse import unquote

import pytest

from healthtrends.page.translations import bundled
from tests.browser.conftest import DRAWN
from tests.browser.controls import address

pytestmark = pytest.mark.long


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
