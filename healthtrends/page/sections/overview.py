"""Overview of all dates for the index: visits by day, what rose last."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.comparison import same_weekday, seven_days
from healthtrends.page.change_list import ChangeList, against_week, against_weekdays, change_list
from healthtrends.page.data import IndexedDate, IndexPage
from healthtrends.page.document import day_address
from healthtrends.page.total_curve import TotalCurve, total_curve
from healthtrends.page.translations import Translations

RISEN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The section; the newest date has two cards."""

    curve: TotalCurve
    date: str
    href: str
    visits: str
    notes: Sequence[str]
    """Comparisons of the visits."""
    risen: ChangeList


def overview(index: IndexPage, translations: Translations) -> Overview | None:
    """Make the section; None before anything was published."""
    newest = index.newest_date
    if newest is None:
        return None
    visits, *notes = _visits(index, newest, translations)
    return Overview(
        curve=total_curve(index.history, index.complete_until, translations),
        date=translations.day(newest.date),
        href=day_address(newest.date),
        visits=visits,
        notes=notes,
        risen=_risen(index, newest, translations),
    )


def _visits(index: IndexPage, newest: IndexedDate, translations: Translations) -> list[str]:
    """Texts of the number of visits, and of its comparisons."""
    counts = index.history.until(newest.date).visits
    if not counts or counts[-1] is None:
        return [translations("index.visits_unknown")]
    date, days = same_weekday(counts), seven_days(counts)
    lines = [translations("index.visits", visits=translations.number(counts[-1]))]
    lines += [against_weekdays(newest.date, index.least, translations, date)] if date else []
    return lines + ([against_week(index.least, translations, days)] if days else [])


def _risen(index: IndexPage, newest: IndexedDate, translations: Translations) -> ChangeList:
    if not index.detection.judged:
        return ChangeList((), translations("glance.rose_unknown"))
    rows, page = index.detection.risen(RISEN), day_address(newest.date)
    codes = change_list(rows, newest.date, index.least, translations, page)
    return ChangeList(codes, translations("glance.rose_none"))
