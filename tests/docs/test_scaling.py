"""The page on scaling says what is reckoned from the recorded costs, and that can be checked by hand."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from docs import write_scaling
from docs.reckon_scaling import Volume, recorded
from healthtrends.config import load
from tests.scale.ten_years import Figures

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "explanation" / write_scaling.PAGE
COSTS = recorded()


def test_the_page_is_current():
    """Otherwise: `make docs`, and commit what it changed."""
    text = PAGE.read_text("utf-8")
    assert write_scaling.page(text) == text


def test_every_table_is_on_the_page():
    """Each behind its mark."""
    assert set(re.findall(r"<!-- table: (\w+) -->", PAGE.read_text("utf-8"))) == set(write_scaling.TABLES)


def test_another_cost_gives_another_page():
    """No figure of a table stands there by itself."""
    twice = replace(
        COSTS, cost={name: {**cost, "value": 2 * cost["value"]} for name, cost in COSTS.cost.items()}
    )
    same = [name for name, made in write_scaling.TABLES.items() if made(COSTS) == made(twice)]
    assert same == ["kept", "contention", "manifests", "simulated"]


@pytest.mark.parametrize("name", list(COSTS.cost))
def test_every_cost_names_what_measures_it(name):
    """A script or a test of the repository, or a document with its title."""
    source = COSTS.cost[name]["source"]
    assert (REPOSITORY / source).is_file() if "/" in source else ", " in source


def test_a_day_of_a_hundred_million_is_what_one_reckons_by_hand():
    """1,157 messages a second; a commit a minute; 99 of 100 messages stored with 289 bytes."""
    day = Volume(replace(COSTS, cost={**COSTS.cost, "record_bytes": {"value": 200}}), 100_000_000, 60)
    assert (round(day.rate), day.cores, day.commits, day.files) == (1157, 1, 1440, 1440 * 11)
    assert day.record_bytes == 99_000_000 * 200


def test_a_batch_is_closed_by_whichever_limit_comes_first():
    """By time, by records, by bytes."""
    by_time, by_records = (Volume(COSTS, 10**9, 60, batch_records=n).commits for n in (10**9, 10**5))
    by_bytes = Volume(COSTS, 10**9, 86_400, batch_bytes=10**6).commits
    assert (by_time, by_records) == (1440, 10**4)
    assert by_bytes == pytest.approx(990 * COSTS["record_bytes"] * 10**6 / 10**6)


@pytest.mark.parametrize("volume", COSTS.volumes(), ids=lambda volume: f"{volume.messages:,}")
def test_the_settings_it_recommends_are_settings(volume, tmp_path, monkeypatch):
    """Of the names and within the ranges that the program takes."""
    monkeypatch.chdir(tmp_path)
    names = ("commit_interval", "batch_records", "batch_bytes")
    environ = {f"HEALTHTRENDS_INGEST__{name.upper()}": str(getattr(volume, name)) for name in names}
    settings = load(None, {}, environ)
    assert [getattr(settings.ingest, name) for name in names] == [getattr(volume, name) for name in names]


def test_the_simulation_is_told_in_its_own_figures():
    """All of them, and years in order."""
    assert all(year.keys() == Figures.__dataclass_fields__.keys() for year in COSTS.simulated)
    assert [year["year"] for year in COSTS.simulated] == [1, 5, 10]


def test_make_docs_writes_the_tables():
    """Beside the other generated ones."""
    text = (REPOSITORY / "Makefile").read_text("utf-8")
    assert "\t$(BIN)/python -m docs.write_scaling docs/explanation\n" in text


def test_the_readme_leads_to_it():
    """As to the other explanations."""
    assert "docs/explanation/scaling.md" in (REPOSITORY / "README.md").read_text("utf-8")
