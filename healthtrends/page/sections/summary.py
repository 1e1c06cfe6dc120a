"""What an analyst wants to know first: how much, what rose, what is provisional, what was rejected."""

import datetime as dt
from collections.abc import Sequence

from healthtrends.model.comparison import same_weekday, seven_days
from healthtrends.page.change_list import against_week, against_weekdays, change_list
from healthtrends.page.components import section
from healthtrends.page.data import DayPage
from healthtrends.page.date_state import open_days, state_badge, state_meaning
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.reject_summary import read_rejects
from healthtrends.page.translations import Translations

RISEN, FALLEN, REASONS, DATES = 5, 3, 3, 6


def summary(page: DayPage, translations: Translations) -> Html:
    """Give the first section."""
    if page.is_empty:
        return section("glance", translations("glance.heading"), el("p", _why_empty(page, translations)))
    return section(
        "glance",
        translations("glance.heading"),
        el("div", *_numbers(page, translations), class_="numbers"),
        el(
            "div",
            _card(translations("glance.rose"), *_rose(page, translations), class_="rose"),
            _card(translations("glance.fell"), *_fell(page, translations), class_="fell"),
            _card(translations("glance.provisional"), *_provisional(page, translations), class_="open"),
            _card(translations("glance.rejected"), *_rejected(page, translations), class_="rejected"),
            class_="cards",
        ),
    )


def _why_empty(page: DayPage, translations: Translations) -> str:
    """Say in one sentence what there is to know of a date without a diagnosis."""
    return translations(
        "glance.taken_back" if page.is_fed else "glance.empty", date=translations.plain_day(page.date)
    )


def _card(heading: str, *content: Content, class_: str) -> Html:
    return el("article", el("h3", heading), *content, class_=f"card {class_}")


def _numbers(page: DayPage, translations: Translations) -> list[Html]:
    patients, visits = _total(page, "patients"), _total(page, "visits")
    codes = len(page.table("trend_summary").rows)
    notes = _visits_changes(page, translations, visits) if visits is not None else []
    return [
        _number(translations("glance.patients"), _shown(patients, translations)),
        _number(translations("glance.visits"), _shown(visits, translations), *notes),
        _number(translations("glance.diagnoses"), _shown(codes, translations)),
    ]


def _total(page: DayPage, column: str) -> int | None:
    """Sum over all genders; None when it is not known, or hidden for one of them."""
    report = page.table("gender_breakdown")
    counts = [count for (count,) in report.select_columns(column)] if report.columns else []
    return sum(map(int, counts)) if counts and all(counts) else None


def _shown(count: int | None, translations: Translations) -> str:
    return "\N{EN DASH}" if count is None else translations.number(count)


def _number(name: str, value: str, *notes: str) -> Html:
    return el(
        "p",
        el("span", name, class_="name"),
        el("span", value, class_="value"),
        *(el("span", note, class_="note") for note in notes),
    )


def _visits_changes(page: DayPage, translations: Translations, visits: int) -> list[str]:
    counts = [*page.history.visits[:-1], visits]
    date, week = same_weekday(counts), seven_days(counts)
    notes = [against_weekdays(page.date, page.least, translations, date)] if date else []
    return notes + ([against_week(page.least, translations, week)] if week else [])


def _rose(page: DayPage, translations: Translations) -> list[Content]:
    if not page.detection.judged:
        return [el("p", translations("glance.rose_unknown"))]
    rows = page.detection.risen(RISEN)
    means = translations(
        "glance.rose_means", count=page.least.count, change=translations.change(page.least.change)
    )
    lead = el("p", means, class_="lead")
    return [
        lead,
        change_list(rows, page.date, page.least, translations)
        if rows
        else el("p", translations("glance.rose_none")),
    ]


def _fell(page: DayPage, translations: Translations) -> list[Content]:
    if not page.detection.judged:
        return [el("p", translations("glance.rose_unknown"))]
    rows = page.detection.fallen(FALLEN)
    return [
        change_list(rows, page.date, page.least, translations)
        if rows
        else el("p", translations("glance.fell_none"))
    ]


def _provisional(page: DayPage, translations: Translations) -> list[Content]:
    history = page.history
    stated = list(zip(history.dates, history.states, strict=True))
    kinds: dict[str, list[dt.date]] = {
        "no_feed": [day for day, state in stated if state == "none"],
        "unread": [day for day, state in stated if state == "unread"],
    }
    lines = [
        translations(f"glance.{kind}", days=_listed(days, translations))
        for kind, days in kinds.items()
        if days
    ]
    if _hides(page):
        lines.append(translations("glance.hidden"))
    means = el("p", state_badge(page.provenance, translations), state_meaning(page.provenance, translations))
    return [means, open_days(page, translations), *(el("p", line) for line in lines)]


def _listed(days: Sequence[dt.date], translations: Translations) -> str:
    """The last few dates, newest first."""
    shown = [translations.short_day(day) for day in reversed(days[-DATES:])]
    more = len(days) - len(shown)
    return translations.in_row(shown + ([translations("glance.and_more", number=more)] if more else []))


def _hides(page: DayPage) -> bool:
    history = page.history
    observed = [place for place, state in enumerate(history.states) if state == "observed"]
    return any(counts[place] is None for counts in history.patients.values() for place in observed)


def _rejected(page: DayPage, translations: Translations) -> list[Content]:
    found = read_rejects(page.table("quality"))
    if found is None:
        return [el("p", translations("glance.rejected_unknown"))]
    if not found.total:
        return [el("p", translations("glance.rejected_none"))]
    total = translations(
        "glance.rejected_of",
        rejected=translations.number(found.dated),
        all=translations.number(found.accepted + found.dated),
        percent=translations.decimal(found.percent, 2),
    )
    undated = translations("glance.rejected_undated", undated=translations.number(found.undated))
    reasons = list(found.reasons.items())[:REASONS]
    return [
        el("p", total),
        el("p", undated) if found.undated else None,
        el(
            "ul",
            *(
                el(
                    "li",
                    el("span", translations.of("reason", reason)),
                    el("strong", translations.number(count)),
                )
                for reason, count in reasons
            ),
            class_="counts",
        ),
        el("p", el("a", translations("glance.rejected_more"), href="#quality")),
    ]
