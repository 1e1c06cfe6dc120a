"""A page and the index stay small enough for a browser, however many codes a day has."""

import dataclasses

from healthtrends.page.index import render_index
from healthtrends.page.render import render_day
from tests.browser.sample import sample, sample_index
from tests.unit.parsed_page import EN, LIBRARY, Parsed

LIMIT = 3_000_000
BUNDLE = 900_000
"""Bytes of the real library, for which a short one stands here."""


def test_a_page_of_70_000_codes_stays_under_3_mb():
    """With 60 days each, and hostile treatment codes."""
    page = render_day(sample(70_000), EN, LIBRARY)
    assert len(page) + BUNDLE < LIMIT


def test_codes_that_the_page_names_keep_their_curve_however_many_there_are():
    """A link from the list of risen codes always leads to a chart."""
    found = Parsed(render_day(sample(20_000), EN, LIBRARY))
    named = [
        a["href"].removeprefix("#code=")
        for a, _ in found.named("a")
        if a.get("href", "").startswith("#code=")
    ]
    curves = found.data["curves"]
    assert len(curves) < 20_000
    assert set(named) <= set(curves)


def test_an_index_of_a_year_of_70_000_codes_stays_under_3_mb():
    """The codes with most patients are kept."""
    index = sample_index(366)
    one = index.history.patients[min(index.history.patients)]
    patients = {f"Z{place:05d}": one for place in range(70_000)}
    history = dataclasses.replace(index.history, patients=patients)
    assert len(render_index(dataclasses.replace(index, history=history), EN)) < LIMIT
