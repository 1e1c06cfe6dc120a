"""The index: a calendar of all dates with their state, and which days had a code."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby

from healthtrends.page.data import IndexedDate, IndexPage
from healthtrends.page.document import INDEX, day_address, document
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.parts import house_name, section, titled
from healthtrends.page.payload import chosen_curves
from healthtrends.page.sections.overview import overview
from healthtrends.page.shared import index_scripts
from healthtrends.page.standing import state_words
from healthtrends.page.words import Words

CURVES_BYTES = 1_500_000
CURVE_DAYS = 366
STATES = ("final", "provisional", "stale", "missing", "empty", "unpublished")


def render_index(index: IndexPage, words: Words) -> bytes:
    """Give the index as a file."""
    return document(
        titled(words("index.title"), index.house),
        [_head(index, words), _main(index, words)],
        words,
        scripts=index_scripts(words),
        data=_payload(index),
        place=INDEX,
    )


def _head(index: IndexPage, words: Words) -> Html:
    return el(
        "header",
        el("p", words("brand"), class_="brand"),
        house_name(index.house),
        el("h1", words("index.title")),
        el("p", words("index.lead"), class_="lead"),
        el("p", *_newest(index, words)),
    )


def _main(index: IndexPage, words: Words) -> Html:
    months = groupby(index.dates, key=lambda entry: entry.date.replace(day=1))
    tables = [_month(first, {entry.date: entry for entry in days}, words) for first, days in months]
    return el(
        "main",
        overview(index, words),
        section("search", words("index.search"), *_search(words)),
        section(
            "calendar",
            words("index.calendar"),
            el("ul", *(_state(state, words) for state in _legend(index)), class_="states"),
            el("div", *reversed(tables), class_="months"),
        ),
        id="content",
        tabindex="-1",
    )


def _newest(index: IndexPage, words: Words) -> list[Content]:
    """Where most readers want to go."""
    newest = index.newest_date
    if newest is None or index.newest is None:
        return [words("index.none")]
    link = el("a", words.day(newest.date), href=day_address(newest.date))
    published = words("index.published", time=words.moment(index.newest))
    return [words("index.newest"), " ", link, ". ", published]


def _search(words: Words) -> list[Html]:
    return [
        el(
            "p",
            el("label", words("trend.choose"), for_="code"),
            el(
                "input",
                id="code",
                list="codes",
                autocomplete="off",
                spellcheck="false",
                aria_describedby="hint",
            ),
            el("datalist", id="codes"),
            class_="choose needs-script",
        ),
        el("p", words("index.search_hint"), id="hint", class_="note"),
        el("ul", id="also", class_="states note"),
        el("p", id="found", role="status", class_="chart-title"),
        el("ul", id="found-days", class_="states"),
        el("noscript", el("p", words("no_script"))),
    ]


def _legend(index: IndexPage) -> list[str]:
    """All states, but for the rare ones only those that a date has."""
    there = {entry.state for entry in index.dates}
    return [state for state in STATES if state != "unpublished" or state in there]


def _state(state: str, words: Words) -> Html:
    return el(
        "li", el("span", words(f"state.{state}"), class_=f"badge {state}"), words(f"state_means.{state}")
    )


def _month(first: dt.date, entries: Mapping[dt.date, IndexedDate], words: Words) -> Html:
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    head = zip(words.listed("weekdays_short"), words.listed("weekdays"), strict=True)
    return el(
        "div",
        el(
            "table",
            el("caption", words.month(first)),
            el("thead", el("tr", *(el("th", short, scope="col", abbr=name) for short, name in head))),
            el("tbody", *(_week(days, first.month, entries, words) for days in weeks)),
        ),
        class_="month",
    )


def _week(days: Sequence[dt.date], month: int, entries: Mapping[dt.date, IndexedDate], words: Words) -> Html:
    return el(
        "tr", *(el("td", _day(day, entries.get(day), words) if day.month == month else None) for day in days)
    )


def _day(day: dt.date, entry: IndexedDate | None, words: Words) -> Html:
    if entry is None:
        return el("span", str(day.day), class_="day none", title=words("index.no_records"))
    until = entry.provisional_until if entry.state == "provisional" else None
    says = _says(entry, state_words(entry.state, until, words), words)
    then = _says(entry, words("state.final"), words) if until else None
    spoken = el("span", says, class_="spoken")
    kind = f"day {entry.state}"
    number = el("span", str(day.day), aria_hidden="true")
    if not entry.has_page:
        return el("span", number, spoken, class_=kind, title=says, data_date=day)
    return el(
        "a",
        number,
        spoken,
        class_=kind,
        title=says,
        href=day_address(day),
        data_date=day,
        data_until=until,
        data_then=then,
    )


def _says(entry: IndexedDate, state: str, words: Words) -> str:
    date, records = words.day(entry.date), words.number(entry.records)
    return words("index.day_says", date=date, state=state, records=records)


def _payload(index: IndexPage) -> dict[str, object]:
    history = index.history
    totals = {code: sum(count or 0 for count in counts) for code, counts in history.patients.items()}
    wanted = sorted(totals, key=lambda code: (-totals[code], code))
    curves = chosen_curves(history, wanted, CURVES_BYTES, CURVE_DAYS)
    return {
        "days": [date.isoformat() for date in history.dates[-CURVE_DAYS:]],
        "curves": curves,
        "visits": history.visits[-CURVE_DAYS:],
    }
