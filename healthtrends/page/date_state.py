"""State of a date's numbers, with the day on which it ends: the text is true whenever a page is read.

A provisional state names its last day. The page's script compares that day with the reader's clock and puts
the text of `data-then` in place of those that are over (`judge` in tools.js); without a script the text
with its end is true as well.
"""

import datetime as dt
from dataclasses import dataclass

from healthtrends.page.data import DateState, DayPage, PageProvenance
from healthtrends.page.translations import Translations


@dataclass(frozen=True, slots=True)
class DatedText:
    """A text that holds up to a day, and the one after that day."""

    text: str
    until: dt.date | None = None
    then: str = ""


@dataclass(frozen=True, slots=True)
class StateBadge:
    """State of a date as a badge; the script makes it final when its time is over."""

    kind: DateState
    text: DatedText


def state_text(state: DateState, until: dt.date | None, translations: Translations) -> str:
    """Name a state, with the last day on which it holds."""
    if state == "provisional" and until is not None:
        return translations("state.provisional_until", date=translations.plain_day(until))
    return translations(f"state.{state}")


def state_badge(provenance: PageProvenance, translations: Translations) -> StateBadge:
    """Make the badge of a date's state."""
    state, until = provenance.state, provenance.provisional_until
    text = state_text(state, until, translations)
    return StateBadge(state, DatedText(text, until, translations("state.final")))


def state_meaning(provenance: PageProvenance, translations: Translations) -> DatedText:
    """Explain what the state means for the numbers."""
    until = provenance.provisional_until
    if until is None:
        return DatedText(translations(f"state_means.{provenance.state}"))
    text = translations("state_means.provisional_until", date=translations.plain_day(until))
    return DatedText(text, until, translations("state_means.final"))


def open_days(page: DayPage, translations: Translations) -> DatedText:
    """List which of the dates shown may still grow, and until when."""
    growing = [date for date in page.history.dates if page.open_until(date)]
    complete = translations("glance.provisional_none")
    if not growing:
        return DatedText(complete)
    last = growing[-1] + dt.timedelta(days=page.open_days)
    key = "glance.provisional_day" if len(growing) == 1 else "glance.provisional_days"
    text = translations(
        key, first=translations.short_day(growing[0]), days=page.open_days, last=translations.plain_day(last)
    )
    return DatedText(text, last, complete)
