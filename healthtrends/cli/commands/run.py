"""`run`: the whole day, or a range of days."""

import datetime as dt
from typing import Literal, TypedDict, Unpack, get_args

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command, local_option
from healthtrends.cli.dates import LATEST, Day, days
from healthtrends.config import Settings, shown_url
from healthtrends.config.engines import EngineName
from healthtrends.errors import UsageError


class RunFlags(TypedDict):
    """The command line of `run`, as click hands it over."""

    date: dt.date | None
    first: dt.date | None
    last: dt.date | None
    reprocess: Literal["missing", "failed", "stale", "all"] | None
    engine: EngineName | None
    master: str | None
    only: Literal["preflight", "ingest", "analyze", "publish"] | None
    dry_run: bool
    no_ingest: bool
    allow_empty: bool
    local: bool


@command("run")
@click.argument("date", type=Day(latest=True), required=False, metavar="[DATE]")
@click.option("--from", "first", type=Day(), metavar="D", help="First day of a range.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last day of a range.")
@click.option(
    "--reprocess",
    type=click.Choice(["missing", "failed", "stale", "all"]),
    help="Which days to make; without it, those that are missing or stale. Without DATE: of all days.",
)
@click.option("--engine", type=click.Choice(get_args(EngineName)), help="What runs the PySpark code.")
@click.option(
    "--master",
    metavar="URL",
    help="spark: master such as 'local[*]'. connect: sc://host:15002. "
    "A token is better put in HEALTHTRENDS_ENGINE__TOKEN: other users can read command lines.",
)
@click.option(
    "--only",
    type=click.Choice(["preflight", "ingest", "analyze", "publish"]),
    help="Run this step alone.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--no-ingest", is_flag=True, help="Work with what is stored; read nothing of the topic.")
@click.option(
    "--allow-empty",
    is_flag=True,
    help="Also publish dates before the first or after the last stored date; their reports are empty.",
)
@local_option
def run(context: CommandContext, **flags: Unpack[RunFlags]) -> int:
    """Make the reports of a day.

    Checks, ingests to the topic's present end, analyses and publishes. Releases dates that have become final
    for others, with small counts hidden (release.enabled).

    Done twice it changes nothing. With nothing configured it starts the local stack first: on a terminal,
    with --local, or where HEALTHTRENDS_HOME holds one already; else it ends with exit code 2.

    A date outside the range of stored dates is a mistake, or its feed is down: exit code 2.

    DATE is YYYY-MM-DD, today or yesterday (in source.timezone), or latest: the newest date of which records
    are stored.

    Examples: healthtrends run 2025-12-22; healthtrends run yesterday; healthtrends run --reprocess stale
    """
    settings = context.settings(engine__name=flags["engine"], engine__master=flags["master"])
    _master_has_use(flags["master"], settings.engine.name)
    dates = _dates(flags, settings)
    if flags["dry_run"]:
        return _run(context, settings, dates, flags)
    from healthtrends.orchestrate.wiring.recorded_job import recorded_job

    with recorded_job(settings, "run") as job:
        job.exit_code = _run(context, settings, dates, flags)
    return job.exit_code


def _run(context: CommandContext, settings: Settings, dates: list[dt.date], flags: RunFlags) -> int:
    context.check_servers(settings, local=flags["local"])
    context.output.settings(settings)
    _warn_of_token(context, flags["master"])

    from healthtrends.cli.commands.summary import show_run
    from healthtrends.orchestrate.wiring.real_dependencies import RunOptions, check_hook, open_pipeline

    check_hook(settings.alert)
    options = RunOptions(
        engine=flags["engine"],
        master=shown_url(flags["master"]) if flags["master"] else None,
        only=flags["only"],
        dry_run=flags["dry_run"],
        no_ingest=flags["no_ingest"],
        allow_empty=flags["allow_empty"],
        reprocess=flags["reprocess"],
    )
    with open_pipeline(settings, context.output.note, start_stack=not flags["dry_run"]) as pipeline:
        dates = [pipeline.latest() if date == LATEST else date for date in dates]
        summary = pipeline.run_dates(dates, options, interrupt.put_off)
    show_run(context.output, summary.to_dict())
    if not dates and not summary.dates and not summary.error:
        context.output.note(f"no date is {flags['reprocess']}")
    return summary.exit_code


def _dates(flags: RunFlags, settings: Settings) -> list[dt.date]:
    """Give the days asked for; none with `--reprocess` alone, which takes all that are due."""
    if flags["reprocess"] and not (flags["date"] or flags["first"] or flags["last"]):
        return []
    return days(flags["date"], flags["first"], flags["last"], settings)


def _master_has_use(master: str | None, engine: str) -> None:
    if master and engine == "embedded":
        raise UsageError(
            "--master is of no use here",
            "the engine is embedded",
            "add `--engine spark` or `--engine connect`",
        )


def _warn_of_token(context: CommandContext, master: str | None) -> None:
    if master and shown_url(master) != master:
        context.output.note("  the token in --master can be read by other users of this machine, with `ps`;")
        context.output.note("  HEALTHTRENDS_ENGINE__TOKEN or engine.token keeps it to yourself")
