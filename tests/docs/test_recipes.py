"""The recipes of CONTRIBUTING name what is there, and lead to what they promise."""

import dataclasses
import json
import re
from pathlib import Path
from typing import Annotated

import click
import msgspec
import pytest

from healthtrends.adapters.engines.engine_options import EngineOptions
from healthtrends.adapters.engines.factory import open_engine
from healthtrends.cli.commands.run import run
from healthtrends.config import schema
from healthtrends.publish.schemas import json_schema
from healthtrends.reports import registry
from healthtrends.reports.schema import Column

REPOSITORY = Path(__file__).resolve().parents[2]
TEXT = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
RECIPES = dict(re.findall(r"^### (Add an? [\w ]+)\n\n((?:\d\. .*\n)+)", TEXT, re.MULTILINE))
ADRS = sorted((REPOSITORY / "docs/adr").glob("0*.md"))


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


def test_a_column_is_added_in_the_module_of_its_report(monkeypatch):
    """The dictionary of the exports has it with its unit and meaning."""
    report = registry.find_schema("trend_summary")
    toy = Column("toy_days", "whole", "days", "what a toy counts")
    longer = dataclasses.replace(report, columns=(*report.columns, toy))
    monkeypatch.setitem(registry._registered, report.name, longer)
    assert "what a toy counts" in json.dumps(json_schema())


def test_an_engine_has_its_name_at_three_places(tmp_path):
    """The setting, the option, and the factory know the same engines."""
    (setting,) = (field for field in schema.fields() if field.key == "engine.name")
    (option,) = (each for each in run.params if each.name == "engine")
    assert isinstance(option.type, click.Choice)
    for name in option.type.choices:
        assert name in setting.allowed
        assert open_engine(EngineOptions(name=name, master="sc://h:1", work=tmp_path)).name == name


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


@pytest.mark.parametrize("page", ADRS, ids=[page.stem for page in ADRS])
def test_a_decision_has_a_date(page):
    """Of the day on which it was taken."""
    assert re.search(r"^(?:Date: |Status: accepted, )2\d{3}-\d\d-\d\d", page.read_text("utf-8"), re.MULTILINE)
