"""Diagnoses that rose or fell, as a list; a date's page and the index have it."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.alarm import Alarm
from healthtrends.model.comparison import Comparison, Least, is_small
from healthtrends.page.comparison import change, sums, weekdays
from healthtrends.page.components import NamedCode, named_code
from healthtrends.page.translations import Translations


@dataclass(frozen=True, slots=True)
class ChangedCode:
    """A code with the change that brought it here, then all comparisons."""

    name: NamedCode
    change: str
    notes: Sequence[str]


@dataclass(frozen=True, slots=True)
class ChangeList:
    """Codes, or why there are none."""

    codes: Sequence[ChangedCode]
    none: str


def change_list(
    rows: Sequence[Alarm], date: dt.date, least: Least, translations: Translations, page: str = ""
) -> list[ChangedCode]:
    """List codes of a date; each leads to its curve on `page`, which is this one without an address."""
    return [
        ChangedCode(
            named_code(row.code, date, translations, page),
            change(translations, row.signal, least),
            [_note(date, least, translations, each) for each in row.evidence],
        )
        for row in rows
    ]


def _note(date: dt.date, least: Least, translations: Translations, compared: Comparison) -> str:
    if compared.days == 1:
        return against_weekdays(date, least, translations, compared)
    return against_week(least, translations, compared)


def against_weekdays(date: dt.date, least: Least, translations: Translations, compared: Comparison) -> str:
    """`+3 % against 4 Tuesdays`, or that none is known."""
    against = weekdays(translations, date, compared)
    return f"{change(translations, compared, least)} {against}" if compared.before else against


def against_week(least: Least, translations: Translations, compared: Comparison) -> str:
    """`7 days: +1 % (2,310 after 2,290)`; without a percentage below the minimum."""
    both = sums(translations, compared)
    if is_small(compared, least):
        return translations("compared.week", sums=both)
    return translations("compared.week_change", change=change(translations, compared, least), sums=both)
