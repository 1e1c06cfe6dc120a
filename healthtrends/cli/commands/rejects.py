"""`rejects`: the messages that were refused, with reason and position."""

import dataclasses
import datetime as dt
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import TYPE_CHECKING

import click

from healthtrends.cli.commands.reject_options import parse_filter, reject_options
from healthtrends.cli.commands.rejects_export import export
from healthtrends.cli.context import CommandContext, command
from healthtrends.errors import UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.ingest.quarantine import Reject

_COLUMNS = ("topic", "partition", "offset", "reason", "field")


@click.group("rejects")
def rejects() -> None:
    """Look at the messages that broke a rule, and store those that no longer do.

    Each is kept with its reason, its position and its bytes.
    """


@command("list")
@reject_options
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
def list_(
    context: CommandContext, date: dt.date | None, reason: str | None, source: str | None, limit: int
) -> None:
    """List refused messages by position, and count them by reason. Shows no content."""
    settings = context.settings()
    context.check_servers(settings)
    reject_filter = parse_filter(date, reason, source)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    reasons: Counter[str] = Counter()
    sources: Counter[str] = Counter()

    def noted(rejects: "Iterable[Reject]") -> "Iterator[tuple[object, ...]]":
        for reject in rejects:
            reasons[reject.reason] += 1
            sources[f"{reject.topic}/{reject.partition}"] += 1
            yield tuple(getattr(reject, name) for name in _COLUMNS)

    with open_pipeline(settings, context.output.note) as pipeline:
        # By position: files of several workers hold pieces of a partition, in any order.
        first = heapq.nsmallest(
            limit, noted(pipeline.maintenance.rejects(reject_filter)), key=itemgetter(0, 1, 2)
        )
    listed = [dict(zip(_COLUMNS, row, strict=True)) for row in first]
    context.output.document(
        {
            "count": reasons.total(),
            "by_reason": dict(reasons.most_common()),
            "by_source": dict(sources.most_common()),
            "rejects": listed,
        }
    )
    if not reasons:
        context.output.text("no rejects")
        return
    context.output.table(counted(reasons.total(), "reject"), ("reason", "messages"), reasons.most_common())
    context.output.table("", ("source", "messages"), sources.most_common())
    context.output.table(f"the first {len(listed):,}", _COLUMNS, [_row(reject) for reject in listed])


def _row(reject: dict[str, object]) -> list[object]:
    """Positions are names, not amounts: no thousands separators."""
    return [str(value) if isinstance(value, int) else value for value in reject.values()]


@command("show")
@click.argument("partition", type=click.IntRange(min=0))
@click.argument("offset", type=click.IntRange(min=0))
def show(context: CommandContext, partition: int, offset: int) -> None:
    """Print one refused message, byte for byte. It may hold a patient's data."""
    settings = context.settings()
    context.check_servers(settings)

    import msgspec

    from healthtrends.ingest.quarantine import RejectFilter
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        reject_filter = RejectFilter(partition=partition, offset=offset)
        found = next(pipeline.maintenance.rejects(reject_filter, content=True), None)
    if found is None:
        raise UsageError(
            f"no reject at partition {partition}, offset {offset}",
            "the message was stored, or has not been read yet",
            "See `healthtrends rejects list`.",
        )
    context.output.document(msgspec.to_builtins(found))
    if found.raw_bytes is not None:
        context.output.note(
            f"only the first {len(found.raw_base64 or b''):,} of {found.raw_bytes:,} bytes are kept, "
            f"SHA-256 of all {found.raw_sha256}"
        )
    if not context.output.mode.json and found.raw_base64 is not None:
        context.output.raw(found.raw_base64 + b"\n")


@command("replay")
@reject_options
@click.option("--dry-run", is_flag=True, help="Only count what would be stored.")
def replay(
    context: CommandContext, date: dt.date | None, reason: str | None, source: str | None, dry_run: bool
) -> None:
    """Decode refused messages again, and store those that pass now.

    After a change of the rules, of the date, or through the function that `rejects.transform` names. What
    still fails stays as it is. Replaying twice stores nothing twice.
    """
    settings = context.settings()
    context.check_servers(settings)
    reject_filter = parse_filter(date, reason, source)

    from healthtrends.cli.commands.summary import show_replay
    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        summary = pipeline.maintenance.replay(reject_filter, dry_run=dry_run)
    show_replay(context.output, {**dataclasses.asdict(summary), "dry_run": dry_run})


rejects.add_command(list_)
rejects.add_command(show)
rejects.add_command(export)
rejects.add_command(replay)
