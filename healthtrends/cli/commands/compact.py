"""`compact`: many small files of a day into few."""

import datetime as dt

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import LATEST, Day
from healthtrends.errors import UsageError
from healthtrends.observe import counted

_KINDS = {"date": "records", "ingested": "rejects", "received": "facts"}


@command("compact")
@click.argument("date", type=Day(latest=True), required=False, metavar="[DATE]")
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Every day with more files than `ingest.compact_above`, of records and of rejects.",
)
def compact(context: CommandContext, date: dt.date | None, everything: bool) -> None:
    """Merge the record files of DATE and the rejects ingested on it; what they hold stays as it is.

    One commit for each. Safe beside `ingest --follow` and readers: the old files stay aside for two days.

    A `run` does what `--all` does. Beside a follower, let a scheduler call it between the runs.
    """
    if (date is None) != everything:
        raise UsageError(
            "give DATE or --all",
            "both are given" if everything else "neither says what to merge",
            "For example: healthtrends compact 2025-12-22, or healthtrends compact --all",
        )
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        merging = pipeline.compaction
        if date is not None:
            date = pipeline.latest() if date == LATEST else date
            _one(context, date, merging.merge(date), merging.merge(date, "ingested"))
            return
        days = []
        for found in merging.days_with_more_files():
            before, after = merging.merge(found.day, found.folder)
            kind = _KINDS[found.folder]
            days.append({"kind": kind, "date": str(found.day), "files_before": before, "files_after": after})
            context.output.text(f"{found.day}: {counted(before, 'file')} of {kind} before, {after} now")
    context.output.document({"days": days})
    if not days:
        context.output.note("no day has that many files")


def _one(context: CommandContext, date: dt.date, records: tuple[int, int], rejects: tuple[int, int]) -> None:
    context.output.document(
        {
            "date": date.isoformat(),
            "files_before": records[0],
            "files_after": records[1],
            "rejects_before": rejects[0],
            "rejects_after": rejects[1],
        }
    )
    context.output.text(f"{date}: {counted(records[0], 'file')} before, {records[1]} now")
    if rejects[0]:
        context.output.text(f"{date}: {counted(rejects[0], 'file')} of rejects before, {rejects[1]} now")
