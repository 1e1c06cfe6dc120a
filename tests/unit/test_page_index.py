"""The index of all dates: its calendar, its curve, and what it says of the newest date."""

import dataclasses
import datetime as dt

import pytest

from healthtrends.page.index import render_index
from tests.browser.sample import DATE, sample_index
from tests.unit.parsed_page import EN, Parsed


def test_the_index_links_every_date_with_a_page_and_tells_its_state():
    """In words, not by colour alone."""
    index = sample_index()
    found = Parsed(render_index(index, EN))
    links = {a["href"]: text for a, text in found.named("a") if "data-date" in a}
    assert set(links) == {f"date={entry.date}/index.html" for entry in index.dates}
    assert "provisional, 100,059 records" in links[f"date={DATE}/index.html"]


def test_a_date_without_a_page_is_no_link():
    """Its state is told all the same."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[0], state="missing", issue=None, has_page=False)
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    assert not [a for a, _ in found.named("a") if "data-date" in a]
    assert "no report, 100,000 records" in found.part("calendar")


def test_months_without_dates_are_not_drawn():
    """A record of 1900 does not make 1,500 months."""
    index = sample_index()
    old = dataclasses.replace(index.dates[0], date=dt.date(1900, 1, 1))
    found = Parsed(render_index(dataclasses.replace(index, dates=[old, *index.dates]), EN))
    assert [text for _, text in found.named("caption")] == [
        "December 2025", "November 2025", "October 2025", "January 1900"
    ]  # fmt: skip


def test_a_provisional_date_of_the_index_names_the_day_that_ends_it():
    """The script puts the final words in its place afterwards."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[-1], provisional_until=dt.date(2025, 12, 24))
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    (cell,) = [a for a, _ in found.named("a") if "data-date" in a]
    assert "provisional until 24 December 2025, 100,059 records" in cell["title"]
    assert (cell["data-until"], "final, 100,059 records" in cell["data-then"]) == ("2025-12-24", True)


def test_the_index_draws_the_visits_of_all_days_without_a_script():
    """A gap where nothing is known, dashes where days are not complete, and what it shows in words."""
    index = sample_index()
    found = Parsed(render_index(index, EN))
    solid, dashed = [a for a, _ in found.named("path") if "total" in a.get("class", "")]
    assert (solid["d"].count("M"), dashed["d"].count("M"), dashed["class"]) == (2, 1, "total open")
    assert dashed["d"].count("L") == 2
    assert len([a for a, _ in found.named("rect") if a["fill"] == "url(#hatch)"]) == 2
    picture = next(a["aria-label"] for a, _ in found.named("svg") if "aria-label" in a)
    assert picture.startswith("Visits a day from 24 October 2025 to 22 December 2025: between ")
    assert picture.endswith("on the 58 known of 60 days.")


@pytest.mark.parametrize(("days", "labels"), [(1, 1), (4, 4), (13, 5), (366, 6)])
def test_the_curve_of_the_index_names_a_few_days_and_none_twice(days, labels):
    """The last one always."""
    found = Parsed(render_index(sample_index(days), EN))
    named = [text for a, text in found.named("span") if a.get("style", "").startswith("left:")]
    assert (len(named), len(set(named)), named[-1]) == (labels, labels, "22 Dec")


def test_the_index_says_what_rose_on_the_newest_date():
    """With a link to its curve there."""
    found = Parsed(render_index(sample_index(), EN))
    links = [a["href"] for a, text in found.named("a") if text.startswith("N17.9")]
    assert links == [f"date={DATE}/index.html#code=N17.9"]
    assert "+53\N{NO-BREAK SPACE}%" in found.part("overview")


def test_an_empty_date_is_not_the_newest_while_another_is_there():
    """Nothing is known of it, so nothing rose on it."""
    index = sample_index()
    empty = dataclasses.replace(index.dates[-1], date=DATE + dt.timedelta(days=1), state="empty")
    newest = dataclasses.replace(index, dates=[*index.dates, empty]).newest_date
    assert newest == index.dates[-1]


def test_an_index_without_a_page_has_no_overview():
    """Nothing was published."""
    index = sample_index()
    entry = dataclasses.replace(index.dates[0], has_page=False)
    found = Parsed(render_index(dataclasses.replace(index, dates=[entry]), EN))
    assert "overview" not in {a.get("id") for _, a in found.elements}
