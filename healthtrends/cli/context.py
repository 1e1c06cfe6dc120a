"""What every command shares: `--config`, `--json`, `--quiet`, `--log-format`, `-v`, and what they lead to.

The options are accepted before and after the command's name, so they are declared on the
group and on each command; the first place that gives one wins.
"""

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click

from healthtrends.cli.output import Output
from healthtrends.config import Settings
from healthtrends.observe import LogFormat, Mode, configure

P = ParamSpec("P")


@dataclass(slots=True)
class Common:
    """The shared options as they are found while click reads the command line."""

    config: Path | None = None
    json: bool = False
    quiet: bool = False
    verbose: bool = False
    log_format: LogFormat = "plain"

    def look_ahead(self, arguments: Sequence[str]) -> None:
        """Find options that say how to report an error: click may have stopped before it came to them."""
        self.json = self.json or "--json" in arguments
        if "--log-format=json" in arguments or ("--log-format", "json") in pairwise(arguments):
            self.log_format = "json"

    def mode(self) -> Mode:
        """How to speak; also sets it for the log and the progress bars."""
        return configure(quiet=self.quiet, verbose=self.verbose, json=self.json, log_format=self.log_format)


class CommandContext:
    """One invocation of one command. Raises ConfigError for an environment variable that means nothing."""

    def __init__(self, common: Common) -> None:
        from healthtrends.config import check_names

        check_names(os.environ)
        self.output = Output(common.mode())
        self._config = common.config

    def settings(self, **overrides: object) -> Settings:
        """Resolve the settings; `overrides` are flags as `kafka__topic=value`, None = not given."""
        from healthtrends.config import load

        dotted = {key.replace("__", ".", 1): value for key, value in overrides.items()}
        return load(self._config, dotted, os.environ)

    def set_days(self, flags: dict[str, Any]) -> None:
        """Put the days that `today`, `yesterday` and a date as a time mean at the place into the flags."""
        from healthtrends.cli.dates import in_zone, waits_for_zone

        waiting = [name for name, value in flags.items() if waits_for_zone(value)]
        if waiting:
            zone = self.settings().source.timezone
            flags.update({name: in_zone(flags[name], zone) for name in waiting})

    def check_servers(self, settings: Settings, *, local: bool = False) -> None:
        """Look whether a command may use servers; `local` is its flag `--local`.

        Raises ConfigError where none is configured, and nobody wants a local stack.
        """
        from healthtrends.cli.local import check_wanted

        check_wanted(settings, self._config, local=local)


def _remember(context: click.Context, parameter: click.Parameter, value: object) -> None:
    common = context.find_root().ensure_object(Common)
    if value and parameter.name:
        setattr(common, parameter.name, value)


_SHARED = (
    click.option(
        "--config",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Configuration file instead of healthtrends.toml in the working directory.",
        expose_value=False,
        callback=_remember,
    ),
    click.option(
        "--json", is_flag=True, help="One JSON document on stdout.", expose_value=False, callback=_remember
    ),
    click.option(
        "--quiet",
        is_flag=True,
        help="No progress and no log on the terminal.",
        expose_value=False,
        callback=_remember,
    ),
    click.option(
        "--log-format",
        type=click.Choice(["plain", "json"]),
        help="json: the log on stderr is JSON lines, with --quiet too.",
        expose_value=False,
        callback=_remember,
    ),
    click.option(
        "-v",
        "--verbose",
        is_flag=True,
        help="More log, all settings, and a traceback with an error.",
        expose_value=False,
        callback=_remember,
    ),
)


def shared_options(function: Callable[P, int | None]) -> Callable[P, int | None]:
    """Add the options of every command."""
    for option in reversed(_SHARED):
        function = option(function)
    return function


local_option = click.option(
    "--local", is_flag=True, help="Start the local stack when it does not run; without a terminal too."
)
"""For commands that a schedule may run before there is any stack."""


def command(
    name: str, **words: str
) -> Callable[[Callable[Concatenate[CommandContext, P], int | None]], click.Command]:
    """Make a command of a function that takes the CommandContext first and returns the exit code or None.

    `words` are put into the braces of its docstring, which is the text of `--help`.
    """

    def decorate(function: Callable[Concatenate[CommandContext, P], int | None]) -> click.Command:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> int | None:
            common = click.get_current_context().find_root().ensure_object(Common)
            context = CommandContext(common)
            context.set_days(kwargs)
            return function(context, *args, **kwargs)

        if words and run.__doc__:
            run.__doc__ = run.__doc__.format(**words)
        return click.command(name)(shared_options(run))

    return decorate
