"""`unpublish`: what should never have been published is taken back."""

import datetime as dt

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Day


@command("unpublish")
@click.argument("date", type=Day(), metavar="DATE")
def unpublish(context: CommandContext, date: dt.date) -> None:
    """Take the reports of DATE back: its files, exports and page go.

    This is an entry of its own in the date's history, with the next number. What was published before stays
    readable by its number (`report DATE --issue N`); records are not touched. `run DATE` publishes again.

    Example: healthtrends unpublish 2024-01-01
    """
    settings = context.settings()
    context.check_servers(settings)
    context.output.settings(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        record = pipeline.unpublish(date)
        is_released = pipeline.releases.find(date) is not None
    context.output.document(record.to_dict())
    (found,) = record.dates
    context.output.text(f"{date}: {found.action}, issue {found.issue} says so")
    context.output.note(f"`healthtrends report {date} --issues` lists what was published before")
    if is_released:
        context.output.note(f"what was released of {date} stays in release/: tell those who have it")
