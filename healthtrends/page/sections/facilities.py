"""What each facility sent: a table, and a heat map of the last days; quiet facilities first."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.components import count_text
from healthtrends.page.data import DayPage, Table
from healthtrends.page.translations import Translations
from healthtrends.reports.columns import NOT_GIVEN

MOST = 50
"""Facilities that the page lists; the report has all."""
DAYS = 28
LEVELS = 4
COLUMNS = (
    "facility",
    "records",
    "expected",
    "share_of_expected",
    "hours_since_last",
    "completeness",
    "median_delay",
)
SHARES = ("share_of_expected", "completeness")
REJECTED = ("rejected_unreadable", "rejected_incomplete", "rejected_invalid")


class Heat(NamedTuple):
    """One day of a facility: how dark, and what it says."""

    kind: str
    """Class: `h0` without records to `h4`, as many as on its best day; `unknown`."""
    says: str


class FacilityRow(NamedTuple):
    """One facility."""

    name: str
    shown: str
    """The name for people; a text where the records name none."""
    cells: Sequence[str]
    is_quiet: bool
    """It usually sends, and sent far less than that."""
    heat: Sequence[Heat]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facilities:
    """The section."""

    head: Sequence[str]
    rows: Sequence[FacilityRow]
    span: str
    """First and last day of the heat map."""
    left_out: str
    """How many more there are; empty: none."""


def facilities(page: DayPage, translations: Translations) -> Facilities | None:
    """Make the section from the report; None where no facility is known."""
    report = page.table("facilities")
    if not report.rows:
        return None
    rows = sorted(_rows(page, report, translations), key=lambda row: (not row.is_quiet, row.name))
    dates = page.history.dates[-DAYS:]
    more = len(rows) - MOST
    return Facilities(
        head=[
            *(translations(f"column.{name}") for name in (*COLUMNS, "messages_rejected")),
            translations("facilities.days"),
        ],
        rows=rows[:MOST],
        span=translations(
            "facilities.span", first=translations.short_day(dates[0]), last=translations.short_day(dates[-1])
        )
        if dates
        else "",
        left_out=translations("facilities.left_out", count=translations.number(more)) if more > 0 else "",
    )


def _rows(page: DayPage, report: Table, translations: Translations) -> list[FacilityRow]:
    found = []
    for (name, *values), rejected in zip(
        report.select_columns(*COLUMNS), report.select_columns(*REJECTED), strict=True
    ):
        refused = [int(count) for count in rejected if count]
        cells = [
            _cell(column, value, translations) for column, value in zip(COLUMNS[1:], values, strict=True)
        ]
        cells.append(translations.number(sum(refused)) if refused else "")
        is_quiet = _is_quiet(page, dict(zip(COLUMNS[1:], values, strict=True)))
        shown = translations("places.not_stated") if name == NOT_GIVEN else name
        found.append(FacilityRow(name, shown, cells, is_quiet, _heat(page, name, translations)))
    return found


def _is_quiet(page: DayPage, values: Mapping[str, str]) -> bool:
    expected, share = values["expected"], values["share_of_expected"]
    usual, least = page.quiet
    return bool(expected and share) and float(expected) >= usual and float(share) < least


def _cell(column: str, text: str, translations: Translations) -> str:
    if not text or column == "records":
        return count_text(text, translations)
    value = float(text)
    if column in SHARES:
        return translations.decimal(100 * value, 0) + translations("number.percent")
    return translations.decimal(value)


def _heat(page: DayPage, name: str, translations: Translations) -> list[Heat]:
    counts = list(page.history.facilities.get(name, ()))[-DAYS:]
    most = max((count for count in counts if count), default=0)
    days = page.history.dates[-len(counts) :] if counts else ()
    return [_day(day, count, most, translations) for day, count in zip(days, counts, strict=True)]


def _day(date: dt.date, count: int | None, most: int, translations: Translations) -> Heat:
    day = translations.short_day(date)
    if count is None:
        return Heat("unknown", translations("facilities.unknown", date=day))
    level = -(-LEVELS * count // most) if most else 0
    return Heat(f"h{level}", translations("facilities.day", date=day, count=translations.number(count)))
