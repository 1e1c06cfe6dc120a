"""Places: visits of each facility and each region, the most first, with the days before for the charts.

A patient who was at two facilities is in both, so rows are no parts of a sum; the last row of a table has
the whole date. The page lists the first of each level; the filter, which needs a script, reaches the others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.model.comparison import same_weekday
from healthtrends.page.comparison import Change, day_change
from healthtrends.page.data import DayPage
from healthtrends.page.packing import packed_counts, script_json
from healthtrends.page.translations import Translations
from healthtrends.reports.columns import NOT_GIVEN

LEVELS = ("facility", "region")
MOST = 20
"""Places of a level that the page lists."""
SMALL_CHARTS = 12
"""Places of a level that have a chart before one is chosen."""
PLACES_BYTES = 300_000
"""Bytes of a level that the script gets, before they are compressed."""
COLUMNS = ("visits", "percent_of_visits", "patients")
NEEDED = ("level", "place", *COLUMNS)


class PlaceRow(NamedTuple):
    """One place, several summed, or the whole date; empty cells are not known or have no sum."""

    name: str
    visits: str
    share: str
    patients: str
    change: Change


class Place(NamedTuple):
    """A place with its visits of the last days, the page's date last."""

    key: str
    """As sent; empty: of records that name none."""
    row: PlaceRow
    counts: Sequence[int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Facilities or regions."""

    name: str
    """Also a key of texts."""
    head: Sequence[str]
    places: Sequence[Place]
    """Most visits first; that of records without a place last."""
    rows: Sequence[PlaceRow]
    """The listed ones, the others summed, those without a place, the whole date."""


@dataclass(frozen=True, slots=True)
class Places:
    """The section; levels that no record names are left out."""

    levels: Sequence[Level]
    has_facilities: bool
    """Whether the section of facilities tells of silent ones."""


def places(page: DayPage, translations: Translations) -> Places | None:
    """Make the section from the report; None where no record names a place."""
    report = page.table("places")
    rows = list(report.select_columns(*NEEDED)) if report.rows else []
    levels = [
        _level(level, page, translations, [row[1:] for row in rows if row[0] == level])
        for level in LEVELS
        if any(row[0] == level for row in rows)
    ]
    return Places(levels, bool(page.table("facilities").rows)) if levels else None


def place_data(found: Places, days: int) -> dict[str, object]:
    """What the script draws and lists of each level: cells of rows and counts of the last `days` days."""
    return {
        level.name: {
            "small": SMALL_CHARTS,
            "total": len(level.places),
            "places": list(_within_budget(level, days)),
        }
        for level in found.levels
    }


def _within_budget(level: Level, days: int) -> Iterator[tuple[object, ...]]:
    budget = PLACES_BYTES
    for key, row, counts in level.places:
        change = row.change
        cells = (key, *row[:4], change.kind, change.text, change.note, packed_counts(counts[-days:]))
        budget -= len(script_json(cells))
        if budget < 0:
            return
        yield cells


def _level(level: str, page: DayPage, translations: Translations, rows: Sequence[tuple[str, ...]]) -> Level:
    head = [translations(f"places.{level}"), *(translations(f"column.{name}") for name in COLUMNS)]
    in_order = sorted(rows, key=lambda row: (row[0] == NOT_GIVEN, -int(row[1] or 0), row[0]))
    found = [_place(level, page, translations, *row) for row in in_order]
    named, unnamed = ([place for place in found if bool(place.key) is wanted] for wanted in (True, False))
    others = [row for row in in_order if row[0] != NOT_GIVEN][MOST:]
    whole = page.total("visits")
    return Level(
        name=level,
        head=[*head, translations("top.change")],
        places=found,
        rows=[
            *(place.row for place in named[:MOST]),
            *([_summed(translations, others, whole)] if others else []),
            *(place.row for place in unnamed),
            _whole(page, translations, whole),
        ],
    )


def _place(level: str, page: DayPage, translations: Translations, name: str, *cells: str) -> Place:
    """The counts before are those of the history, that of the date is the report's."""
    key = "" if name == NOT_GIVEN else name
    visits, share, patients = cells
    history = page.history.places.get(level, {}).get(key, [None] * len(page.history.dates))
    counts = [*history[:-1], int(visits) if visits else None]
    row = PlaceRow(
        name=name if key else translations("places.not_stated"),
        visits=_count(visits, translations),
        share=_percent(share, translations),
        patients=_count(patients, translations),
        change=day_change(translations, page.date, same_weekday(counts), page.least),
    )
    return Place(key, row, counts)


def _summed(translations: Translations, others: Sequence[tuple[str, ...]], whole: int | None) -> PlaceRow:
    """The places that are not listed. Their patients have no sum: one may be in several."""
    visits = [visits for _, visits, *_ in others]
    total = sum(map(int, visits)) if all(visits) else None
    return PlaceRow(
        name=translations("places.others", count=translations.number(len(others))),
        visits="" if total is None else translations.number(total),
        share="" if total is None or not whole else translations.decimal(100 * total / whole, 2),
        patients="",
        change=Change(),
    )


def _whole(page: DayPage, translations: Translations, visits: int | None) -> PlaceRow:
    compared = same_weekday([*page.history.visits[:-1], visits])
    return PlaceRow(
        name=translations("places.whole"),
        visits="" if visits is None else translations.number(visits),
        share=_percent("100" if visits else "", translations),
        patients=_count(str(page.total("patients") or ""), translations),
        change=day_change(translations, page.date, compared, page.least),
    )


def _count(text: str, translations: Translations) -> str:
    return translations.number(int(text)) if text else ""


def _percent(text: str, translations: Translations) -> str:
    return translations.decimal(float(text), 2) if text else ""
