"""`release`: what may leave the house."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Day, days
from healthtrends.cli.private_file import private_file
from healthtrends.errors import ReleaseRefused, UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from healthtrends.orchestrate.pipeline import Pipeline
    from healthtrends.orchestrate.released_dates import Released


class ReleaseFlags(TypedDict):
    """The command line of `release`, as click hands it over."""

    date: dt.date | None
    first: dt.date | None
    last: dt.date | None
    policy: str | None
    force: bool
    re_release: bool
    save: Path | None
    exports: Path | None


@command("release")
@click.argument("date", type=Day(), required=False, metavar="[DATE]")
@click.option("--from", "first", type=Day(), metavar="D", help="First day of a range.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last day of a range.")
@click.option(
    "--policy",
    type=click.Choice(["cms", "own", "opensafely", "midpoint6"]),
    help="Rule; without it `release.policy`.",
)
@click.option("--force", is_flag=True, help="Also a date that is provisional: more records may come.")
@click.option(
    "--re-release",
    is_flag=True,
    help="Also a date of which another issue was released: the two are compared.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the page of DATE's release to a file of this machine, too.",
)
@click.option(
    "--exports",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="Write the tables of DATE's release as CSV, Parquet and a data package into a folder, too.",
)
def release(context: CommandContext, **flags: Unpack[ReleaseFlags]) -> int:
    """Write what may leave the house of a date.

    The newest issue of the date, with small counts hidden, and others with which they could be computed. An
    audit then computes from the files alone what can be told of each hidden count. What it does not pass is
    not written: exit code 3. The files lie in release/ of the data root.

    Example: healthtrends release --from 2025-12-01 --to 2025-12-20
    """
    settings = context.settings(release__policy=flags["policy"])
    dates = days(flags["date"], flags["first"], flags["last"], settings)
    for name in ("save", "exports"):
        if flags[name] and len(dates) > 1:
            raise UsageError(f"--{name} is for one date", "each date has files of its own", "name one DATE")
    context.check_servers(settings)
    context.output.settings(settings)

    from healthtrends.orchestrate.dependencies import ReleaseOptions
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    wanted = settings.release
    options = ReleaseOptions(
        wanted.policy, wanted.hidden_below, force=flags["force"], again=flags["re_release"]
    )
    with open_pipeline(settings, context.output.note) as pipeline:
        try:
            done = [pipeline.releases.release(date, options) for date in dates]
        except ReleaseRefused as refused:
            for line in refused.findings:
                context.output.text(line)
            raise
        if any(each.action == "released" for each in done):
            pipeline.releases.show()
        files = dict(_files(pipeline, dates[0], flags))
    for path, content in files.items():
        with private_file(path) as file:
            file.write(content)
    context.output.document({"releases": [_document(each) for each in done]})
    for each in done:
        context.output.text(_sentence(each))
    return 0


def _files(pipeline: "Pipeline", date: dt.date, flags: ReleaseFlags) -> "Iterator[tuple[Path, bytes]]":
    """Files that are asked for beside those of the root."""
    if flags["save"]:
        yield flags["save"], pipeline.releases.page(date)
    if flags["exports"]:
        for name, content in pipeline.releases.exports(date).items():
            yield flags["exports"] / name, content


def _document(released: "Released") -> dict[str, object]:
    source = released.source
    return {
        "date": str(released.date),
        "action": released.action,
        "release": released.number,
        "issue": source.issue,
        "policy": source.policy,
        "hidden": source.hidden,
        "audited": source.audited,
    }


def _sentence(released: "Released") -> str:
    source = released.source
    head = f"{released.date}: {released.action}, release {released.number} of issue {source.issue}"
    if released.action == "kept":
        return f"{head} under {source.policy}; --re-release releases the newest issue"
    hidden = counted(sum(source.hidden.values()), "field")
    return f"{head}; {hidden} hidden, {counted(source.audited, 'hidden count')} audited, 0 exposed"
