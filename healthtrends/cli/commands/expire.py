"""`expire`: what is older than the settings of retention goes for good."""

from dataclasses import asdict

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.observe import counted

_MOST_NAMED = 3


@command("expire")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
def expire(context: CommandContext, *, dry_run: bool) -> None:
    """Take out records, rejects, earlier issues and run records that are older than `[retention]` says.

    A date's records go once they are counted and published; its reports and cubes stay, and are final. A
    `run` does the same at its end. Without any of these settings nothing goes.
    """
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        done = pipeline.expire(dry_run=dry_run)
    output = context.output
    output.document({"dry_run": dry_run, **asdict(done)})
    if not settings.retention.is_set:
        output.text("nothing expires: no setting of [retention] is set")
        return
    would = "would go" if dry_run else "went"
    output.text(
        f"{counted(done.lines, 'line')} of records of {counted(len(done.dates), 'date')} {would}"
        f"{_named(done.dates)}"
    )
    output.text(
        f"{counted(done.rejects, 'reject')} of {counted(len(done.reject_days), 'day')} of ingest {would}"
    )
    output.text(f"earlier issues of {counted(len(done.issues), 'date')} {would}")
    output.text(f"{counted(done.runs, 'run record')} {would}")
    if done.late_files:
        output.text(f"{counted(done.late_files, 'file')} of late records among them")
    if done.waiting:
        output.text(
            f"{counted(len(done.waiting), 'date')} old enough and not counted or published as it is stored"
            f"{_named(done.waiting)}: `healthtrends backfill` and `run --reprocess stale` do"
        )
    if done.computed:
        facts = "facts" if dry_run else counted(done.facts, "fact")
        output.text(f"{facts} of the visits of {counted(len(done.computed), 'date')} {would} with them")


def _named(dates: list[str]) -> str:
    more = ", ..." if len(dates) > _MOST_NAMED else ""
    return f" ({', '.join(dates[:_MOST_NAMED])}{more})" if dates else ""
