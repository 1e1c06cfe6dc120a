"""The page of a date: a value for each section, and the template that prints them."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.model.epi_week import epi_week
from healthtrends.page.components import titled
from healthtrends.page.data import DayPage
from healthtrends.page.date_state import StateBadge, state_badge
from healthtrends.page.document import DAY, FILE_NAME, PageLocation, document
from healthtrends.page.payload import CURVE_DAYS, payload
from healthtrends.page.sections.alarms import Alarms, alarms
from healthtrends.page.sections.charts import Charts, charts
from healthtrends.page.sections.dictionary import Dictionary, dictionary
from healthtrends.page.sections.facilities import Facilities, facilities
from healthtrends.page.sections.nowcast import Nowcast, nowcast
from healthtrends.page.sections.places import Places, place_data, places
from healthtrends.page.sections.provenance import Provenance, provenance
from healthtrends.page.sections.quality import Quality, quality
from healthtrends.page.sections.summary import FALLEN, RISEN, EmptySummary, Summary, summary
from healthtrends.page.sections.top_diagnoses import TopDiagnoses, top_diagnoses
from healthtrends.page.shared import columns, day_scripts
from healthtrends.page.translations import Translations

IN_PAGE = (
    "alarms", "glance", "nowcast", "top", "trend", "ages", "outcomes", "places", "facilities", "quality",
    "explore", "dictionary", "made",
)  # fmt: skip
EMPTY_PARTS = ("glance", "facilities", "quality", "made")
"""Sections of a date without a diagnosis: nothing to draw, and no table to look through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """Values that the template prints, one for each section."""

    name: str
    place_name: str
    index_name: str
    state: StateBadge
    made_line: str
    week: str
    """Week of the date as epidemiologists count."""
    copied: str
    """When a copy was made that lies alone; empty: the page lies beside its index."""
    sections: Sequence[str]
    """Names of those at the top, which are also their addresses and keys of their headings."""
    alarms: Alarms | None
    """None: the issue has no such report, or the date no diagnosis."""
    summary: Summary | EmptySummary
    nowcast: Nowcast | None
    """None: the issue has no such report, the date no diagnosis, or all days are complete."""
    top_diagnoses: TopDiagnoses | None
    charts: Charts | None
    """None, as `top_diagnoses`: the date has no diagnosis."""
    places: Places | None
    """None: no record names a place."""
    facilities: Facilities | None
    """None: no facility is known."""
    quality: Quality
    dictionary: Dictionary | None
    """In a page that lies alone; else it is made by the script, or `columns_address` leads to it."""
    columns_address: str
    provenance: Provenance


def render_day(
    page: DayPage, translations: Translations, library: str, location: PageLocation = DAY
) -> bytes:
    """Render the page as a file; `library` is the JavaScript that defines `vegaEmbed`."""
    found = page.detection
    named = [alarm.code for alarm in (*found.risen(RISEN), *found.fallen(FALLEN))]
    by_place = places(page, translations)
    data = payload(page, named) | ({"places": place_data(by_place, CURVE_DAYS)} if by_place else {})
    return document(
        "day.html",
        titled(translations("title", date=translations.day(page.date)), page.place_name),
        translations,
        scripts=day_scripts(translations, library),
        data=data,
        location=location._replace(zone=page.zone),
        day=_view(page, translations, location, by_place),
    )


def _view(
    page: DayPage, translations: Translations, location: PageLocation, by_place: Places | None
) -> DayView:
    origin, copied = page.provenance, page.copied_at
    published = translations.time(origin.published_at)
    full, week = not page.is_empty, epi_week(page.date, page.weeks)
    found = facilities(page, translations)
    raised = alarms(page, translations) if full else None
    to_come = nowcast(page, translations) if full else None
    has = {"alarms": raised, "nowcast": to_come, "facilities": found, "places": by_place}
    return DayView(
        name=translations.day(page.date),
        place_name=page.place_name,
        index_name=FILE_NAME,
        state=state_badge(origin, translations),
        made_line=translations("made_line", issue=origin.issue, time=published),
        week=translations(f"epi_week.{page.weeks}", week=week.week, year=week.year),
        copied=translations("copied", issue=origin.issue, time=translations.time(copied)) if copied else "",
        sections=_sections(full=full, **{name: each is not None for name, each in has.items()}),
        alarms=raised,
        summary=summary(page, translations),
        nowcast=to_come,
        top_diagnoses=top_diagnoses(page, translations) if full else None,
        charts=charts(page, translations) if full else None,
        places=by_place,
        facilities=found,
        quality=quality(page.table("quality"), translations),
        dictionary=dictionary(translations) if location.is_whole else None,
        columns_address=location.up + columns(translations).path,
        provenance=provenance(page, translations, location),
    )


def _sections(*, full: bool, **has: bool) -> list[str]:
    """Names of the sections; `has` says of some whether there is anything to show."""
    return [name for name in (IN_PAGE if full else EMPTY_PARTS) if has.get(name, True)]
