"""Both pages on paper: colours, what is left out, and where a sheet ends."""

import base64
import subprocess

import pytest

from tests.browser.conftest import DRAWN
from tests.browser.controls import address

pytestmark = pytest.mark.long


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
        ".filter((node) => node.checkVisibility())"  # a table that is folded away is not printed
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
