"""`watch`: a live screen of lag, commits, dates, alarms and faults."""

import os
import sys
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command
from healthtrends.config import Settings
from healthtrends.observe import configure

if TYPE_CHECKING:
    from healthtrends.cli.watch.loop import WatchOptions
    from healthtrends.orchestrate.pipeline import Pipeline


@command("watch")
@click.option(
    "--every",
    type=click.FloatRange(0.5, 3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="Time between two looks.",
)
@click.option(
    "--dates",
    type=click.IntRange(1, 1000),
    default=14,
    show_default=True,
    metavar="N",
    help="The newest N dates; each costs two calls to HDFS a look.",
)
@click.option(
    "--once",
    is_flag=True,
    help="One look as plain lines; exit code 5 when a server does not answer.",
)
def watch(context: CommandContext, every: float, dates: int, *, once: bool) -> int:
    """Show what the pipeline does, until q or Ctrl-C.

    Lag by partition, messages stored a second, the last commit, the newest dates and their states, the alarms
    of the newest date, and what is wrong. Up and down choose a date, Enter shows its trend report, Esc goes
    back. It only reads, and starts nothing. A server that does not answer is a line on the screen, and asked
    again at the next look.

    Without a terminal each look is a block of plain lines. --json is one look as one document.
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.cli.watch.loop import WatchOptions

    silence = settings.health.max_silence + settings.ingest.commit_interval
    options = WatchOptions(every, dates, silence)
    if once or context.output.mode.json:
        return _show_one(context, settings, options)
    return _show_many(context, settings, options)


def _show_one(context: CommandContext, settings: Settings, options: "WatchOptions") -> int:
    from healthtrends.cli.watch.document import look_document
    from healthtrends.cli.watch.lines import block_lines
    from healthtrends.cli.watch.screen import Screen
    from healthtrends.orchestrate.observer import HaltedPartitions

    with _opened(settings) as pipeline:
        look = pipeline.observer.look(HaltedPartitions(options.max_silence), options.dates)
    context.output.document(look_document(look))
    for line in block_lines(Screen(options.every).looked(look)):
        context.output.text(line)
    return look.exit_code


def _show_many(context: CommandContext, settings: Settings, options: "WatchOptions") -> int:
    from healthtrends.cli.watch.loop import show_as_lines, show_on_screen
    from healthtrends.cli.watch.terminal import is_screen

    opened = partial(_opened, settings)
    with interrupt.stop_request() as request:
        if is_screen():
            if sys.stderr.isatty():
                configure(quiet=True)  # a line of the log would stand in the middle of the screen
            is_closed = show_on_screen(opened, options, request)
        else:
            is_closed = show_as_lines(opened, options, request, context.output.text)
    code = interrupt.EXIT_CODE if request.interrupted else 0
    if not is_closed:  # a call waits for a server; it only reads, so it is left behind
        sys.stdout.flush()
        os._exit(code)
    return code


def _opened(settings: Settings) -> "AbstractContextManager[Pipeline]":
    from healthtrends.orchestrate.wiring.real_dependencies import open_reader

    return open_reader(settings)
