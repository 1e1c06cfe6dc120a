"""`status`: where everything is and how far it got."""

from typing import Any, Literal, get_args

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.output import Output
from healthtrends.config import Settings
from healthtrends.errors import DependencyDown, QualityGate

Form = Literal["librdkafka", "java", "spark"]


@command("status")
@click.option(
    "--kafka-client",
    "form",
    type=click.Choice(get_args(Form)),
    help="Print instead what a Kafka client of another program needs, password included: lines key=value.",
)
@click.option("--all", "whole", is_flag=True, help="All dates instead of the newest 14; --json has all.")
@click.option("--check", is_flag=True, help="Exit code 3 when something needs a person, for a scheduler.")
def status(context: CommandContext, form: Form | None, *, whole: bool, check: bool) -> int:
    """Show where everything is and how far it got.

    Addresses, lag, the last commit, the last run and its result, and which dates have which reports. Starts
    nothing. What needs a person is listed at the end: a last run that failed or was stopped by a gate, dates
    whose reports are missing or stale, offsets that an open transaction hides.
    """
    settings = context.settings()
    if form is not None:
        _show_client(context.output, settings, form)
        return 0

    from healthtrends.cli.commands.summary import show_status
    from healthtrends.orchestrate.wiring.local_stack import local_stack

    if not settings.uses_local_stack:
        found = _asked(context, settings)
        show_status(context.output, found, whole=whole)
        return QualityGate.exit_code if check and found["attention"] else 0
    stack = local_stack().status()
    if stack.running and stack.addresses is not None:
        from healthtrends.orchestrate.wiring.local_stack import with_addresses

        found = _asked(context, with_addresses(settings, stack.addresses))
        show_status(context.output, found, whole=whole)
        return QualityGate.exit_code if check and found["attention"] else 0
    known = stack.addresses
    show_status(
        context.output,
        {
            "stack": {
                "running": False,
                "home": str(stack.home),
                "secure": known is not None and known.is_secure,
            },
            "kafka": {
                "bootstrap_servers": known.bootstrap_servers if known else None,
                "topic": settings.kafka.topic,
                "lag": None,
                "hidden": None,
                "client_file": str(known.kafka_client_file) if known else None,
            },
            "hdfs": {"url": known.hdfs_url if known else None, "root": settings.hdfs.root},
            "commits": {"last_seq": None, "records": None, "rejects": None},
            "last_run": None,
            "dates": [],
            "attention": ["the local stack does not run; start it with `healthtrends up`"],
        },
        whole=whole,
    )
    return DependencyDown.exit_code if check else 0


def _show_client(output: Output, settings: Settings, form: Form) -> None:
    """On stdout only, and only when asked for: it holds secrets."""
    from healthtrends.orchestrate.wiring.client_settings import as_lines, client_settings

    found = client_settings(settings, form)
    output.document(found)
    for line in as_lines(found, form):
        output.text(line)


def _asked(context: CommandContext, settings: Settings) -> dict[str, Any]:
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        return pipeline.status()
