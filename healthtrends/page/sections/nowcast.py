"""How many records the newest days will have in the end: the report `nowcast` as a picture and a table."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.page.data import DayPage
from healthtrends.page.nowcast_picture import NowcastPicture, NowcastRow, nowcast_picture
from healthtrends.page.translations import Translations

KEYS = ("stored", "half", "most", "expected")
"""Marks of the picture."""
HEAD = ("day", "stored", "expected", "half", "most", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowcast:
    """The section."""

    says: str
    """The newest day that has a nowcast in one sentence, the name of the picture; or why none has."""
    picture: NowcastPicture | None
    """None: no day has a nowcast."""
    head: Sequence[str]
    rows: Sequence[tuple[str, ...]]
    """Newest day first."""
    keys: Sequence[tuple[str, str]]


def nowcast(page: DayPage, translations: Translations) -> Nowcast | None:
    """Make the section; None: the issue has no such report, or all of its days are complete."""
    rows = _read(page)
    still_open = [row for row in rows if row.state != "complete"]
    if not still_open:
        return None
    known = [row for row in rows if row.state == "nowcast"]
    says = _says((known or still_open)[-1], translations)
    return Nowcast(
        says=says,
        picture=nowcast_picture(rows, translations) if known else None,
        head=[translations(f"nowcast.{name}") for name in HEAD],
        rows=[_cells(row, translations) for row in reversed(rows)],
        keys=[(key, translations(f"nowcast.key_{key}")) for key in KEYS],
    )


def _read(page: DayPage) -> list[NowcastRow]:
    table = page.table("nowcast")
    found = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return [
        NowcastRow(
            day=dt.date.fromisoformat(row["day"]),
            stored=int(row["stored_lines"]),
            expected=float(row["expected_lines"]) if row["expected_lines"] else None,
            half=_ends(row["lower_50"], row["upper_50"]),
            most=_ends(row["lower_90"], row["upper_90"]),
            state=row["nowcast_state"],
        )
        for row in found
    ]


def _ends(lower: str, upper: str) -> tuple[int, int] | None:
    return (int(lower), int(upper)) if lower and upper else None


def _says(row: NowcastRow, translations: Translations) -> str:
    if row.state != "nowcast":
        return translations(f"nowcast.none_{_key(row.state)}")
    return translations(
        "nowcast.says",
        day=translations.short_day(row.day),
        stored=translations.number(row.stored),
        expected=_expected(row, translations),
        most=_interval(row.most, translations),
    )


def _cells(row: NowcastRow, translations: Translations) -> tuple[str, ...]:
    return (
        row.day.isoformat(),
        translations.number(row.stored),
        _expected(row, translations),
        _interval(row.half, translations),
        _interval(row.most, translations),
        "" if row.state == "nowcast" else translations(f"nowcast.state_{_key(row.state)}"),
    )


def _expected(row: NowcastRow, translations: Translations) -> str:
    return "" if row.expected is None else translations.number(round(row.expected))


def _interval(ends: tuple[int, int] | None, translations: Translations) -> str:
    return "\N{EN DASH}".join(map(translations.number, ends)) if ends else ""


def _key(state: str) -> str:
    return state.replace(" ", "_")
