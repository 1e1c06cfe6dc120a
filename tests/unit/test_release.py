"""Pages, exports, the index and the tables for other programs are made from a view for an audience."""

import dataclasses
import json

import pytest

from healthtrends.analyze.cube_tables import SHOWN
from healthtrends.model.history import History
from healthtrends.orchestrate.pages import PageResources
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.page.translations import bundled
from healthtrends.storage.store_pool import StorePool
from healthtrends.testing import LocalStore
from tests.unit.test_cubes import LAST, Counting

SECRET = 4_711


class Nobody:
    """An audience that sees no number."""

    audience = "nobody"

    def reports(self, exact):
        return {name: dataclasses.replace(report, rows=()) for name, report in exact.items()}

    def history(self, exact):
        nothing = [None] * len(exact.dates)
        return History(exact.dates, exact.states, nothing, dict.fromkeys(exact.patients, nothing))

    def cube_tables(self, exact):
        return dict.fromkeys(exact, b"withheld")


@pytest.fixture
def place(tmp_path):
    """A date with a count that stands out, published for nobody."""
    opened = []

    def open_folder(folder):
        opened.append(StorePool(LocalStore(folder)))
        return opened[-1]

    place = Counting(tmp_path / "hdfs", None)
    place.policy = Nobody()
    place.pages = PageResources(bundled("en"), str, open_folder, tmp_path / "pages")
    place.receive(LAST, SECRET)
    place.run([LAST])
    yield place
    for pool in (place.pool, *opened):
        pool.close()


def shows(content):
    return any(text in content for text in (b"4711", b"4,711"))


def test_the_page_of_a_date_has_only_what_the_audience_may_see(place):
    """Tables, curves and the data of its script."""
    pipeline = Pipeline(place)
    issue = pipeline.published.issue(LAST)
    assert shows(pipeline.published.read(issue, "diagnosis_detail").csv())
    page = pipeline.page(issue).decode()
    # How many lines were read is no number of the view: it says where the numbers come from.
    assert page.count("4,711") == page.partition('id="made"')[2].count("4,711") == 1
    assert "4711" not in page


def test_the_index_has_only_what_the_audience_may_see(place):
    """The curve of all visits, and what rose."""
    found = place.pages.folder / "index.html"
    text = found.read_text(encoding="utf-8").replace(f"{SECRET:,} records", "")
    assert not shows(text.encode())


def test_exports_have_only_what_the_audience_may_see(place):
    """As JSON, and as CSV."""
    pipeline = Pipeline(place)
    files = pipeline.exports(pipeline.published.issue(LAST))
    assert json.loads(files["trends.json"])["reports"]["diagnosis_detail"] == []
    assert not any(shows(files[f"{name}.csv"]) for name in ("diagnosis_detail", "gender_breakdown"))


def test_tables_for_other_programs_have_only_what_the_audience_may_see(place):
    """The cube itself, which later dates look back at, stays exact."""
    assert {place.pool.store.read(place.layout.cube_table(LAST, name)) for name in SHOWN} == {b"withheld"}
    assert place.cubes().content(place.head(LAST), "diagnosis") != b"withheld"
