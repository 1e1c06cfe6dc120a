"""The newest days as a picture that needs no script: what is stored of each, and what it will be in the end.

Like those of alarms it has no text, so that it may be stretched. Of each day: a bar of what is stored, the
intervals of 90 and of 50 % above each other, and a line at what is expected.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import starmap
from typing import NamedTuple

from healthtrends.page.total_curve import DateLabel, date_labels, round_up
from healthtrends.page.translations import Translations

WIDTH, HEIGHT = 600, 150
LABELS = 5
KINDS = ("stored", "most", "half", "expected")
NARROW, WIDE = 0.4, 0.7
"""Shares of the width of a day: of the bar, and of the intervals."""
LINE = 2
"""Height of the line at what is expected."""


@dataclass(frozen=True, slots=True)
class NowcastRow:
    """A day of the report; counts are lines, None: it cannot be told."""

    day: dt.date
    stored: int
    expected: float | None
    half: tuple[int, int] | None
    """Ends of the interval of 50 %."""
    most: tuple[int, int] | None
    """Ends of that of 90 %."""
    state: str


class Area(NamedTuple):
    """The boxes of all days of one kind."""

    kind: str
    path: str
    """In SVG, a box a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NowcastPicture:
    """Values of the picture."""

    scale: Sequence[str]
    areas: Sequence[Area]
    """From the back."""
    dates: Sequence[DateLabel]
    width: int = WIDTH
    height: int = HEIGHT


def nowcast_picture(rows: Sequence[NowcastRow], translations: Translations) -> NowcastPicture:
    """Draw the days of the rows, oldest first; a day between them that has no row stays empty."""
    first, days = rows[0].day, (rows[-1].day - rows[0].day).days + 1
    top = round_up(max(_highest(row) for row in rows))
    paths = dict.fromkeys(KINDS, "")
    for row in rows:
        for kind, low, high in _boxes(row, HEIGHT / top):
            share = NARROW if kind == "stored" else WIDE
            paths[kind] += _box((row.day - first).days + (1 - share) / 2, share, low, high, WIDTH / days)
    return NowcastPicture(
        scale=[translations.number(count) for count in (top, top // 2, 0)],
        areas=list(starmap(Area, paths.items())),
        dates=date_labels([first + dt.timedelta(days=each) for each in range(days)], LABELS, translations),
    )


def _highest(row: NowcastRow) -> int:
    return max(row.stored, *(row.most or ()), round(row.expected or 0))


def _boxes(row: NowcastRow, scale: float) -> Iterator[tuple[str, float, float]]:
    """Kind, lower and upper edge of each box of a day."""
    yield "stored", 0, scale * row.stored
    for kind, ends in (("most", row.most), ("half", row.half)):
        if ends is not None:
            yield kind, scale * ends[0], scale * ends[1]
    if row.expected is not None:
        yield "expected", scale * row.expected - LINE / 2, scale * row.expected + LINE / 2


def _box(left: float, share: float, low: float, high: float, step: float) -> str:
    x, width, y, height = (round(each, 1) for each in (step * left, step * share, HEIGHT - high, high - low))
    return f"M{x:g} {y:g}h{width:g}v{height:g}h-{width:g}z"
