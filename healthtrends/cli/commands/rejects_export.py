"""`rejects export`: the rejected messages as a table for other programs."""

import datetime as dt
from pathlib import Path
from typing import TypedDict, Unpack, cast

import click

from healthtrends.cli.commands.reject_options import parse_filter, reject_options
from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError
from healthtrends.observe import counted

_KINDS = ("parquet", "csv")


class FormFlags(TypedDict):
    """What the file looks like."""

    content: bool
    spreadsheet: bool


@command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@reject_options
@click.option("--content", is_flag=True, help="With the bytes that are kept of each message.")
@click.option("--spreadsheet", is_flag=True, help="CSV: make values that a spreadsheet would run mere text.")
def export(
    context: CommandContext,
    file: Path,
    date: dt.date | None,
    reason: str | None,
    source: str | None,
    **form: Unpack[FormFlags],
) -> None:
    """Write rejects to FILE, which ends in .parquet or .csv.

    One row for each: day, position, reason, field, length. No content, unless it is asked for: it may hold a
    patient's data. Only you can read FILE.
    """
    kind = file.suffix.removeprefix(".").lower()
    if kind not in _KINDS:
        raise UsageError(
            f"{file.name!r} is no name of a table",
            "it ends in .parquet or .csv",
            "For example: `healthtrends rejects export rejects.parquet`",
        )
    if form["spreadsheet"] and kind != "csv":
        raise UsageError(
            "--spreadsheet is for CSV", "the cells of Parquet have types and never run", "Leave it out."
        )
    settings = context.settings()
    context.check_servers(settings)
    reject_filter = parse_filter(date, reason, source)

    from healthtrends.cli.private_file import private_file
    from healthtrends.ingest.reject_table import TableForm, TableKind, write_table
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline, private_file(file) as table:
        found = pipeline.maintenance.dated_rejects(reject_filter, content=form["content"])
        written = write_table(table, TableForm(kind=cast("TableKind", kind), **form), found)
    context.output.document({"file": str(file), "rejects": written, "content": form["content"]})
    context.output.text(f"{file}: {counted(written, 'reject')}")
