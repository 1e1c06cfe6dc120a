"""Every byte that leaves the house: no hidden number lies in it, in no file, page, `_meta.json` or archive.

Small counts as such, 1 to 10, stand in every file for other reasons. So these releases hide what is below
1,000, and the hidden counts are numbers that nothing else has.
"""

import csv
import datetime as dt
import io
import json
import re
import zipfile

import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.orchestrate import releasing
from healthtrends.orchestrate.dependencies import ReleaseOptions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.page import released as page
from tests.golden.local_pipeline import LocalPipeline
from tests.golden.random_day import line

DAY = dt.date(2025, 12, 22)
CODES = {"E11": 1511, "J45": 1409, "K35": 1301, "A00": 977, "B01": 983, "C50": 211, "I10": 307}
"""Patients of each code; four are hidden."""
HIDDEN = {"977", "983", "211", "307"}
OWN = ReleaseOptions("own", 1000, force=True, again=True)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """One engine for all."""
    opened = open_engine(EngineOptions(work=tmp_path_factory.mktemp("work")))
    yield opened
    opened.close()


@pytest.fixture
def new_place(tmp_path, engine, monkeypatch):
    """Makes a place whose day has so many patients of each code, published."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-26T12:00:00+00:00")
    opened = []

    def make(codes, name="data"):
        place = LocalPipeline(tmp_path / name, engine)
        opened.append(place)
        place.send(records(codes))
        place.run([DAY])
        return place

    yield make
    for place in opened:
        place.close()


def records(codes):
    """One visit of each patient; the person of a number is the same whatever its code."""
    all_of_them = [code for code, number in codes.items() for _ in range(number)]
    for number, code in enumerate(all_of_them):
        yield line(
            patient_id=f"{number:032x}", age=40, gender="F", diagnosis_code=code, visit_date=str(DAY),
            treatment_code="T1", outcome="ongoing", record_id=f"{number:032x}",
            recorded_at="2025-12-22T08:00:00Z",
        )  # fmt: skip


def rows(place, kind):
    """Rows of all reports of the house, or of what was released, by report and key columns."""
    for path in sorted((place.folder / "r" / kind).glob(f"*/date={DAY}/part-00000.csv")):
        report = path.parent.parent.name
        for fields in csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")):
            yield report, fields


def hidden_texts(place):
    """Numbers of three digits and more that are empty in the release, and shown nowhere in it."""
    released = list(rows(place, "release"))
    shown = {text for _, fields in released for text in fields.values()}
    hidden = set()
    for report, fields in rows(place, "reports"):
        for of, other in released:
            if of == report and all(other[name] in ("", text) for name, text in fields.items()):
                hidden |= {text for name, text in fields.items() if not other[name]}
    return {text for text in hidden - shown if sum(map(str.isdigit, text)) > 2}


def files(place):
    """Everything under `release/`, and all earlier releases, archives unpacked."""
    roots = (place.folder / "r/release", place.folder / "r/_ht/releases")
    for path in sorted(path for root in roots for path in root.rglob("*") if path.is_file()):
        yield path.name, path.read_bytes()
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                yield from ((f"{path.name}/{name}", archive.read(name)) for name in archive.namelist())


def found_in(place, texts):
    """Hidden numbers that stand somewhere, with the file."""
    words = {re.compile(rb"(?<![\w.])" + re.escape(text.encode()) + rb"(?!\w|\.\d)"): text for text in texts}
    return {
        (name, text) for name, content in files(place) for word, text in words.items() if word.search(content)
    }


def test_no_hidden_number_stands_in_any_byte_of_what_was_released(new_place):
    """Of two releases, the kept earlier one too; the same numbers stand in the reports of the house."""
    place = new_place(CODES)
    releases = Pipeline(place).releases
    assert releases.release(DAY, OWN).action == "released"
    first = hidden_texts(place)
    place.send(records({**CODES, "Z00": 5003}))
    place.run([DAY])
    assert releases.release(DAY, OWN).number == 2
    hidden = first | hidden_texts(place)
    assert hidden >= HIDDEN
    assert sum(name.startswith("part-") for name, _ in files(place)) > 10
    assert found_in(place, hidden) == set()


def test_the_scan_finds_what_a_page_gives_away(new_place, monkeypatch):
    """A fault of the page, and nobody audits it."""
    place = new_place(CODES)
    exact = Pipeline(place).published
    reports = {name: exact.read(exact.issue(DAY), name) for name in ("diagnosis_detail",)}
    drawn = page._charts
    monkeypatch.setattr(page, "_charts", lambda _, words: drawn(reports, words))
    monkeypatch.setattr(releasing, "audit_page", lambda *_: [])
    Pipeline(place).releases.release(DAY, OWN)
    assert ("index.html", "977") in found_in(place, hidden_texts(place))


def test_days_that_differ_in_hidden_counts_alone_have_equal_releases(new_place):
    """Three people of one code and five of another, or the other way round: file by file the same bytes."""
    left = []
    for name, few in (("one", {"A00": 3, "A01": 5}), ("two", {"A00": 5, "A01": 3})):
        place = new_place({"E11": 40, "J45": 30, "K35": 20, **few}, name)
        assert Pipeline(place).releases.release(DAY, ReleaseOptions(force=True)).action == "released"
        folder = place.folder / "r/release"
        made = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert any(b"primary" in content for content in made.values())
        left.append({path: without_run(path, content) for path, content in made.items()})
    assert left[0] == left[1]


def without_run(path, content):
    """A file without the random name of the run that made it."""
    return {**json.loads(content), "run_id": ""} if path.name == "_meta.json" else content
