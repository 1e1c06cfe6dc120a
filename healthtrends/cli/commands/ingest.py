"""`ingest`: from the topic to HDFS, each message exactly once; and damaged files once more."""

import dataclasses
import re
from contextlib import nullcontext
from typing import TypedDict, Unpack

import click

from healthtrends import interrupt
from healthtrends.cli.context import CommandContext, command, local_option
from healthtrends.config import Settings
from healthtrends.errors import UsageError


class IngestFlags(TypedDict):
    """The options as click hands them over."""

    follow: bool
    shard: str | None
    on_data_loss: str | None
    new_key: bool
    restage: bool
    engine: str | None
    master: str | None
    local: bool


class ShardText(click.ParamType[str]):
    """I/N: the part of the partitions that this process takes, 1/N to N/N."""

    name = "shard"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Check the form and the range."""
        found = re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", str(value))
        if found is None or not 1 <= int(found[1]) <= int(found[2]):
            self.fail(f"{value!r}: a shard is I/N with I from 1 to N, e.g. 1/3.", param, ctx)
        return str(value)


@command("ingest")
@click.argument("files", nargs=-1, metavar="[FILE...]")
@click.option("--follow", is_flag=True, help="Go on with what arrives until SIGTERM or Ctrl-C.")
@click.option(
    "--shard", type=ShardText(), metavar="I/N", help="Take only this part of the partitions, 1/N to N/N."
)
@click.option(
    "--on-data-loss",
    type=click.Choice(["stop", "skip"]),
    help="When the topic no longer holds the next offset: stop, or record the gap and go on.",
)
@click.option("--new-key", is_flag=True, help="Accept another pseudonym key than the one used so far.")
@click.option(
    "--restage", is_flag=True, help="Make each FILE, as `verify` names it, again from the topic's messages."
)
@click.option(
    "--engine",
    type=click.Choice(["spark"]),
    help="Read and stage on the executors of Spark, for a backlog beyond one machine; commit here.",
)
@click.option("--master", metavar="URL", help="Spark master for --engine spark, e.g. 'yarn'.")
@local_option
def ingest(context: CommandContext, files: tuple[str, ...], **flags: Unpack[IngestFlags]) -> int:
    """Store what the topic holds up to its present end.

    A second ingest of the same partitions takes them over, and this one stops with exit 0. When too many
    messages are rejected (quality.max_reject_share) the exit code is 3 once all is stored; not with --follow.

    With --restage nothing new is stored: each FILE that is damaged or missing is made again from the offsets
    it came from. Files that are whole are left alone.
    """
    _check_engine(flags)
    settings = context.settings(ingest__on_data_loss=flags["on_data_loss"], engine__master=flags["master"])
    if flags["restage"] or files:
        _check_alone(files, flags)
        context.check_servers(settings)
        return _restage(context, settings, files)
    from healthtrends.orchestrate.wiring.recorded_job import recorded_job

    with recorded_job(settings, "ingest") as job:
        context.check_servers(settings, local=flags["local"])
        context.output.settings(settings)
        job.exit_code = _ingest(context, settings, flags)
    return job.exit_code


def _ingest(context: CommandContext, settings: Settings, flags: IngestFlags) -> int:
    from healthtrends.cli.commands.summary import show_ingest
    from healthtrends.ingest.plan import Shard
    from healthtrends.orchestrate.wiring.long_process import watched
    from healthtrends.orchestrate.wiring.real_dependencies import check_hook, open_pipeline

    check_hook(settings.alert)
    number, of = map(int, (flags["shard"] or "1/1").split("/"))
    shard, how = Shard(number - 1, of), {"new_key": flags["new_key"], "on_cluster": bool(flags["engine"])}
    with (
        interrupt.stop_request() as request,
        watched(settings, "ingest.looked", context.output.note)
        if flags["follow"]
        else nullcontext() as watch,
        open_pipeline(settings, context.output.note) as pipeline,
    ):
        if watch is not None:
            watch.begin(pipeline.ready_checks(), request.event)
        summary = pipeline.ingest(flags["follow"], shard, request.event, **how)
        is_judged = not (flags["follow"] or request.interrupted)
        gate = pipeline.runs.check_ingest(summary) if is_judged else None
    show_ingest(context.output, dataclasses.asdict(summary), gate)
    if request.interrupted:
        return interrupt.EXIT_CODE
    return gate.exit_code if gate else 0


def _check_engine(flags: IngestFlags) -> None:
    """Spark stages what is there now, of all partitions: one driver is one writer already."""
    if flags["engine"] is None:
        if flags["master"] is not None:
            raise UsageError("--master belongs to --engine spark", "", "Add `--engine spark`.")
        return
    others = [name for name in ("follow", "shard", "restage") if flags[name]]
    if others:
        raise UsageError(
            f"--engine spark does not go with --{others[0]}",
            "it stages the backlog of all partitions once",
            "Let it store the backlog; then go on with `healthtrends ingest --follow`, in shards or not."
            if others[0] != "restage"
            else "Files are restaged without it: `healthtrends ingest --restage FILE`.",
        )


def _check_alone(files: tuple[str, ...], flags: IngestFlags) -> None:
    others = flags["follow"] or flags["shard"] or flags["new_key"] or flags["local"]
    if not flags["restage"] or not files or others:
        raise UsageError(
            "--restage and its files belong together, and alone",
            "it takes one FILE or more, and neither --follow, --shard, --new-key nor --local",
            "For example: `healthtrends ingest --restage FILE`, with a FILE that `verify` names.",
        )


def _restage(context: CommandContext, settings: Settings, files: tuple[str, ...]) -> int:
    context.output.settings(settings)

    from healthtrends.cli.commands.summary import show_restaged
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        done = [dataclasses.asdict(each) for each in pipeline.maintenance.restage(files)]
    show_restaged(context.output, done)
    return 0
