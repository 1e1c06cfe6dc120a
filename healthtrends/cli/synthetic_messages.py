"""Synthetic messages of `produce`: what the command line asks for, and where they go."""

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from healthtrends.cli.context import CommandContext
from healthtrends.cli.dates import check_not_future, check_order
from healthtrends.cli.private_file import private_file
from healthtrends.errors import UsageError
from healthtrends.observe import counted
from healthtrends.sources import synthetic_formats

if TYPE_CHECKING:
    from healthtrends.config import Settings
    from healthtrends.sources.source_record import SourceRecord


class SyntheticFlags(TypedDict):
    """Part of the command line of `produce`, as click hands it over."""

    message_format: str | None
    save: Path | None
    synthetic: int | None
    seed: int
    first: dt.date | None
    last: dt.date | None
    outbreak: bool
    plain: bool
    whole_visits: bool
    bad_share: float


def synthetic_messages(flags: SyntheticFlags, settings: "Settings") -> "Iterator[SourceRecord]":
    """Give the messages that the command line asks for. Raises UsageError."""
    first, last = flags["first"], flags["last"]
    if first is None or last is None:
        raise UsageError(
            "--synthetic needs --from and --to",
            "the records are spread over these visit dates",
            "For example: --from 2025-12-01 --to 2025-12-22.",
        )
    check_order(first, last)
    check_not_future(last, settings)

    from healthtrends.sources.outbreak import default_outbreak
    from healthtrends.sources.synthetic import SyntheticPlan

    return synthetic_formats.messages(
        _synthetic_format(flags, settings),
        SyntheticPlan(
            records=flags["synthetic"] or 0,
            seed=flags["seed"],
            first=first,
            last=last,
            outbreak=default_outbreak(last) if flags["outbreak"] else None,
            plain=flags["plain"],
            whole_visits=flags["whole_visits"],
            bad_share=flags["bad_share"],
        ),
    )


def _synthetic_format(flags: SyntheticFlags, settings: "Settings") -> str:
    """Format of synthetic messages: that of the topic."""
    wanted = flags["message_format"] or settings.source.format
    if wanted not in synthetic_formats.names():
        raise UsageError(
            f"there are no synthetic messages of the format {wanted!r}",
            f"there are some of {', '.join(synthetic_formats.names())}",
            "choose one of these with --format",
        )
    _check_target(flags, settings, wanted)
    return wanted


def _check_target(flags: SyntheticFlags, settings: "Settings", wanted: str) -> None:
    """Raise UsageError for messages that do not fit in the file or on the topic that they are for."""
    if flags["save"] is None and wanted == "csv":
        raise UsageError(
            "--format csv makes a table, and no messages",
            "the lines of a table say nothing without its header",
            "add --save FILE, then `healthtrends map FILE` and `healthtrends produce --map`",
        )
    if flags["save"] is None:
        check_topic(settings, wanted, f"--format {wanted}")
    elif wanted == "hl7v2":
        raise UsageError(
            "messages of HL7v2 cannot be saved one a line",
            "each of them has several lines",
            "leave --save out, and send them",
        )


def check_topic(settings: "Settings", message_format: str, option: str) -> None:
    """Raise UsageError where the ingest would reject each message of this format."""
    if settings.source.format != message_format:
        raise UsageError(
            f"{option} needs a topic of the format {message_format!r}",
            f"source.format is {settings.source.format!r}, and the ingest would reject each message",
            f'set source.format = "{message_format}"',
        )


def save_messages(context: CommandContext, file: Path, messages: "Iterable[SourceRecord]") -> int:
    """Write messages to a file, one a line; it is there once it is whole. Raises UsageError."""
    lines = 0
    with private_file(file) as out:
        for message in messages:
            out.write(message.value + b"\n")
            lines += 1
    context.output.document({"file": f"{file}", "lines": lines})
    context.output.text(f"{counted(lines, 'line')} written to {file}")
    return 0
