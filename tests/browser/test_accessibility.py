"""Both pages by keyboard, on a phone, and as axe-core judges them."""

import os
from pathlib import Path

import pytest

from tests.browser.conftest import DRAWN
from tests.browser.controls import PHONE, address, choose, serious

pytestmark = pytest.mark.long


@pytest.fixture(scope="session")
def screenshots() -> Path | None:
    """Where CI wants pictures; they are no test."""
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    return Path(folder) if folder else None


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


def test_a_long_change_leaves_room_for_the_title(day):
    """A count with its usual range is as wide as half of the list; a title beside it had a word a line."""
    width = day.run(
        "const change = document.querySelector('.rose .changes strong'); change.textContent = arguments[0];"
        "return change.previousElementSibling.offsetWidth",
        "16 (usually 1 to 7)",
    )
    assert width > 200, "the change stands below"


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
