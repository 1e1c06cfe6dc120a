"""A code is found by its words, by a link and by an address."""

import pytest

from tests.browser.controls import SHOWN, address, choose

pytestmark = pytest.mark.long

ALSO = "return [...document.querySelectorAll('#also li')].map((item) => item.textContent)"


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


def test_a_code_is_chosen_by_keyboard(day):
    """Type and Enter."""
    day.run("document.getElementById('code').focus()")
    day.press(*"I47.1", "Enter")
    day.wait(f"{SHOWN} === 'I47.1 Supraventricular tachycardia'")
