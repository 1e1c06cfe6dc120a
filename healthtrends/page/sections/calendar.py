"""A calendar of all dates with their state."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from healthtrends.page.data import IndexedDate
from healthtrends.page.date_state import DatedText, state_text
from healthtrends.page.document import day_address
from healthtrends.page.translations import Translations


@dataclass(frozen=True, slots=True)
class CalendarDate:
    """A date of the calendar; without `date` no record of it ever came."""

    number: int
    date: dt.date | None = None
    state: str = ""
    says: DatedText | None = None
    href: str = ""
    """Address of its page; empty: it has none."""
    is_released: bool = False


class Month(NamedTuple):
    """Weeks of a month; None: a date of another month."""

    name: str
    weeks: Sequence[Sequence[CalendarDate | None]]


def months(dates: Sequence[IndexedDate], translations: Translations) -> list[Month]:
    """Make the calendar of the dates, oldest first; the newest month is the first."""
    found = groupby(dates, key=lambda entry: entry.date.replace(day=1))
    tables = [_month(first, {entry.date: entry for entry in days}, translations) for first, days in found]
    return tables[::-1]


def _month(first: dt.date, entries: Mapping[dt.date, IndexedDate], translations: Translations) -> Month:
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    return Month(
        translations.month(first),
        [
            [_date(day, entries.get(day), translations) if day.month == first.month else None for day in week]
            for week in weeks
        ],
    )


def _date(day: dt.date, entry: IndexedDate | None, translations: Translations) -> CalendarDate:
    if entry is None:
        return CalendarDate(day.day)
    until = entry.provisional_until if entry.state == "provisional" else None
    says = _says(entry, state_text(entry.state, until, translations), translations)
    then = _says(entry, translations("state.final"), translations)
    href = day_address(day) if entry.has_page else ""
    return CalendarDate(day.day, day, entry.state, DatedText(says, until, then), href, entry.is_released)


def _says(entry: IndexedDate, state: str, translations: Translations) -> str:
    date, records = translations.day(entry.date), translations.number(entry.records)
    text = translations("index.day_says", date=date, state=state, records=records)
    return translations("index.day_released", says=text) if entry.is_released else text
