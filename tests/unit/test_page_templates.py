"""Templates of the pages: what a value holds is text, what is missing is an error, layout leaves no trace."""

import re
from pathlib import Path

import pytest
from jinja2 import TemplateSyntaxError, UndefinedError

import healthtrends.page
from healthtrends.page import templating
from healthtrends.page.templating import environment
from tests.browser.sample import HOSTILE

FOLDER = Path(healthtrends.page.__file__).parent / "templates"
TEMPLATES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.html"))


@pytest.fixture
def written(tmp_path):
    """Render a template that is written in the test, by the rules of the pages."""

    def put(source: str, **values: object) -> str:
        (tmp_path / "page.html").write_text(source, encoding="utf-8")
        return environment(tmp_path).get_template("page.html").render(**values)

    return put


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_text_in_an_element_and_in_an_attribute(written, value):
    """Whatever it holds."""
    found = written('<b title="{{ value }}">{{ value }}</b>', value=value)
    assert not set("<>\"'") & set(found.removeprefix('<b title="').removesuffix("</b>").replace('">', "", 1))


def test_a_name_without_a_value_is_an_error(written):
    """A number would be missing on the page, and nobody would see it."""
    with pytest.raises(UndefinedError, match="'patients' is undefined"):
        written("<p>{{ patients }}</p>")


def test_line_breaks_and_indentation_of_a_template_are_not_in_the_page(written):
    """White space between two elements is a blank for readers."""
    found = written("<ul>\n  {% for n in (1, 2) %}\n    <li>{{ n }} of\n  {% endfor %}\n</ul>\n")
    assert found == "<ul><li>1 of<li>2 of</ul>"


def test_an_error_names_the_line_of_the_template(written):
    """Though its line breaks are not in the page."""
    with pytest.raises(TemplateSyntaxError, match="unexpected") as caught:
        written("<ul>\n\n  {# one\n  two #}\n  <li>\n  {{ patients + }}\n</ul>")
    assert caught.value.lineno == 6


def test_a_line_break_in_a_value_is_kept(written):
    """Licences are many lines."""
    assert written("<pre>\n  {{ text }}\n</pre>", text="a\n  b") == "<pre>a\n  b</pre>"


def test_only_the_programs_own_scripts_and_styles_are_not_escaped():
    """Both are in the frame of every page."""
    unescaped = [name for name in TEMPLATES if re.search(r"\bsafe\b|autoescape", (FOLDER / name).read_text())]
    assert unescaped == ["document.html"]
    frame = (FOLDER / "document.html").read_text()
    assert re.findall(r"\{\{ ([\w.]+)\|safe", frame) == ["frame.styles.content", "script.content"]


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_compares_or_counts(name):
    """Python prepares the values; a template repeats, leaves out and prints."""
    text = (FOLDER / name).read_text()
    assert re.findall(r"\{[{%][^}]*(?:==|!=|[<>] |\|\s*(?!safe)\w)[^}]*[%}]\}", text) == []


def test_all_templates_can_be_compiled_before_the_first_page():
    """Those that a section includes too; a run does it while it waits for servers."""
    found = environment(FOLDER)
    assert sorted(found.list_templates()) == TEMPLATES
    templating.preload()
