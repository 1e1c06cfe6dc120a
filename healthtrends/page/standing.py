"""How the numbers of a date stand, as facts with an end: they are true whenever a page is read.

A provisional state names its last day. The page's script compares that day with the reader's clock and puts
the words of `data-then` in place of those that are over (`judge` in tools.js); without a script the words
with their end are true as well.
"""

import datetime as dt

from healthtrends.page.data import DayPage, Made, Standing
from healthtrends.page.markup import Html, el
from healthtrends.page.words import Words


def state_words(state: Standing, until: dt.date | None, words: Words) -> str:
    """Name a state, with the last day on which it holds."""
    if state == "provisional" and until is not None:
        return words("state.provisional_until", date=words.plain_day(until))
    return words(f"state.{state}")


def state_badge(made: Made, words: Words) -> Html:
    """Give the state of a date as a badge; the script makes it final when its time is over."""
    until = made.provisional_until
    return el(
        "span",
        state_words(made.state, until, words),
        class_=f"badge {made.state}",
        data_until=until,
        data_then=words("state.final") if until else None,
    )


def state_meaning(made: Made, words: Words) -> Html:
    """Say what the state means for the numbers."""
    until = made.provisional_until
    if until is None:
        return el("span", words(f"state_means.{made.state}"))
    return el(
        "span",
        words("state_means.provisional_until", date=words.plain_day(until)),
        data_until=until,
        data_then=words("state_means.final"),
    )


def open_days(page: DayPage, words: Words) -> Html:
    """Say which of the dates shown may still grow, and until when."""
    growing = [date for date in page.history.dates if page.open_until(date)]
    complete = words("glance.provisional_none")
    if not growing:
        return el("p", complete)
    last = growing[-1] + dt.timedelta(days=page.open_days)
    key = "glance.provisional_day" if len(growing) == 1 else "glance.provisional_days"
    says = words(key, first=words.short_day(growing[0]), days=page.open_days, last=words.plain_day(last))
    return el("p", says, data_until=last, data_then=complete)
