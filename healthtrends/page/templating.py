"""The Jinja2 templates of the pages: plain values in, HTML out; whatever a value holds, it is escaped.

A treatment code may hold quotes, tags or formulas. Autoescape is on for all templates; `safe` is used for the
program's own scripts, styles and charts only. A name that no value was given for is an error. Signs that turn
the direction of text, and others that are not seen, are spelled out, so that no value reads as another.

Line breaks and indentation of a template are not in the page: they would be text between the elements.
"""

import functools
import importlib.resources
import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from healthtrends.page.translations import Translations
from healthtrends.visible_text import JOINERS, LINES, visible

if TYPE_CHECKING:
    from jinja2 import Environment

_TAG_OR_BREAK = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})|[ \t]*(\n)\s*", re.DOTALL)


def render(name: str, translations: Translations, **values: object) -> str:
    """Fill in a template of `templates/`, where `t` gives the texts. Raises UndefinedError for no value."""
    return _bundled().get_template(name).render(t=translations, **values)


def preload() -> None:
    """Import Jinja2 and compile all templates, so that the first page takes no longer than the others."""
    for name in _bundled().list_templates():
        _bundled().get_template(name)


@functools.cache
def _bundled() -> "Environment":
    """Templates that come with the program; each is compiled once a process."""
    return environment(importlib.resources.files(__package__).joinpath("templates"))


def environment(folder: Traversable) -> "Environment":
    """Make the environment of the templates in a folder."""
    from jinja2 import DictLoader, Environment, StrictUndefined

    loader = DictLoader(dict(_sources(folder)))
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, auto_reload=False, finalize=_seen
    )


def _seen(value: object) -> object:
    """A value as it is printed; Markup is made of values that came through here."""
    return visible(value, LINES + JOINERS) if type(value) is str else value


def _sources(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    """Names and texts of the templates in a folder and in those below it."""
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{above}{entry.name}/")
        else:
            yield above + entry.name, _TAG_OR_BREAK.sub(_without_break, entry.read_text(encoding="utf-8"))


def _without_break(found: re.Match[str]) -> str:
    """Put a line break into a comment, so that errors still name the template's line."""
    return found[1] or "{#" + "\n" * found[0].count("\n") + "#}"
