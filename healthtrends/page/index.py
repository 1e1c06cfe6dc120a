"""The index: all dates together, which days had a code, and a calendar of the dates with their state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.components import titled
from healthtrends.page.data import IndexPage
from healthtrends.page.document import INDEX, day_address, document
from healthtrends.page.payload import chosen_curves
from healthtrends.page.sections.calendar import Month, months
from healthtrends.page.sections.overview import Overview, overview
from healthtrends.page.shared import index_scripts
from healthtrends.page.translations import Translations

CURVES_BYTES = 1_500_000
CURVE_DAYS = 366
STATES = ("final", "provisional", "stale", "missing", "empty", "unpublished")


class NewestIssue(NamedTuple):
    """Link to the newest issue, which most readers want."""

    name: str
    href: str
    published: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """Values that the template prints."""

    place_name: str
    newest: NewestIssue | None
    overview: Overview | None
    legend: Sequence[str]
    """States that the calendar explains."""
    has_released: bool
    """Whether some date was released."""
    weekdays: Sequence[tuple[str, str]]
    """Short and full names."""
    months: Sequence[Month]


def render_index(index: IndexPage, translations: Translations) -> bytes:
    """Render the index as a file."""
    view = IndexView(
        place_name=index.place_name,
        newest=_newest(index, translations),
        overview=overview(index, translations),
        legend=_legend(index),
        has_released=any(entry.is_released for entry in index.dates),
        weekdays=list(
            zip(translations.listed("weekdays_short"), translations.listed("weekdays"), strict=True)
        ),
        months=months(index.dates, translations),
    )
    return document(
        "index.html",
        titled(translations("index.title"), index.place_name),
        translations,
        scripts=index_scripts(translations),
        data=_payload(index),
        location=INDEX._replace(zone=index.zone),
        index=view,
    )


def _newest(index: IndexPage, translations: Translations) -> NewestIssue | None:
    newest = index.newest_date
    if newest is None or index.newest is None:
        return None
    published = translations("index.published", time=translations.time(index.newest))
    return NewestIssue(translations.day(newest.date), day_address(newest.date), published)


def _legend(index: IndexPage) -> list[str]:
    """States to explain: all, but the rare one only if a date has it."""
    present = {entry.state for entry in index.dates}
    return [state for state in STATES if state != "unpublished" or state in present]


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
