"""Summary of a date: how much, what rose, what is provisional, what was rejected."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.model.alarm import Alarm
from healthtrends.model.comparison import same_weekday, seven_days
from healthtrends.page.change_list import ChangeList, against_week, against_weekdays, change_list
from healthtrends.page.data import DayPage
from healthtrends.page.date_state import DatedText, open_days, state_meaning
from healthtrends.page.reject_summary import read_rejects
from healthtrends.page.translations import Translations

RISEN, FALLEN, REASONS, DATES = 5, 3, 3, 6


class Number(NamedTuple):
    """A number of the date, and its comparisons."""

    name: str
    value: str
    notes: Sequence[str] = ()


class Rejects(NamedTuple):
    """How many messages were rejected, in sentences, and the most frequent reasons with their counts."""

    lines: Sequence[str]
    reasons: Sequence[tuple[str, str]] = ()
    has_any: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The first section of a date that has a diagnosis."""

    numbers: Sequence[Number]
    lead: str
    """Minimums for the list; empty: nothing was judged."""
    risen: ChangeList
    fallen: ChangeList
    state_meaning: DatedText
    open_days: DatedText
    unknown: Sequence[str]
    """Days without a feed, days that were not counted, hidden numbers."""
    rejects: Rejects
    empty: str = ""


@dataclass(frozen=True, slots=True)
class EmptySummary:
    """The same of a date without a diagnosis: one sentence."""

    empty: str


def summary(page: DayPage, translations: Translations) -> Summary | EmptySummary:
    """Make the first section."""
    if page.is_empty:
        key = "glance.taken_back" if page.is_fed else "glance.empty"
        return EmptySummary(translations(key, date=translations.plain_day(page.date)))
    found, least = page.detection, page.least
    least_change = translations.change(least.change).removeprefix("+")
    lead = translations("glance.rose_means", count=least.count, change=least_change)
    return Summary(
        numbers=_numbers(page, translations),
        lead=lead if found.judged else "",
        risen=_changes(page, translations, found.risen(RISEN), "glance.rose_none"),
        fallen=_changes(page, translations, found.fallen(FALLEN), "glance.fell_none"),
        state_meaning=state_meaning(page.provenance, translations),
        open_days=open_days(page, translations),
        unknown=_unknown(page, translations),
        rejects=_rejects(page, translations),
    )


def _numbers(page: DayPage, translations: Translations) -> list[Number]:
    patients, visits = page.total("patients"), page.total("visits")
    codes = len(page.table("trend_summary").rows)
    notes = _visits_changes(page, translations, visits) if visits is not None else []
    return [
        Number(translations("glance.patients"), _shown(patients, translations)),
        Number(translations("glance.visits"), _shown(visits, translations), notes),
        Number(translations("glance.diagnoses"), _shown(codes, translations)),
    ]


def _shown(count: int | None, translations: Translations) -> str:
    return "\N{EN DASH}" if count is None else translations.number(count)


def _visits_changes(page: DayPage, translations: Translations, visits: int) -> list[str]:
    counts = [*page.history.visits[:-1], visits]
    date, week = same_weekday(counts), seven_days(counts)
    notes = [against_weekdays(page.date, page.least, translations, date)] if date else []
    return notes + ([against_week(page.least, translations, week)] if week else [])


def _changes(page: DayPage, translations: Translations, rows: Sequence[Alarm], none: str) -> ChangeList:
    if not page.detection.judged:
        return ChangeList((), translations("glance.rose_unknown"))
    return ChangeList(change_list(rows, page.date, page.least, translations), translations(none))


def _unknown(page: DayPage, translations: Translations) -> list[str]:
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
    return [*lines, translations("glance.hidden")] if _hides(page) else lines


def _listed(days: Sequence[dt.date], translations: Translations) -> str:
    """The last few dates, newest first."""
    shown = [translations.short_day(day) for day in reversed(days[-DATES:])]
    more = len(days) - len(shown)
    return translations.join(shown + ([translations("glance.and_more", number=more)] if more else []))


def _hides(page: DayPage) -> bool:
    history = page.history
    observed = [offset for offset, state in enumerate(history.states) if state == "observed"]
    return any(counts[offset] is None for counts in history.patients.values() for offset in observed)


def _rejects(page: DayPage, translations: Translations) -> Rejects:
    found = read_rejects(page.table("quality"))
    if found is None:
        return Rejects([translations("glance.rejected_unknown")])
    if not found.total:
        return Rejects([translations("glance.rejected_none")])
    total = translations(
        "glance.rejected_of",
        rejected=translations.number(found.dated),
        all=translations.number(found.accepted + found.dated),
        percent=translations.decimal(found.percent, 2),
    )
    undated = translations("glance.rejected_undated", undated=translations.number(found.undated))
    reasons = [
        (translations.of("reason", reason), translations.number(count))
        for reason, count in list(found.reasons.items())[:REASONS]
    ]
    return Rejects([total, undated] if found.undated else [total], reasons, has_any=True)
