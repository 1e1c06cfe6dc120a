"""`alarms`: the alarms of a date, and what people say of them."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import LATEST, Day
from healthtrends.cli.person import NoteText, by_option
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.model.annotation import AlarmKind
    from healthtrends.orchestrate.alarm_list import ListedAlarm
    from healthtrends.orchestrate.pipeline import Pipeline

_COLUMNS = ("severity", "code", "patients", "expected", "limit", "day", "said", "level", "title", "reason")
_DAYS = ("code", "date", "patients", "expected", "limit", "severity")
_SAID = {"ack": "taken on", "note": "note", "known": "known"}


class ShowByDefault(click.Group):
    """`alarms DATE` is `alarms show DATE`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the command that shows before anything that is no command."""
        if args and args[0] not in (*self.commands, "-h", "--help"):
            args = ["show", *args]
        return super().parse_args(ctx, args)


@click.group("alarms", cls=ShowByDefault)
def alarms() -> None:
    """Show the alarms of a date, and keep what people say of them.

    `healthtrends alarms DATE` is `healthtrends alarms show DATE`. What is said is a commit of the log, with
    who and when. An alarm that goes on is one alarm: what was said of it is carried to its next days.
    """


@command("show")
@click.argument("date", type=Day(latest=True), metavar="DATE")
@click.option("--code", metavar="CODE", help="Only this code, and the codes below it.")
@click.option("--since", is_flag=True, help="Also each day of the alarms since they began.")
@click.option("--wide", is_flag=True, help="All columns, also where the terminal has no room for them.")
def show(context: CommandContext, date: dt.date, code: str | None, *, since: bool, wide: bool) -> None:
    """List the alarms that are published for a date, the most severe first. No alarm is an ordinary day.

    DATE is YYYY-MM-DD, today or yesterday (in source.timezone), or latest: the newest date with reports.

    Example: healthtrends alarms 2025-12-22 --code J10 --since
    """
    with _opened(context) as pipeline:
        if date == LATEST:
            date = pipeline.latest(published=True)
        found = pipeline.alarms.of_date(date, code)
        days = {each.key: pipeline.alarms.days_of(date, each) for each in found.alarms} if since else {}
    context.output.document(
        {
            "date": date.isoformat(),
            "issue": found.issue,
            "state": found.state,
            "answer": found.answer,
            "alarms": [each.to_dict() | _days_document(days.get(each.key)) for each in found.alarms],
        }
    )
    title = f"alarms of {date}, issue {found.issue}, {found.state}"
    if not found.alarms and context.output.draws_tables:
        context.output.text(f"{title}: none. {found.why_none}")
        return
    context.output.csv(title, _COLUMNS, [_row(each) for each in found.alarms], wide=wide)
    if since:
        lines = [(key[1], *map(str, day)) for key, listed in days.items() for day in listed]
        context.output.csv("their days", _DAYS, lines)
    if not found.alarms:
        context.output.note(found.why_none)


def _row(alarm: "ListedAlarm") -> tuple[str, ...]:
    row = alarm.row
    said = ", ".join(dict.fromkeys(_SAID[each.kind] for each in alarm.said))
    limits = (row["observed"], row["expected"], row["upper"], str(alarm.days))
    return row["severity"], row["code"], *limits, said, row["level"], row["title"], row["reason"]


def _days_document(days: list[tuple[str, ...]] | None) -> dict[str, object]:
    if days is None:
        return {}
    return {"history": [dict(zip(_DAYS[1:], day, strict=True)) for day in days]}


@command("ack")
@click.argument("date", type=Day(), metavar="DATE")
@click.argument("code", metavar="CODE")
@click.option("--note", type=NoteText(), default="", metavar="TEXT", help="Beside it. No names of patients.")
@by_option
def ack(context: CommandContext, date: dt.date, code: str, note: str, by: str) -> None:
    """Say that somebody takes care of the alarm of CODE on DATE.

    Example: healthtrends alarms ack 2025-12-22 J10 --note "lab asked"
    """
    _say(context, "ack", date, code, note, by)


@command("note")
@click.argument("date", type=Day(), metavar="DATE")
@click.argument("code", metavar="CODE")
@click.argument("text", type=NoteText(), metavar="TEXT")
@by_option
def note(context: CommandContext, date: dt.date, code: str, text: str, by: str) -> None:
    """Write a note to the alarm of CODE on DATE. Other people read it: no names of patients."""
    _say(context, "note", date, code, text, by)


@command("known")
@click.argument("date", type=Day(), metavar="DATE")
@click.argument("code", metavar="CODE")
@click.argument("text", type=NoteText(), metavar="TEXT")
@by_option
def known(context: CommandContext, date: dt.date, code: str, text: str, by: str) -> None:
    """Say what the cause of the alarm of CODE on DATE is.

    It goes on being listed. `outbreaks add` leaves its days out of later baselines.
    """
    _say(context, "known", date, code, text, by)


def _say(context: CommandContext, kind: "AlarmKind", date: dt.date, code: str, note: str, by: str) -> None:
    with _opened(context) as pipeline:
        alarm = pipeline.alarms.find(date, code)
        number = pipeline.annotations.say_of_alarm(kind, alarm.row["code"], date, note, by)
    context.output.document({"number": number, "code": alarm.row["code"], "days": alarm.days})
    days = counted(alarm.days, "day")
    context.output.text(f"entry {number}: {_SAID[kind]}, {alarm.row['code']} on {date}, {days} in alarm")


@contextmanager
def _opened(context: CommandContext) -> "Iterator[Pipeline]":
    settings = context.settings()
    context.check_servers(settings)

    from healthtrends.orchestrate.wiring.real_dependencies import open_pipeline

    with open_pipeline(settings, context.output.note) as pipeline:
        yield pipeline


for _each in (show, ack, note, known):
    alarms.add_command(_each)
