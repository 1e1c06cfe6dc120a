# ruff: noqa: INP001  a script of the documentation, no package
"""Writes docs/reference/read-api.md from the docstrings and signatures of the read API."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

from healthtrends import read

PAGE = "read-api.md"
_HEAD = """# Read API

Made by `make docs` from `healthtrends/read/`. Names and signatures stay as they are; a test holds them.
How to use it: [read the data from Python](../how-to/read-api.md).
"""
_MODULES = ("healthtrends.read.data.", "healthtrends.read.table.", "collections.abc.", "typing.")


def page() -> str:
    """The whole page, as Markdown."""
    return _HEAD + "".join(_lines())


def _lines() -> Iterator[str]:
    yield _section("healthtrends.open", read.open, "##")
    for kind in (read.Data, read.Table, read.Records, read.SparkData):
        yield f"\n## {kind.__name__}\n\n{inspect.getdoc(kind)}\n"
        for name, value in vars(kind).items():
            if not name.startswith("_"):
                yield _section(f".{name}", value, "###")


def _section(name: str, value: object, level: str) -> str:
    return f"\n{level} {name}\n\n```python\n{name}{_signature(value)}\n```\n\n{inspect.getdoc(value)}\n"


def _signature(value: object) -> str:
    if not callable(value):
        return ""
    text = str(inspect.signature(value)).replace("(self, ", "(").replace("(self)", "()").replace("'", '"')
    for module in _MODULES:
        text = text.replace(module, "")
    return text


def main(folder: Path) -> None:
    """Write the page."""
    (folder / PAGE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
