"""`outbreaks`: the list of known outbreaks that is kept beside the data."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import Day
from healthtrends.cli.person import NoteText, by_option
from healthtrends.errors import UsageError

if TYPE_CHECKING:
    from healthtrends.model.annotation import ListedOutbreak
    from healthtrends.model.known_days import KnownOutbreak
    from healthtrends.orchestrate.annotations import Annotations

_COLUMNS = ("number", "code", "first", "last", "state", "by", "note")


@click.group("outbreaks")
def outbreaks() -> None:
    """Keep the list of known outbreaks, whose days baselines leave out.

    Each entry is a commit of the log, with who and when: nothing is taken out of it, and `verify` covers it.
    Outbreaks of `detect.known_outbreaks_file` count too.
    """


@command("add")
@click.argument("code", metavar="CODE")
@click.option("--from", "first", type=Day(), required=True, metavar="D", help="Its first day.")
@click.option("--to", "last", type=Day(), metavar="D", help="Its last day; without, it goes on.")
@click.option(
    "--note", type=NoteText(), default="", metavar="TEXT", help="What it was. No names of patients."
)
@by_option
def add(context: CommandContext, code: str, first: dt.date, last: dt.date | None, note: str, by: str) -> None:
    """Add an outbreak of CODE, a code or a category of ICD-10 with all codes below it.

    Example: healthtrends outbreaks add J10 --from 2025-12-01 --note "influenza season"
    """
    from healthtrends.model.known_days import KnownOutbreak, outbreak_code

    if last is not None and last < first:
        raise UsageError(f"--to {last} is before --from {first}", "an outbreak ends on or after it", "")
    try:
        outbreak = KnownOutbreak(outbreak_code(code), first, last, note)
    except ValueError as error:
        raise UsageError(f"{code!r} is no code", str(error), "") from None
    with _opened(context) as annotations:
        number = annotations.add_outbreak(outbreak, by)
    context.output.document({"number": number})
    context.output.text(f"outbreak {number}: {outbreak.code}, {_span(outbreak)}")
    context.output.note("Published alarms stay as they are; `run DATE --reprocess all` computes them again.")


@command("list")
def list_(context: CommandContext) -> None:
    """List all known outbreaks, those of the file of the configuration too, which have no number."""
    with _opened(context) as annotations:
        listed, files = annotations.outbreaks(), annotations.from_files.outbreaks
    rows = [*map(_listed, listed), *map(_of_file, files)]
    context.output.document({"outbreaks": [_document(row) for row in rows]})
    context.output.csv("known outbreaks", _COLUMNS, rows)


@command("end")
@click.argument("number", type=click.IntRange(min=1), metavar="NUMBER")
@click.option("--on", "last", type=Day(), metavar="D", help="Its last day; default: today.")
@click.option("--withdraw", is_flag=True, help="It was none: baselines do not leave it out any more.")
@by_option
def end(context: CommandContext, number: int, last: dt.date | None, by: str, *, withdraw: bool) -> None:
    """Set the last day of an outbreak of the list, also of one that has a last day already.

    Example: healthtrends outbreaks end 3 --on 2026-02-20
    """
    if withdraw and last is not None:
        raise UsageError(
            "both --on and --withdraw are given", "an outbreak that was none has no last day", ""
        )
    from healthtrends import clock

    day = last or clock.today(context.settings().source.timezone)
    with _opened(context) as annotations:
        done = (
            annotations.withdraw_outbreak(number, by)
            if withdraw
            else annotations.end_outbreak(number, day, by)
        )
    context.output.document(_document(_listed(done)))
    context.output.text(
        f"outbreak {number}: {done.outbreak.code}, {'withdrawn' if withdraw else _span(done.outbreak)}"
    )


@contextmanager
def _opened(context: CommandContext) -> "Iterator[Annotations]":
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        yield pipeline.annotations


def _span(outbreak: "KnownOutbreak") -> str:
    return f"{outbreak.first} to {outbreak.last}" if outbreak.last else f"since {outbreak.first}"


def _listed(listed: "ListedOutbreak") -> tuple[str, ...]:
    state = "withdrawn" if listed.is_withdrawn else _state(listed.outbreak)
    return _row(str(listed.number), listed.outbreak, state, listed.by)


def _of_file(outbreak: "KnownOutbreak") -> tuple[str, ...]:
    return _row("", outbreak, _state(outbreak), "file")


def _row(number: str, outbreak: "KnownOutbreak", state: str, by: str) -> tuple[str, ...]:
    last = outbreak.last.isoformat() if outbreak.last else ""
    return number, outbreak.code, outbreak.first.isoformat(), last, state, by, outbreak.note


def _state(outbreak: "KnownOutbreak") -> str:
    return "ended" if outbreak.last else "goes on"


def _document(row: tuple[str, ...]) -> dict[str, object]:
    values: dict[str, object] = dict(zip(_COLUMNS, row, strict=True))
    number = int(row[0]) if row[0] else None
    return values | {"number": number, "last": row[3] or None}


for _each in (add, list_, end):
    outbreaks.add_command(_each)
