"""The recipes of CONTRIBUTING name what is there, and lead to what they promise."""

import dataclasses
import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, cast, get_args

import click
import msgspec
import pytest

from healthtrends.adapters.engines import factory
from healthtrends.adapters.engines.embedded import EmbeddedEngine
from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.cli.commands.run import run
from healthtrends.config import schema
from healthtrends.config.engines import EngineName
from healthtrends.model.day_totals import DayTotals, Gender
from healthtrends.page.sections.dictionary import dictionary_rows
from healthtrends.page.translations import Translations, bundled
from healthtrends.publish.schemas import json_schema
from healthtrends.reports import registry
from healthtrends.reports.context import ReportContext
from healthtrends.reports.report import make_report
from healthtrends.reports.schema import Column

REPOSITORY = Path(__file__).resolve().parents[2]
DATE = dt.date(2025, 12, 22)
TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### (Add an? [\w ]+)\n\n((?:\d\. .*\n)+)", TEXT, re.MULTILINE))


def test_there_is_a_recipe_for_each_thing_that_is_added():
    """Five lines each."""
    assert {name.split(" ", 2)[2]: steps.count("\n") for name, steps in RECIPES.items()} == dict.fromkeys(
        ("report", "column", "detector", "source format", "engine", "setting"), 5
    )


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_path_that_a_recipe_names_is_there(recipe):
    """Files and folders."""
    paths = re.findall(r"`((?:healthtrends|tests|docs)/[\w./]*)`", RECIPES[recipe])
    assert paths
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_name_that_a_recipe_uses_is_in_one_of_its_files(recipe):
    """What was renamed is renamed here too; so is a file that is named without its folder."""
    named = [REPOSITORY / path for path in re.findall(r"`((?:healthtrends|tests)/[\w./]*)`", RECIPES[recipe])]
    folders = {path if path.is_dir() else path.parent for path in named}
    for name in re.findall(r"`(\w+\.(?:py|json))`", RECIPES[recipe]):
        assert any((folder / name).is_file() for folder in folders), name
    code = "".join(file.read_text("utf-8") for file in _python_files(named, folders))
    for name in re.findall(r"`([A-Za-z_]+)(?: = [^`]*)?`", RECIPES[recipe]):
        assert re.search(rf"\b{name}\b", code), name


def _python_files(named: list[Path], folders: set[Path]) -> Iterator[Path]:
    """Files that a recipe names, and those of the folders that it names."""
    for path in named:
        yield from path.glob("*.py") if path in folders else [path] if path.suffix == ".py" else []


@pytest.fixture
def longer(monkeypatch):
    """A report with one more column, in place of the report without it."""
    report = registry.find_schema("gender_breakdown")
    toy = Column("toy_days", "whole", "days", "what a toy counts")
    longer = dataclasses.replace(
        report,
        columns=(*report.columns, toy),
        make=lambda context: [(*row, 7) for row in report.make(context)],
    )
    monkeypatch.setitem(registry._registered, report.name, longer)
    return longer


def test_a_column_is_added_in_the_module_of_its_report(longer):
    """Its file and the dictionary of the exports have it."""
    totals = DayTotals(lines=1, genders=(Gender("M", 1, 1, 40),))
    made = make_report(longer, longer.make(ReportContext(DATE, totals)), is_fed=True)
    header, line = made.csv().decode().split()
    assert (header.split(",")[-1], line.split(",")[-1]) == ("toy_days", "7")
    assert "what a toy counts" in json.dumps(json_schema())


def test_a_report_without_the_new_column_is_still_read(longer):
    """Issues that were published before stay as they are."""
    before = b"gender,patients\nM,1\n"
    assert registry.decode_report(longer.name, before, is_fed=True).csv() == before


def test_the_words_of_a_new_column_come_from_the_message_catalogues(longer):
    """Its title, its meaning and its unit are all that the page needs."""
    words = {"column.toy_days": "Days", "meaning.toy_days": "Days of a toy", "unit.toy_days": "days"}
    rows = dictionary_rows(Translations({**bundled("en").texts, **words}))
    assert ("Days", "toy_days", "Days of a toy", "days") in rows


def test_every_configured_engine_can_be_made(tmp_path):
    """The setting, the option and the registry know the same engines."""
    (setting,) = (field for field in schema.fields() if field.key == "engine.name")
    (option,) = (each for each in run.params if each.name == "engine")
    assert isinstance(option.type, click.Choice)
    for name in get_args(EngineName):
        assert name in setting.allowed
        assert name in option.type.choices
        assert open_engine(EngineOptions(name=name, master="sc://h:1", work=tmp_path)).name == name


def test_an_engine_is_added_by_one_entry(monkeypatch, tmp_path):
    """It is made with the options that every engine gets, and checked before it starts."""

    class ToyEngine(EmbeddedEngine):
        name = "toy"

    checked: list[EngineOptions] = []
    monkeypatch.setitem(factory._registered, "toy", factory._EngineKind(ToyEngine, checked.append))
    options = dataclasses.replace(EngineOptions(work=tmp_path), name=cast("EngineName", "toy"))
    factory.check(options)
    engine = open_engine(options)
    assert (engine.name, checked) == ("toy", [options])


def test_a_setting_is_a_field_of_a_struct(monkeypatch):
    """Its key, its variable, its default and its description follow."""

    class Toys(msgspec.Struct, frozen=True):
        most: Annotated[int, msgspec.Meta(ge=1, description="How many toys.")] = 3

    class Extended(msgspec.Struct, frozen=True):
        toys: Toys

    monkeypatch.setattr(schema, "Settings", Extended)
    (field,) = schema.fields()
    assert (field.key, field.variable, field.default) == ("toys.most", "HEALTHTRENDS_TOYS__MOST", 3)
    assert (field.description, field.allowed) == ("How many toys.", "a whole number, at least 1")
