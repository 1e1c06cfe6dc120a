"""`alarms`: the alarms of a date, and what people say of them."""

import datetime as dt
from typing import TYPE_CHECKING, TypedDict, Unpack

import click

from healthtrends.cli.commands.alarms_week import week
from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import LATEST, Day, days
from healthtrends.cli.opened import opened_pipeline
from healthtrends.cli.person import NoteText, by_option
from healthtrends.errors import UsageError
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.model.annotation import AlarmKind
    from healthtrends.orchestrate.alarm_list import ListedAlarm

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


class RangeFlags(TypedDict):
    """Options of `show` for many dates."""

    first: dt.date | None
    last: dt.date | None
    as_of_each_date: bool
    days_after: int | None


@command("show")
@click.argument("date", type=Day(latest=True), required=False, metavar="[DATE]")
@click.option("--from", "first", type=Day(), metavar="D", help="First day of a range.")
@click.option("--to", "last", type=Day(), metavar="D", help="Last day of a range.")
@click.option("--as-of-each-date", is_flag=True, help="Only what was known at the end of each date.")
@click.option(
    "--days-after",
    type=click.IntRange(0, 365),
    metavar="N",
    help="With it: what was known N days later; 1 is what a run on the next day would have seen.",
)
@click.option("--code", metavar="CODE", help="Only this code, and the codes below it.")
@click.option("--since", is_flag=True, help="Also each day of the alarms since they began.")
@click.option("--wide", is_flag=True, help="All columns, also where the terminal has no room for them.")
def show(
    context: CommandContext,
    date: dt.date | None,
    code: str | None,
    *,
    since: bool,
    wide: bool,
    **flags: Unpack[RangeFlags],
) -> None:
    """List the alarms that are published for a date, the most severe first. No alarm is an ordinary day.

    DATE is YYYY-MM-DD, today or yesterday (in source.timezone), or latest: the newest date with reports.
    Of a range the alarms of dates that were never published are found too, and not published.
    --as-of-each-date says whether an alarm would have been seen then.

    Examples: healthtrends alarms 2025-12-22 --code J10 --since; healthtrends alarms --from 2025-12-01 --to
    2025-12-22 --as-of-each-date --days-after 1
    """
    if date is None or any(flags.values()):
        _check_range(flags, since=since)
        _show_range(context, date, code, flags, wide=wide)
        return
    with opened_pipeline(context) as pipeline:
        if date == LATEST:
            date = pipeline.latest(published=True)
        found = pipeline.alarms.of_date(date, code)
        history = {each.key: pipeline.alarms.days_of(date, each) for each in found.alarms} if since else {}
    context.output.document(
        {
            "date": date.isoformat(),
            "issue": found.issue,
            "state": found.state,
            "answer": found.answer,
            "alarms": [each.to_dict() | _days_document(history.get(each.key)) for each in found.alarms],
        }
    )
    title = f"alarms of {date}, issue {found.issue}, {found.state}"
    if not found.alarms and context.output.draws_tables:
        context.output.text(f"{title}: none. {found.why_none}")
        return
    context.output.csv(title, _COLUMNS, [_row(each) for each in found.alarms], wide=wide)
    if since:
        lines = [(key[1], *map(str, day)) for key, listed in history.items() for day in listed]
        context.output.csv("their days", _DAYS, lines)
    if not found.alarms:
        context.output.note(found.why_none)


def _check_range(flags: RangeFlags, *, since: bool) -> None:
    if since:
        raise UsageError("--since is for one DATE", "a range shows each of its days", "Leave it out.")
    if flags["days_after"] is not None and not flags["as_of_each_date"]:
        raise UsageError(
            "--days-after says how long after each date",
            "it belongs to --as-of-each-date, which is not given",
            "Give both, or none for what is known now.",
        )


def _show_range(
    context: CommandContext, date: dt.date | None, code: str | None, flags: RangeFlags, *, wide: bool
) -> None:
    wanted = days(date, flags["first"], flags["last"], context.settings())
    days_after = (flags["days_after"] or 0) if flags["as_of_each_date"] else None
    with opened_pipeline(context) as pipeline:
        if wanted == [LATEST]:
            wanted = [pipeline.latest(published=True)]
        found = list(pipeline.surveillance.open_range().lists(wanted, code, days_after))
    document = [
        {
            "date": each.date.isoformat(),
            "issue": each.issue,
            "state": each.state,
            "answer": each.answer,
            "alarms": [alarm.to_dict() for alarm in each.alarms],
        }
        for each in found
    ]
    context.output.document({"dates": document})
    rows = [(each.date.isoformat(), each.origin, *_row(alarm)) for each in found for alarm in each.alarms]
    columns = ("date", "from", *_COLUMNS)
    context.output.csv(f"alarms of {wanted[0]} to {wanted[-1]}", columns, rows, wide=wide)
    for answer in sorted({each.answer for each in found} - {"tested", ""}):
        same = [each for each in found if each.answer == answer]
        context.output.note(f"{counted(len(same), 'date')} from {same[0].date}: {same[0].why_none}")


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
    with opened_pipeline(context) as pipeline:
        alarm = pipeline.alarms.find(date, code)
        number = pipeline.annotations.say_of_alarm(kind, alarm.row["code"], date, note, by)
    context.output.document({"number": number, "code": alarm.row["code"], "days": alarm.days})
    how_long = counted(alarm.days, "day")
    context.output.text(f"entry {number}: {_SAID[kind]}, {alarm.row['code']} on {date}, {how_long} in alarm")


for _each in (show, week, ack, note, known):
    alarms.add_command(_each)
