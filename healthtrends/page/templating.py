"""The Jinja2 templates of the pages: plain values in, HTML out; whatever a value holds, it is escaped.

A treatment code may hold quotes, tags or formulas. Autoescape is on for all templates; `safe` is used for the
program's own scripts, styles and charts only. A name that no value was given for is an error.

Line breaks and indentation of a template are not in the page: they would be text between the elements.
"""

import functools
import importlib.resources
import re
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from healthtrends.page.translations import Translations

if TYPE_CHECKING:
    from jinja2 import Environment

_TAG_OR_BREAK = re.compile(r"(\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\})|[ \t]*(\n)\s*", re.DOTALL)


def render(name: str, translations: Translations, **values: object) -> str:
    """Fill in a template of `templates/`, where `t` gives the texts. Raises UndefinedError for no value."""
    return _bundled().get_template(name).render(t=translations, **values)


@functools.cache
def _bundled() -> "Environment":
    """Templates that come with the program; each is compiled once a process."""
    return environment(importlib.resources.files(__package__).joinpath("templates"))


def environment(folder: Traversable) -> "Environment":
    """Make the environment of the templates in a folder."""
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    def source(name: str) -> str:
        return _TAG_OR_BREAK.sub(_without_break, folder.joinpath(name).read_text(encoding="utf-8"))

    return Environment(
        loader=FunctionLoader(source), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )


def _without_break(found: re.Match[str]) -> str:
    """Put a line break into a comment, so that errors still name the template's line."""
    return found[1] or "{#" + "\n" * found[0].count("\n") + "#}"
