"""`alarms week`: codes above their season, from whole weeks of several years."""

import datetime as dt
from typing import TYPE_CHECKING, Literal

import click

from healthtrends.cli.context import CommandContext, command
from healthtrends.cli.dates import LATEST, Day
from healthtrends.cli.opened import opened_pipeline
from healthtrends.observe import counted

if TYPE_CHECKING:
    from healthtrends.detect.week_alarms import AlarmsOfWeek, WeekAlarm

_COLUMNS = ("code", "patients", "expected", "limit", "p", "q_bh", "level")
_WHY = {
    "tested": "No code is above its season: an ordinary week.",
    "too_short": "The stored history does not reach back far enough: {years} and three weeks.",
    "missing": "Days of the week are not known, or no run has counted them: `healthtrends backfill` counts.",
}


@command("week")
@click.argument("date", type=Day(latest=True), metavar="DATE")
@click.option(
    "--detector",
    type=click.Choice(["farrington_flexible", "farrington"]),
    default="farrington_flexible",
    show_default=True,
    help="How a week is held against its season.",
)
@click.option(
    "--years", type=click.IntRange(1, 10), default=5, show_default=True, help="Years that say what is usual."
)
@click.option("--code", metavar="CODE", help="Only this code, and the codes below it.")
def week(
    context: CommandContext,
    date: dt.date,
    detector: Literal["farrington_flexible", "farrington"],
    years: int,
    code: str | None,
) -> None:
    """List the alarms of the newest week that is over at the end of DATE; nothing is published.

    Weeks are those of publish.epi_week. Full codes and the syndromes of [alarms] are tested against the same
    season of the years before; days that no run has counted are not known.

    Example: healthtrends alarms week 2025-12-22 --years 3
    """
    with opened_pipeline(context) as pipeline:
        found = pipeline.surveillance.alarms_of_week(
            pipeline.latest() if date == LATEST else date, detector, years
        )
    wanted = (code or "").upper()
    alarms = [each for each in found.alarms if each.code.upper().startswith(wanted)]
    asked = {"detector": detector, "years": years}
    context.output.document(_document(found) | asked | {"alarms": [each._asdict() for each in alarms]})
    rows = [_row(each) for each in alarms]
    title = f"alarms of {found.week}, {found.first} to {found.last}"
    context.output.csv(title, _COLUMNS, rows)
    if not alarms:
        context.output.note(_WHY[found.answer].format(years=counted(years, "year")))


def _row(alarm: "WeekAlarm") -> tuple[str, ...]:
    limits = (f"{alarm.expected:.1f}", f"{alarm.upper:.1f}", f"{alarm.p:.2g}", f"{alarm.q_bh:.2g}")
    return alarm.code, str(alarm.observed), *limits, alarm.level


def _document(found: "AlarmsOfWeek") -> dict[str, object]:
    return {
        "week": str(found.week),
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "answer": found.answer,
        "weeks": found.weeks,
        "tested": found.tested,
        "untested": found.untested,
    }
