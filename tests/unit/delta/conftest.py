"""A root on this disk with releases, and a folder for the tables."""

import datetime as dt
from pathlib import Path

import pytest

from healthtrends.adapters.delta import DeltaPlace
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from tests.unit.test_cubes import BEFORE, LAST
from tests.unit.test_releasing import OneAge

MONDAY, TUESDAY = "2025-12-29T08:00:00.000+00:00", "2025-12-30T08:00:00.000+00:00"


def release(place: OneAge, date: dt.date) -> None:
    """Release a date, again too."""
    Pipeline(place).releases.release(date, ReleaseOptions(force=True, again=True))


def fill(folder: Path, monkeypatch: pytest.MonkeyPatch) -> OneAge:
    """Make two dates: the last one is released on Monday and on Tuesday, with more people, the first then."""
    place = OneAge(folder, None)
    monkeypatch.setenv("HEALTHTRENDS_NOW", MONDAY)
    place.receive(BEFORE, 20)
    place.receive(LAST, 40)
    place.run([BEFORE, LAST])
    release(place, LAST)
    monkeypatch.setenv("HEALTHTRENDS_NOW", TUESDAY)
    place.receive(LAST, 60)
    place.run([LAST])
    release(place, LAST)
    monkeypatch.setenv("HEALTHTRENDS_NOW", TUESDAY.replace("08:", "09:"))
    release(place, BEFORE)
    return place


@pytest.fixture
def place(tmp_path, monkeypatch):
    place = fill(tmp_path, monkeypatch)
    yield place
    place.close()


@pytest.fixture
def tables(tmp_path):
    """The folder of the tables; a new client of it each time it is asked."""
    return lambda: DeltaPlace(str(tmp_path / "tables"))
