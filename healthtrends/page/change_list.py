"""Diagnoses that rose or fell, as a list; a date's page and the index have it."""

import datetime as dt
from collections.abc import Sequence

from healthtrends.model.alarm import Alarm
from healthtrends.model.comparison import Comparison, Least, is_small
from healthtrends.page.comparison import change, sums, weekdays
from healthtrends.page.components import code_link, named_code
from healthtrends.page.markup import Html, el
from healthtrends.page.translations import Translations


def change_list(
    rows: Sequence[Alarm], date: dt.date, least: Least, translations: Translations, page: str = ""
) -> Html:
    """List codes of a date; each leads to its curve on `page`, which is this one without an address."""
    return el("ul", *(_changed(row, date, least, translations, page) for row in rows), class_="changes")


def _changed(row: Alarm, date: dt.date, least: Least, translations: Translations, page: str) -> Html:
    """One code: the change that brought it here, then all comparisons."""
    notes = (
        against_weekdays(date, least, translations, each)
        if each.days == 1
        else against_week(least, translations, each)
        for each in row.evidence
    )
    return el(
        "li",
        el("a", named_code(row.code, translations), href=page + code_link(row.code)),
        el("strong", change(translations, row.signal, least)),
        *(el("span", note, class_="note") for note in notes),
    )


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
