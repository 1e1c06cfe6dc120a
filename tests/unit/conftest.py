"""Unit tests do not wait for what a real store or broker may still bring, and need few threads."""

import pytest


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    """A second look follows at once; a store on this disk is asked by four threads instead of 96."""
    monkeypatch.setattr("healthtrends.publish.check._PAUSE", 0.01)
    monkeypatch.setattr("healthtrends.storage.verify.cubes._PAUSE", 0.01)
    monkeypatch.setattr("healthtrends.ingest.continuity._GONE_SECONDS", 0.05)
    monkeypatch.setattr("healthtrends.ingest.continuity._LOOK_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr("healthtrends.storage.store_pool._CALLS", 4)
