"""`delta`: released reports as Delta tables, of which each version is a release."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Moment
from healthtrends.cli.report_name import ReportName
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.orchestrate.delta_tables import DeltaTables
    from healthtrends.publish.versioned_tables import StoredVersion, TablePlace

_COLUMNS = ("version", "date", "release", "issue", "published_at")

_to = click.option(
    "--to",
    "location",
    metavar="PLACE",
    help="Folder of the tables, here or hdfs://host:port/folder; default: delta.location.",
)


@click.group("delta")
def delta() -> None:
    """Keep Delta tables of the released reports, for BI tools. Needs the extra `delta`.

    One table for each report, partitioned by date, written without Java. Each release of a date is one
    version, in the order of the releases: reading an earlier version shows what was released then.
    """


@command("write")
@_to
def write(context: CommandContext, location: str | None) -> None:
    """Write the releases that the tables do not have yet, each as one version.

    Interrupted or repeated, it goes on from what the tables say: nothing is written twice.

    Example: healthtrends delta write --to /mnt/bi/tables
    """
    with _opened(context, location, writes=True) as (tables, place):
        done = tables.update(place)
    context.output.document(
        {"place": place.address, "tables": [{"table": each.name, "written": each.written} for each in done]}
    )
    for each in done:
        context.output.text(f"{each.name}: {counted(each.written, 'new version')}")
    context.output.text(place.address)


@command("list")
@_to
@click.option("--name", type=ReportName(), default="trend_summary", show_default=True, help="Which table.")
@click.option(
    "--as-of", type=Moment(), metavar="TIME", help="Only the version to read as of this time, or a day's end."
)
def list_(context: CommandContext, location: str | None, name: str, as_of: dt.datetime | None) -> None:
    """List which version of a table is which release.

    Example: healthtrends delta list --as-of 2025-12-24 --json
    """
    with _opened(context, location) as (tables, place):
        found = tables.versions(place, name)
    if as_of is not None:
        found = [each for each in found if dt.datetime.fromisoformat(each.version.published_at) <= as_of][-1:]
    context.output.document(
        {"place": place.address, "table": name, "versions": [_document(each) for each in found]}
    )
    rows = [tuple(_text(value) for value in _document(each).values()) for each in found]
    context.output.csv(f"versions of {name}", _COLUMNS, rows)


@command("vacuum")
@_to
def vacuum(context: CommandContext, location: str | None) -> None:
    """Delete files that no version of the last delta.keep_days needs.

    Versions before that are still listed, and cannot be read any more. What an interrupted write left goes
    too, once it is as old.
    """
    keep_days = context.settings().delta.keep_days
    with _opened(context, location) as (tables, place):
        deleted = tables.vacuum(place, keep_days)
    context.output.document({"place": place.address, "keep_days": keep_days, "deleted": deleted})
    for name, count in deleted.items():
        context.output.text(f"{name}: {counted(count, 'file')} deleted")


for _command in (write, list_, vacuum):
    delta.add_command(_command)


def _document(stored: "StoredVersion") -> dict[str, object]:
    version = stored.version
    values = (stored.number, version.date.isoformat(), version.release, version.issue, version.published_at)
    return dict(zip(_COLUMNS, values, strict=True))


def _text(value: object) -> str:
    return "" if value is None else str(value)


@contextmanager
def _opened(
    context: CommandContext, location: str | None, *, writes: bool = False
) -> "Iterator[tuple[DeltaTables, TablePlace]]":
    settings = context.settings()
    context.check_servers(settings)
    from healthtrends.orchestrate.wiring.delta_place import check_installed, open_delta_place
    from healthtrends.orchestrate.wiring.local_stack import resolve_addresses
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    check_installed()  # refused, if at all, before a server starts
    settings = resolve_addresses(settings, context.output.note)
    place = open_delta_place(settings, location, writes=writes)
    with open_pipeline(settings, context.output.note) as pipeline:
        yield pipeline.delta_tables, place
