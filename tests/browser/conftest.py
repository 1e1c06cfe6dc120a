"""The pages of the sample as files, and one window for all tests."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.data import DateState
from healthtrends.page.dates import render_dates
from healthtrends.page.document import WHOLE
from healthtrends.page.index import render_index
from healthtrends.page.render import render_day
from healthtrends.page.shared import shared_files
from healthtrends.page.translations import bundled
from tests.browser.chromium import Chromium, chromium
from tests.browser.sample import DATE, sample, sample_index

KNOWN: dict[dt.date, tuple[int, DateState]] = {
    DATE - dt.timedelta(days=back): (2, "final") for back in (40, 32, 9, 8, 1, 0, -3)
}
"""Dates that have a page beside that of DATE."""
DRAWN = (
    "const charts = [...document.querySelectorAll('.chart')];"
    "return charts.length >= 3 && charts.every((chart) => chart.querySelector('svg'))"
)
SCREEN = (1280, 900)


@pytest.fixture(scope="session")
def pages(tmp_path_factory) -> Path:
    """A folder as `publish.local_dir` has it; `de/` the same in German, `many/` of 70,000 codes."""
    folder = tmp_path_factory.mktemp("pages")
    library = chart_library(cache())
    for name, language, codes in ((".", "en", 60), ("de", "de", 60), ("many", "en", 70_000)):
        date = folder / name / f"date={DATE}"
        date.mkdir(parents=True)
        (date / "index.html").write_bytes(render_day(sample(codes), bundled(language), library))
        (folder / name / "whole.html").write_bytes(
            render_day(sample(codes), bundled(language), library, WHOLE)
        )
        (folder / name / "index.html").write_bytes(render_index(sample_index(), bundled(language)))
        (folder / name / "dates.js").write_bytes(render_dates(KNOWN))
        (folder / name / "assets").mkdir()
        for path, content in shared_files(bundled(language), library).items():
            (folder / name / path).write_bytes(content)
    return folder


@pytest.fixture(scope="module")
def one_window() -> Iterator[Chromium]:
    """A window for all tests of a file."""
    with chromium() as window:
        yield window


@pytest.fixture
def window(one_window) -> Chromium:
    """The window as new: a screen in light colours, nothing complained of yet."""
    one_window.open("about:blank")
    one_window.resize(*SCREEN)
    one_window.prefer("light")
    one_window.complaints()
    one_window.requests()
    return one_window


@pytest.fixture
def day(window, pages) -> Chromium:
    """The window at the date's page, with all charts drawn."""
    window.open((pages / f"date={DATE}" / "index.html").as_uri())
    window.wait(DRAWN)
    return window


@pytest.fixture
def index(window, pages) -> Chromium:
    """The window at the index."""
    window.open((pages / "index.html").as_uri())
    return window
