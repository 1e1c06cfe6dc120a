"""The index: a calendar of all dates with their state, and which days had a code."""

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from itertools import groupby

from healthtrends.page.components import place_name_line, section, titled
from healthtrends.page.data import IndexedDate, IndexPage
from healthtrends.page.date_state import state_text
from healthtrends.page.document import INDEX, day_address, document
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.payload import chosen_curves
from healthtrends.page.sections.overview import overview
from healthtrends.page.shared import index_scripts
from healthtrends.page.translations import Translations

CURVES_BYTES = 1_500_000
CURVE_DAYS = 366
STATES = ("final", "provisional", "stale", "missing", "empty", "unpublished")


def render_index(index: IndexPage, translations: Translations) -> bytes:
    """Give the index as a file."""
    return document(
        titled(translations("index.title"), index.place_name),
        [_head(index, translations), _main(index, translations)],
        translations,
        scripts=index_scripts(translations),
        data=_payload(index),
        place=INDEX,
    )


def _head(index: IndexPage, translations: Translations) -> Html:
    return el(
        "header",
        el("p", translations("brand"), class_="brand"),
        place_name_line(index.place_name),
        el("h1", translations("index.title")),
        el("p", translations("index.lead"), class_="lead"),
        el("p", *_newest(index, translations)),
    )


def _main(index: IndexPage, translations: Translations) -> Html:
    months = groupby(index.dates, key=lambda entry: entry.date.replace(day=1))
    tables = [_month(first, {entry.date: entry for entry in days}, translations) for first, days in months]
    return el(
        "main",
        overview(index, translations),
        section("search", translations("index.search"), *_search(translations)),
        section(
            "calendar",
            translations("index.calendar"),
            el("ul", *(_state(state, translations) for state in _legend(index)), class_="states"),
            el("div", *reversed(tables), class_="months"),
        ),
        id="content",
        tabindex="-1",
    )


def _newest(index: IndexPage, translations: Translations) -> list[Content]:
    """Where most readers want to go."""
    newest = index.newest_date
    if newest is None or index.newest is None:
        return [translations("index.none")]
    link = el("a", translations.day(newest.date), href=day_address(newest.date))
    published = translations("index.published", time=translations.moment(index.newest))
    return [translations("index.newest"), " ", link, ". ", published]


def _search(translations: Translations) -> list[Html]:
    return [
        el(
            "p",
            el("label", translations("trend.choose"), for_="code"),
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
        el("p", translations("index.search_hint"), id="hint", class_="note"),
        el("ul", id="also", class_="states note"),
        el("p", id="found", role="status", class_="chart-title"),
        el("ul", id="found-days", class_="states"),
        el("noscript", el("p", translations("no_script"))),
    ]


def _legend(index: IndexPage) -> list[str]:
    """All states, but for the rare ones only those that a date has."""
    there = {entry.state for entry in index.dates}
    return [state for state in STATES if state != "unpublished" or state in there]


def _state(state: str, translations: Translations) -> Html:
    return el(
        "li",
        el("span", translations(f"state.{state}"), class_=f"badge {state}"),
        translations(f"state_means.{state}"),
    )


def _month(first: dt.date, entries: Mapping[dt.date, IndexedDate], translations: Translations) -> Html:
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    head = zip(translations.listed("weekdays_short"), translations.listed("weekdays"), strict=True)
    return el(
        "div",
        el(
            "table",
            el("caption", translations.month(first)),
            el("thead", el("tr", *(el("th", short, scope="col", abbr=name) for short, name in head))),
            el("tbody", *(_week(days, first.month, entries, translations) for days in weeks)),
        ),
        class_="month",
    )


def _week(
    days: Sequence[dt.date], month: int, entries: Mapping[dt.date, IndexedDate], translations: Translations
) -> Html:
    return el(
        "tr",
        *(
            el("td", _day(day, entries.get(day), translations) if day.month == month else None)
            for day in days
        ),
    )


def _day(day: dt.date, entry: IndexedDate | None, translations: Translations) -> Html:
    if entry is None:
        return el("span", str(day.day), class_="day none", title=translations("index.no_records"))
    until = entry.provisional_until if entry.state == "provisional" else None
    says = _says(entry, state_text(entry.state, until, translations), translations)
    then = _says(entry, translations("state.final"), translations) if until else None
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


def _says(entry: IndexedDate, state: str, translations: Translations) -> str:
    date, records = translations.day(entry.date), translations.number(entry.records)
    return translations("index.day_says", date=date, state=state, records=records)


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
