"""The generated pages say what the program says."""

from pathlib import Path

import click
import pytest

from healthtrends.cli import reference
from healthtrends.cli.main import cli
from healthtrends.config.schema import fields

PAGES = Path(__file__).resolve().parents[2] / "docs" / "reference"


@pytest.mark.parametrize(
    ("name", "made"),
    [("cli.md", reference.cli_page), ("configuration.md", reference.configuration_page)],
)
def test_the_page_is_current(name, made):
    """Otherwise: `make docs`, and commit what it changed."""
    assert (PAGES / name).read_text(encoding="utf-8") == made()


def test_every_setting_is_described_in_one_line():
    """The page would show a hole."""
    for field in fields():
        assert field.description.endswith("."), field.key
        assert "\n" not in field.description, field.key
        assert field.allowed, field.key


def test_every_option_and_command_is_described():
    """So would `--help`."""
    for name, command in cli.commands.items():
        assert command.help, name
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, (name, parameter.name)


def test_make_docs_writes_both_pages(tmp_path):
    """Into the folder it is given."""
    reference.main(tmp_path / "reference")
    assert sorted(path.name for path in (tmp_path / "reference").iterdir()) == ["cli.md", "configuration.md"]
