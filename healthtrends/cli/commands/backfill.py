"""`backfill`: the counting of stored dates that no run has counted."""

import datetime as dt

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Day, check_order
from healthtrends.config import Settings


@command("backfill")
@click.option("--from", "first", type=Day(), metavar="D", help="First date; default: the first stored one.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last date; default: the last stored one.")
def backfill(context: CommandContext, first: dt.date | None, last: dt.date | None) -> int:
    """Count the records of stored dates that no run has counted yet.

    A run counts the 28 dates that its reports tell of. Curves and the index of the pages reach further back:
    there such dates are hatched until they are counted. Nothing is published, nothing is read of the topic.

    Example: healthtrends backfill --from 2025-09-01
    """
    if first is not None and last is not None:
        check_order(first, last)
    settings = context.settings()
    from healthtrends.orchestrate.wiring.recorded_job import recorded_job

    with recorded_job(settings, "backfill") as job:
        job.exit_code = _backfill(context, settings, first, last)
    return job.exit_code


def _backfill(
    context: CommandContext, settings: Settings, first: dt.date | None, last: dt.date | None
) -> int:
    context.check_servers(settings)
    context.output.settings(settings)

    from healthtrends.cli.commands.summary import show_backfill
    from healthtrends.orchestrate.wiring.real_dependencies import check_hook, open_pipeline

    check_hook(settings.alert)
    with open_pipeline(settings, context.output.note) as pipeline:
        summary = pipeline.backfill(first, last)
    show_backfill(context.output, summary.to_dict())
    return summary.exit_code
