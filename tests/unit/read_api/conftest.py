"""A small root on this disk, made by a run, and the read API on it."""

from contextlib import ExitStack

import pytest

from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.read import Data
from tests.unit.test_cubes import BEFORE, LAST
from tests.unit.test_releasing import OneAge


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Two dates with records of one code, 12 and 40 people; the last has two issues."""
    place = OneAge(tmp_path, None)
    place.where = {"kafka": {}, "stack": {}, "hdfs": {"url": f"file://{tmp_path}"}}
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T08:00:00+00:00")
    place.receive(BEFORE, 12)
    place.receive(LAST, 30)
    place.run([BEFORE, LAST])
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-27T08:00:00+00:00")
    place.receive(LAST, 10)
    place.run([LAST])
    yield place
    place.close()


@pytest.fixture
def data(place):
    """The root, opened."""
    with Data(Pipeline(place), ExitStack()) as data:
        yield data
