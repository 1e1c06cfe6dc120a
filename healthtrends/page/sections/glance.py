"""What an analyst wants to know first: how much, what rose, what is provisional, what was rejected."""

import datetime as dt
from collections.abc import Sequence

from healthtrends.model.comparison import same_weekday, seven_days
from healthtrends.page.change_list import against_week, against_weekdays, change_list
from healthtrends.page.data import DayPage
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.parts import section
from healthtrends.page.rejected import rejected
from healthtrends.page.standing import open_days, state_badge, state_meaning
from healthtrends.page.words import Words

RISEN, FALLEN, REASONS, DATES = 5, 3, 3, 6


def glance(page: DayPage, words: Words) -> Html:
    """Give the first section."""
    if page.is_empty:
        return section("glance", words("glance.heading"), el("p", _why_empty(page, words)))
    return section(
        "glance",
        words("glance.heading"),
        el("div", *_numbers(page, words), class_="numbers"),
        el(
            "div",
            _card(words("glance.rose"), *_rose(page, words), class_="rose"),
            _card(words("glance.fell"), *_fell(page, words), class_="fell"),
            _card(words("glance.provisional"), *_provisional(page, words), class_="open"),
            _card(words("glance.rejected"), *_rejected(page, words), class_="rejected"),
            class_="cards",
        ),
    )


def _why_empty(page: DayPage, words: Words) -> str:
    """Say in one sentence what there is to know of a date without a diagnosis."""
    return words("glance.taken_back" if page.is_fed else "glance.empty", date=words.plain_day(page.date))


def _card(heading: str, *content: Content, class_: str) -> Html:
    return el("article", el("h3", heading), *content, class_=f"card {class_}")


def _numbers(page: DayPage, words: Words) -> list[Html]:
    patients, visits = _total(page, "patients"), _total(page, "visits")
    codes = len(page.table("trend_summary").rows)
    notes = _visits_changes(page, words, visits) if visits is not None else []
    return [
        _number(words("glance.patients"), _shown(patients, words)),
        _number(words("glance.visits"), _shown(visits, words), *notes),
        _number(words("glance.diagnoses"), _shown(codes, words)),
    ]


def _total(page: DayPage, column: str) -> int | None:
    """Sum over all genders; None when it is not known, or hidden for one of them."""
    report = page.table("gender_breakdown")
    counts = [count for (count,) in report.by_offset(column)] if report.columns else []
    return sum(map(int, counts)) if counts and all(counts) else None


def _shown(count: int | None, words: Words) -> str:
    return "\N{EN DASH}" if count is None else words.number(count)


def _number(name: str, value: str, *notes: str) -> Html:
    return el(
        "p",
        el("span", name, class_="name"),
        el("span", value, class_="value"),
        *(el("span", note, class_="note") for note in notes),
    )


def _visits_changes(page: DayPage, words: Words, visits: int) -> list[str]:
    counts = [*page.history.visits[:-1], visits]
    date, week = same_weekday(counts), seven_days(counts)
    notes = [against_weekdays(page.date, page.least, words, date)] if date else []
    return notes + ([against_week(page.least, words, week)] if week else [])


def _rose(page: DayPage, words: Words) -> list[Content]:
    if not page.detection.judged:
        return [el("p", words("glance.rose_unknown"))]
    rows = page.detection.risen(RISEN)
    means = words("glance.rose_means", count=page.least.count, change=words.change(page.least.change))
    lead = el("p", means, class_="lead")
    return [
        lead,
        change_list(rows, page.date, page.least, words) if rows else el("p", words("glance.rose_none")),
    ]


def _fell(page: DayPage, words: Words) -> list[Content]:
    if not page.detection.judged:
        return [el("p", words("glance.rose_unknown"))]
    rows = page.detection.fallen(FALLEN)
    return [change_list(rows, page.date, page.least, words) if rows else el("p", words("glance.fell_none"))]


def _provisional(page: DayPage, words: Words) -> list[Content]:
    history = page.history
    stated = list(zip(history.dates, history.states, strict=True))
    kinds: dict[str, list[dt.date]] = {
        "no_feed": [day for day, state in stated if state == "none"],
        "unread": [day for day, state in stated if state == "unread"],
    }
    lines = [words(f"glance.{kind}", days=_listed(days, words)) for kind, days in kinds.items() if days]
    if _hides(page):
        lines.append(words("glance.hidden"))
    means = el("p", state_badge(page.made, words), state_meaning(page.made, words))
    return [means, open_days(page, words), *(el("p", line) for line in lines)]


def _listed(days: Sequence[dt.date], words: Words) -> str:
    """The last few dates, newest first."""
    shown = [words.short_day(day) for day in reversed(days[-DATES:])]
    more = len(days) - len(shown)
    return words.in_row(shown + ([words("glance.and_more", number=more)] if more else []))


def _hides(page: DayPage) -> bool:
    history = page.history
    observed = [place for place, state in enumerate(history.states) if state == "observed"]
    return any(counts[place] is None for counts in history.patients.values() for place in observed)


def _rejected(page: DayPage, words: Words) -> list[Content]:
    found = rejected(page.table("quality"))
    if found is None:
        return [el("p", words("glance.rejected_unknown"))]
    if not found.total:
        return [el("p", words("glance.rejected_none"))]
    total = words(
        "glance.rejected_of",
        rejected=words.number(found.dated),
        all=words.number(found.accepted + found.dated),
        percent=words.decimal(found.percent, 2),
    )
    undated = words("glance.rejected_undated", undated=words.number(found.undated))
    reasons = list(found.reasons.items())[:REASONS]
    return [
        el("p", total),
        el("p", undated) if found.undated else None,
        el(
            "ul",
            *(
                el("li", el("span", words.of("reason", reason)), el("strong", words.number(count)))
                for reason, count in reasons
            ),
            class_="counts",
        ),
        el("p", el("a", words("glance.rejected_more"), href="#quality")),
    ]
