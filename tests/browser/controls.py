"""Addresses and controls of the pages, and what axe-core says of one."""

import importlib.resources
from urllib.parse import unquote

from healthtrends.adapters.vega import chart_library
from healthtrends.config import cache
from healthtrends.page.dates import render_dates
from healthtrends.page.render import render_day
from healthtrends.page.shared import shared_files
from healthtrends.page.translations import bundled
from tests.browser.sample import DATE

AXE = importlib.resources.files("axe_core_python").joinpath("axe.min.js").read_text("utf-8")
PHONE = (360, 740)
SHOWN = "return document.getElementById('trend-title').textContent"


def address(pages, part=""):
    """Of the date's page in one of the folders, as the browser writes it."""
    return unquote((pages / part / f"date={DATE}" / "index.html").as_uri())


def written(folder, page, dates=None):
    """Address of a date's page in a folder of its own, beside a list of dates if there is one."""
    file = folder / f"date={DATE}" / "index.html"
    file.parent.mkdir()
    words, library = bundled("en"), chart_library(cache())
    file.write_bytes(render_day(page, words, library))
    (folder / "assets").mkdir()
    for path, content in shared_files(words, library).items():
        (folder / path).write_bytes(content)
    if dates is not None:
        (folder / "dates.js").write_bytes(render_dates(dates))
    return file.as_uri()


def choose(window, selector, value):
    """Set a control as a person would, and let the page know."""
    window.run(
        "const node = document.querySelector(arguments[0]); node.value = arguments[1];"
        "node.dispatchEvent(new Event('input', {bubbles: true}));"
        "node.dispatchEvent(new Event('change', {bubbles: true}));",
        selector,
        value,
    )


def serious(window):
    """What axe-core finds that keeps people out, each with its place."""
    window.run(AXE)
    return window.run_async(
        "const done = arguments[arguments.length - 1];"
        "axe.run().then(({violations}) => done(violations"
        ".filter(({impact}) => impact === 'serious' || impact === 'critical')"
        ".map(({id, nodes}) => [id, nodes[0].html.slice(0, 200)])));"
    )
