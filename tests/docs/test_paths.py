"""Modules and names that the pages for developers speak of are those of today."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import healthtrends

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = Path(healthtrends.__file__).parent
PAGES = ("CONTRIBUTING.md", "docs/HLD.md", "docs/LLD.md", "docs/PRD.md", "docs/GLOSSARY.md")
LLD = (REPOSITORY / "docs/LLD.md").read_text("utf-8")
MODULES = re.findall(r"^\| (`[\w/.]+(?:\.py|/)`.*?) \| (.*?) \|", LLD, re.MULTILINE)
"""Rows of the table of modules: where, and the main names."""


def missing(line: str) -> Iterator[str]:
    """Modules of a line that are not there; one without folder lies beside one before it on the line."""
    folders = {REPOSITORY, PACKAGE}
    for path in re.findall(r"`([\w./]+\.py)`", line):
        found = [folder / path for folder in folders if (folder / path).is_file()]
        if not found:
            yield path
        folders |= {file.parent for file in found}


def defined() -> set[str]:
    """Every function, class, constant and field of the package."""
    names = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            match node:
                case (
                    ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.Name(id=name, ctx=ast.Store())
                ):
                    names.add(name)
    return names


@pytest.mark.parametrize("page", PAGES)
def test_every_module_that_a_page_names_is_there(page):
    """Below the package or the repository."""
    lines = (REPOSITORY / page).read_text("utf-8").splitlines()
    assert [path for line in lines if not line.startswith(RECIPE_STEP) for path in missing(line)] == []


RECIPE_STEP = tuple(f"{step}. " for step in range(1, 6))
"""Lines of recipes have a test of their own, in test_recipes.py."""


def test_every_main_name_of_a_module_is_defined():
    """A class that was renamed is renamed in the low-level design too."""
    assert len(MODULES) > 50
    named = {
        part for _, names in MODULES for name in re.findall(r"`([\w.]+)`", names) for part in name.split(".")
    }
    assert named - defined() - {"ports", "py"} == set()


def test_a_module_that_is_gone_is_found():
    """Also one that is named without its folder."""
    assert list(missing("`storage/log.py`, `snapshots.py`, `crew.py`, `ingest/crew.py`")) == [
        "crew.py",
        "ingest/crew.py",
    ]
