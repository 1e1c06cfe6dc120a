"""The words that the project gave up for the field's own ones do not come back as names in the code.

A module name is retired in the package that had it: `spark` is a good name for an engine, not for a curve.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import healthtrends

PACKAGE = Path(healthtrends.__file__).parent

MODULES = {
    "ingest": "crew given ingest reread restage retell sheets spread staging watch wire writer",
    "storage": "filelists job newfile parallel places strays",
    "analyze": "daily figures fold measure numbers records windows",
    "model": "dictionary fields missing",
    "orchestrate": "analyst beside daycubes gate ingesting inputs intake parts published workfolder",
    "publish": "changes install issue issued typed",
    "page": "glance made parts rejected spark titles top week words",
    "adapters": "address bounded choose failures faults sparkhome warm watch",
    "config": "layers places secret",
    "devstack": "connector lock mirror ports",
    "produce": "broken pace resume",
    "sources": "broken pace resume",
    "observe": "amount",
    "cli": "changes sending session show",
}
"""By package, module names that have a better word now."""

CLASSES = {
    "AnalysedDay", "Ahead", "Bench", "Choice", "DayMeasured", "DayReports", "Everyone", "Judge", "Made",
    "MeasuredDay", "NewFile", "OpenFile", "Pressroom", "SideBySide", "_Hand",
}  # fmt: skip

WORDS = {
    "ahead", "analysed", "everyone", "heir", "judge", "made", "measured", "picked", "pressroom", "rested",
    "standing", "taken_back", "told",
}  # fmt: skip
"""As whole names, with or without an underscore before."""

VERBS = {
    "foresee", "give_up", "judge", "know", "leave", "rest", "settle", "stand", "take_back", "tell", "told",
}  # fmt: skip
"""As the beginning of a function's name."""


def retired_modules() -> Iterator[str]:
    """Files that have a retired name."""
    for package, names in MODULES.items():
        # The first folder decides; only adapters has its vendors in folders of their own.
        for file in (PACKAGE / package).glob("**/*.py" if package == "adapters" else "*.py"):
            if file.stem in names.split():
                yield str(file.relative_to(PACKAGE))


def retired_names(file: Path) -> Iterator[str]:
    """Names that a file defines and that are retired."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        match node:
            case ast.ClassDef(name=name):
                is_retired = name in CLASSES
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                word = name.strip("_")
                is_retired = word in WORDS or any(f"{word}_".startswith(f"{verb}_") for verb in VERBS)
            case (
                ast.arg(arg=name)
                | ast.Name(id=name, ctx=ast.Store())
                | ast.Attribute(attr=name, ctx=ast.Store())
            ):
                is_retired = name.strip("_") in WORDS
            case _:
                continue
        if is_retired:
            yield name


def all_retired() -> set[str]:
    """Every retired name in the package, as `file` or `file: name`."""
    found = set(retired_modules())
    for file in PACKAGE.rglob("*.py"):
        found |= {f"{file.relative_to(PACKAGE)}: {name}" for name in retired_names(file)}
    return found


def test_no_retired_word_names_anything_in_the_code():
    """Neither a module, nor a class, a function, an argument or a variable."""
    assert all_retired() == set()


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("def _tell_all(): ...", "_tell_all"),
        ("def settle(): ...", "settle"),
        ("class Judge: ...", "Judge"),
        ("def f(heir): ...", "heir"),
        ("_told = 1", "_told"),
        ("x.measured = 1", "measured"),
    ],
)
def test_a_retired_name_is_found(tmp_path, code, name):
    """Each kind of definition is looked at."""
    (tmp_path / "module.py").write_text(code)
    assert list(retired_names(tmp_path / "module.py")) == [name]


def test_a_word_inside_another_is_no_retired_name(tmp_path):
    """`restore` does not begin with the verb `rest`."""
    (tmp_path / "module.py").write_text("def restore(): ...\ndef knowledge(): ...\nis_settled = 1")
    assert list(retired_names(tmp_path / "module.py")) == []
