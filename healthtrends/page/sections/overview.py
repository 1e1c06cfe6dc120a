"""What the index says of all dates together: visits by day, a period to step through, what rose last."""

from healthtrends.model.comparison import same_weekday, seven_days
from healthtrends.page.change_list import against_week, against_weekdays, change_list
from healthtrends.page.components import section
from healthtrends.page.data import IndexedDate, IndexPage
from healthtrends.page.document import day_address
from healthtrends.page.markup import Html, el
from healthtrends.page.total_curve import HATCH, total_curve
from healthtrends.page.translations import Translations

RISEN = 5
UNITS = ("day", "week", "month")


def overview(index: IndexPage, translations: Translations) -> Html | None:
    """Give the section; None before anything was published."""
    newest = index.newest_date
    if newest is None:
        return None
    return section(
        "overview",
        translations("index.overview"),
        HATCH,
        total_curve(index.history, index.complete_until, translations),
        _period(translations),
        el(
            "div",
            el(
                "article",
                el("h3", _newest(newest, translations)),
                *_visits(index, newest, translations),
                class_="card",
            ),
            el(
                "article",
                el("h3", translations("glance.rose")),
                *_rose(index, newest, translations),
                class_="card rose",
            ),
            class_="cards",
        ),
    )


def _newest(newest: IndexedDate, translations: Translations) -> Html:
    return el("a", translations.day(newest.date), href=day_address(newest.date))


def _visits(index: IndexPage, newest: IndexedDate, translations: Translations) -> list[Html]:
    """How many visits, and what they are against."""
    counts = index.history.until(newest.date).visits
    if not counts or counts[-1] is None:
        return [el("p", translations("index.visits_unknown"))]
    date, days = same_weekday(counts), seven_days(counts)
    notes = [against_weekdays(newest.date, index.least, translations, date)] if date else []
    notes += [against_week(index.least, translations, days)] if days else []
    told = translations("index.visits", visits=translations.number(counts[-1]))
    return [el("p", told), *(el("p", note, class_="note") for note in notes)]


def _rose(index: IndexPage, newest: IndexedDate, translations: Translations) -> list[Html]:
    if not index.detection.judged:
        return [el("p", translations("glance.rose_unknown"))]
    rows = index.detection.risen(RISEN)
    if not rows:
        return [el("p", translations("glance.rose_none"))]
    return [change_list(rows, newest.date, index.least, translations, day_address(newest.date))]


def _period(translations: Translations) -> Html:
    """A day, a week or a month, to step through; the script fills it in."""
    units = (el("option", translations(f"index.unit_{unit}"), value=unit) for unit in UNITS)
    return el(
        "div",
        el(
            "p",
            el("label", translations("index.period"), for_="unit"),
            el("select", *units, id="unit"),
            el("button", translations("index.before"), id="before", type="button"),
            el("button", translations("index.after"), id="after", type="button"),
            class_="choose",
        ),
        el("p", id="period", role="status"),
        class_="needs-script",
    )
