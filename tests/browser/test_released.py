"""The page of a release in a browser: hidden numbers look hidden, and nothing is asked of a network."""

import pytest

from tests.browser.controls import PHONE, serious
from tests.unit.test_released_page import page

pytestmark = pytest.mark.long


@pytest.fixture
def released(window, tmp_path):
    """The window at the page."""
    file = tmp_path / "index.html"
    file.write_text(page(), encoding="utf-8")
    window.open(file.as_uri())
    return window


def test_a_hidden_number_is_hatched_and_says_so(released):
    """A pattern and a word, not a colour alone."""
    style = "return getComputedStyle(document.querySelector('td .withheld')).backgroundImage"
    assert "repeating-linear-gradient" in released.run(style)
    assert released.run("return document.querySelector('td .withheld').innerText") == "hidden: small"


def test_a_hidden_bar_has_no_length(released):
    """It is as wide as a full one, and hatched."""
    widths = "return [...document.querySelectorAll('.lengths .length')].map((bar) => bar.offsetWidth)"
    assert len(set(released.run(widths))) == 1
    drawn = "return [...document.querySelectorAll('.lengths li')].map((bar) => !!bar.querySelector('rect'))"
    assert released.run(drawn).count(False) == 1


def test_the_page_asks_for_nothing_and_complains_of_nothing(released):
    """It may lie anywhere, without a network."""
    assert released.complaints() == []
    assert [each for each in released.requests() if not each.startswith("file:")] == []


@pytest.mark.parametrize("size", [(1280, 900), PHONE], ids=["screen", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_release(released, scheme, size):
    """On a screen and on a phone, in light and dark."""
    released.resize(*size)
    released.prefer(scheme)
    assert serious(released) == []
