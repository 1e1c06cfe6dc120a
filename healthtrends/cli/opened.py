"""Opens the pipeline of a command that reads or annotates."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from healthtrends.cli.context import CommandContext

if TYPE_CHECKING:
    from healthtrends.orchestrate.pipeline import Pipeline


@contextmanager
def opened_pipeline(context: CommandContext) -> "Iterator[Pipeline]":
    """Give the pipeline on the configured servers, which are checked first."""
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        yield pipeline
