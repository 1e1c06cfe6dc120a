"""Texts of comparisons of counts.

A change of a few patients is shown as the numbers themselves: below a minimum a percentage would mislead.
"""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from healthtrends.model.comparison import WEEK, Comparison, Least, is_small
from healthtrends.page.translations import Translations

KINDS = {"+": "up", "\N{MINUS SIGN}": "down"}
"""Class of a change by its sign; a change that is no percentage has none."""


class Change(NamedTuple):
    """A change and what it is compared with; both may be empty."""

    text: str = ""
    note: str = ""

    @property
    def kind(self) -> str:
        """Class that colours the change; empty: it has no colour."""
        return KINDS.get(self.text[:1], "")


def day_change(
    translations: Translations, date: dt.date, compared: Comparison | None, least: Least
) -> Change:
    """A date against the same weekdays, and how many they are; None: its count is not known."""
    if compared is None:
        return Change()
    text = change(translations, compared, least) if compared.before else ""
    return Change(text, weekdays(translations, date, compared))


def change(translations: Translations, compared: Comparison, least: Least) -> str:
    """Text of a change in percent; below the minimum the counts themselves: `2 (usually 0 to 1)`."""
    if compared.share is not None and not is_small(compared, least):
        return translations.change(compared.share)
    if compared.days > 1:
        return sums(translations, compared)
    now, range_before = translations.number(compared.now), usual(translations, compared.before)
    return translations("compared.small", count=now, usual=range_before) if range_before else now


def usual(translations: Translations, before: Sequence[int]) -> str:
    """Text of the range of the known counts before; the count itself for one, empty for none."""
    first, last = (translations.number(end(before, default=0)) for end in (min, max))
    if not before or first == last:
        return first if before else ""
    return translations("compared.range", least=first, most=last)


def weekdays(translations: Translations, date: dt.date, compared: Comparison) -> str:
    """Text of what a date is compared with: `against 4 Tuesdays`."""
    number = len(compared.before)
    name = translations.listed("weekdays" if number == 1 else "weekdays_plural")[date.weekday()]
    if not number:
        return translations("compared.none", weekday=translations.weekday(date))
    return translations("compared.weekdays", days=f"{translations.number(number)} {name}")


def sums(translations: Translations, compared: Comparison) -> str:
    """Text of the sum of seven days and of the seven before; for fewer days, with their number."""
    (before,) = compared.before
    both = translations(
        "compared.sums", now=translations.number(compared.now), before=translations.number(before)
    )
    few = [translations("compared.days", days=compared.days)] if compared.days < WEEK else []
    return translations.join([both, *few])
