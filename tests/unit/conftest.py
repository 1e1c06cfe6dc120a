"""Unit tests do not wait for what a real store or broker may still bring, and need few threads."""

import pytest

from healthtrends.page.render import render_day
from tests.browser.sample import sample
from tests.unit.parsed_page import EN, LIBRARY, Parsed


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    """A second look follows at once; a store on this disk is asked by four threads instead of 96."""
    monkeypatch.setattr("healthtrends.publish.check._PAUSE", 0.01)
    monkeypatch.setattr("healthtrends.storage.verify.cubes._PAUSE", 0.01)
    monkeypatch.setattr("healthtrends.ingest.continuity._GONE_SECONDS", 0.05)
    monkeypatch.setattr("healthtrends.ingest.continuity._LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("healthtrends.storage.store_pool._CALLS", 4)


@pytest.fixture(scope="session")
def page():
    """The page of the sample."""
    return Parsed(render_day(sample(), EN, LIBRARY))
