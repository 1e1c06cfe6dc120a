"""Who says something, and in which words, on the command line."""

import getpass
from collections.abc import Callable
from typing import ParamSpec

import click

P = ParamSpec("P")
_LONGEST_NAME = 100


class NoteText(click.ParamType[str]):
    """One line of text that people wrote."""

    name = "text"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the text, or end the command with the rule."""
        from healthtrends.model.known_days import note_text

        try:
            return note_text(str(value).strip())
        except ValueError as error:
            self.fail(f"a note that cannot be kept: {error}.", param, ctx)


class _Name(click.ParamType[str]):
    name = "name"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        name = str(value).strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            self.fail(f"a name has 1 to {_LONGEST_NAME} characters, and no control characters.", param, ctx)
        return name


def _user() -> str:
    """The user of this process; empty where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def by_option(function: Callable[P, int | None]) -> Callable[P, int | None]:
    """Add the option that says who it is."""
    return click.option(
        "--by", type=_Name(), default=_user, metavar="NAME", help="Who says so; default: the user's name."
    )(function)
