"""`resolve`: the records of visits, computed from facts."""

from dataclasses import asdict

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.observe import counted


@command("resolve")
@click.option("--rebuild", is_flag=True, help="Compute the records of all facts again, not of new ones only.")
def resolve(context: CommandContext, *, rebuild: bool) -> None:
    """Compute the records of visits from the facts of HL7v2 and FHIR messages.

    A `run` does it before the analysis. Alone it is for `verify` in between, and with --rebuild for files of
    such records that are damaged. Dates whose records do not change keep their files.
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        done = pipeline.maintenance.resolve(rebuild=rebuild)
    context.output.document(asdict(done))
    context.output.text(
        f"{counted(done.facts, 'fact')}: {counted(done.added, 'record')} written,"
        f" {done.removed:,} taken out, of {counted(len(done.dates), 'date')}"
    )
