"""Options that say which rejects a command means."""

import datetime as dt
import difflib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, ParamSpec

import click

from healthtrends.cli.dates import Day
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.ingest.quarantine import RejectFilter

P = ParamSpec("P")


def reject_options(function: Callable[P, None]) -> Callable[P, None]:
    """Add the options that say which rejects are meant."""
    options = (
        click.option("--date", type=Day(), metavar="D", help="Only those ingested on this day."),
        click.option("--reason", help="Only those with this reason."),
        click.option(
            "--source", metavar="TOPIC[/P]", help="Only those of this topic, or of its partition P."
        ),
    )
    return functools.reduce(lambda inner, option: option(inner), reversed(options), function)


def parse_filter(date: dt.date | None, reason: str | None, source: str | None) -> "RejectFilter":
    """Read the options. Raises UsageError."""
    from healthtrends.ingest.quarantine import RejectFilter
    from healthtrends.model.rejection import Reason

    codes = [code.value for code in Reason]
    if reason is not None and reason not in codes:
        near = difflib.get_close_matches(reason, codes, 1)
        raise UsageError(
            f"there is no reason {reason!r}",
            f"the nearest is {near[0]}" if near else "",
            "See `healthtrends rejects list`, or docs/how-to/rejects.md for all of them.",
        )
    topic, _, partition = (source or "").partition("/")
    if source is not None and (not topic or not (partition.isdigit() or source == topic)):
        raise UsageError(
            f"{source!r} is no source",
            "it is a topic, or a topic and a partition",
            "For example: --source patient-records/2",
        )
    return RejectFilter(date, reason, topic or None, int(partition) if partition else None)
