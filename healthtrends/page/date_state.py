"""How the numbers of a date stand, as facts with an end: they are true whenever a page is read.

A provisional state names its last day. The page's script compares that day with the reader's clock and puts
the words of `data-then` in place of those that are over (`judge` in tools.js); without a script the words
with their end are true as well.
"""

import datetime as dt

from healthtrends.page.data import DateState, DayPage, PageProvenance
from healthtrends.page.markup import Html, el
from healthtrends.page.translations import Translations


def state_text(state: DateState, until: dt.date | None, translations: Translations) -> str:
    """Name a state, with the last day on which it holds."""
    if state == "provisional" and until is not None:
        return translations("state.provisional_until", date=translations.plain_day(until))
    return translations(f"state.{state}")


def state_badge(provenance: PageProvenance, translations: Translations) -> Html:
    """Give the state of a date as a badge; the script makes it final when its time is over."""
    until = provenance.provisional_until
    return el(
        "span",
        state_text(provenance.state, until, translations),
        class_=f"badge {provenance.state}",
        data_until=until,
        data_then=translations("state.final") if until else None,
    )


def state_meaning(provenance: PageProvenance, translations: Translations) -> Html:
    """Say what the state means for the numbers."""
    until = provenance.provisional_until
    if until is None:
        return el("span", translations(f"state_means.{provenance.state}"))
    return el(
        "span",
        translations("state_means.provisional_until", date=translations.plain_day(until)),
        data_until=until,
        data_then=translations("state_means.final"),
    )


def open_days(page: DayPage, translations: Translations) -> Html:
    """Say which of the dates shown may still grow, and until when."""
    growing = [date for date in page.history.dates if page.open_until(date)]
    complete = translations("glance.provisional_none")
    if not growing:
        return el("p", complete)
    last = growing[-1] + dt.timedelta(days=page.open_days)
    key = "glance.provisional_day" if len(growing) == 1 else "glance.provisional_days"
    says = translations(
        key, first=translations.short_day(growing[0]), days=page.open_days, last=translations.plain_day(last)
    )
    return el("p", says, data_until=last, data_then=complete)
