"""Visits of all diagnoses by day, as a picture that needs no script.

The picture has no text, so that it may be stretched; its labels are text beside it. A day that nothing is
known of is hatched, days that are not complete yet are dashed, as in the charts of a date's page.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.model.history import History
from healthtrends.page.translations import Translations

WIDTH, HEIGHT = 1000, 200
LABELS = 6
"""Dates below the curve, at most: more do not fit on a phone."""


class DateLabel(NamedTuple):
    """A date below the curve."""

    left: str
    """Middle of its day, in percent of the width."""
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalCurve:
    """Values of the picture."""

    label: str
    """What it shows, in words."""
    scale: Sequence[str]
    complete: str
    open: str
    """SVG paths of the days that are complete, and of those that are not."""
    gaps: Sequence[str]
    """Left edges of the days that nothing is known of."""
    gap_width: str
    dates: Sequence[DateLabel]
    width: int = WIDTH
    height: int = HEIGHT


def total_curve(history: History, complete_until: dt.date, translations: Translations) -> TotalCurve:
    """Draw the visits of all days; those after `complete_until` are not complete yet."""
    top = round_up(max((count for count in history.visits if count is not None), default=0))
    days = list(zip(history.dates, history.visits, strict=True))
    step = WIDTH / len(days)
    return TotalCurve(
        label=_label(history, translations),
        scale=[translations.number(count) for count in (top, top // 2, 0)],
        complete=_line([None if day > complete_until else count for day, count in days], top),
        # The dashed part begins at the last complete day, so that the line goes on.
        open=_line([None if day < complete_until else count for day, count in days], top),
        gaps=[f"{step * offset:.1f}" for offset, (_, count) in enumerate(days) if count is None],
        gap_width=f"{step:.1f}",
        dates=date_labels(history.dates, LABELS, translations),
    )


def _label(history: History, translations: Translations) -> str:
    known = [count for count in history.visits if count is not None]
    first, last = (translations.plain_day(history.dates[end]) for end in (0, -1))
    if not known:
        return translations("index.curve_unknown", first=first, last=last)
    return translations(
        "index.curve_says",
        first=first,
        last=last,
        least=translations.number(min(known)),
        most=translations.number(max(known)),
        known=len(known),
        days=len(history.dates),
    )


def _line(counts: Sequence[int | None], top: int) -> str:
    """Lines between known neighbours; a lone day is a line of no length, which round ends make a dot."""
    step = WIDTH / len(counts)
    parts = []
    for offset, count in enumerate(counts):
        if count is None:
            continue
        is_first = offset == 0 or counts[offset - 1] is None
        is_last = offset + 1 == len(counts) or counts[offset + 1] is None
        x, y = step * (offset + 0.5), HEIGHT * (1 - count / top)
        parts.append(f"{'M' if is_first else 'L'}{x:.1f} {y:.1f}" + ("h0" if is_first and is_last else ""))
    return "".join(parts)


def date_labels(dates: Sequence[dt.date], most: int, translations: Translations) -> list[DateLabel]:
    """Choose at most so many dates, evenly apart, each below the middle of its day."""
    days = len(dates)
    step = -(-days // most)
    return [
        DateLabel(f"{100 * (offset + 0.5) / days:.1f}", translations.short_day(dates[offset]))
        for offset in range((days - 1) % step, days, step)
    ]


def round_up(most: int) -> int:
    """Give the next number of two leading digits, even, so that half of it is whole; at least 2."""
    unit: int = 10 ** max(len(str(most)) - 2, 0)
    return max(2, -(-most // (2 * unit)) * 2 * unit)
