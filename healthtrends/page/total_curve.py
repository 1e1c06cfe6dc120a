"""Visits of all diagnoses by day, as a picture that needs no script.

The picture has no text, so that it may be stretched; its labels are text beside it. A day that nothing is
known of is hatched, days that are not complete yet are dashed, as in the charts of a date's page.
"""

import datetime as dt
from collections.abc import Iterator, Sequence

from healthtrends.model.history import History
from healthtrends.page.markup import Html, el, join
from healthtrends.page.translations import Translations

WIDTH, HEIGHT = 1000, 200
LABELS = 6
"""Dates below the curve, at most: more do not fit on a phone."""
HATCH = el(
    "svg",
    el(
        "defs",
        el(
            "pattern",
            el("path", d="M0 6L6 0", stroke="var(--gap)", stroke_width="1"),
            id="hatch",
            width="6",
            height="6",
            patternUnits="userSpaceOnUse",
        ),
    ),
    class_="hidden-art",
    aria_hidden="true",
)
"""Fill of the gaps in a curve, which the charts name by its id."""


def total_curve(history: History, complete_until: dt.date, translations: Translations) -> Html:
    """Draw the visits of all days; those after `complete_until` are not complete yet."""
    counts = [count for count in history.visits if count is not None]
    top = _round_up(max(counts, default=0))
    solid = [None if day > complete_until else n for day, n in _days(history)]
    # The dashed part begins at the last complete day, so that the line goes on.
    dashed = [None if day < complete_until else n for day, n in _days(history)]
    picture = el(
        "svg",
        *_gaps(history),
        el("path", d=_line(solid, top), class_="total"),
        el("path", d=_line(dashed, top), class_="total open"),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        preserveAspectRatio="none",
        role="img",
        aria_label=_says(history, translations),
    )
    return el(
        "div",
        el("div", *(el("span", translations.number(n)) for n in (top, top // 2, 0)), class_="scale"),
        picture,
        el("div", join(_dates(history, translations)), class_="dates"),
        class_="total-curve",
    )


def _days(history: History) -> Iterator[tuple[dt.date, int | None]]:
    return zip(history.dates, history.visits, strict=True)


def _says(history: History, translations: Translations) -> str:
    known = [count for count in history.visits if count is not None]
    first, last = (translations.plain_day(history.dates[place]) for place in (0, -1))
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
    for place, count in enumerate(counts):
        if count is None:
            continue
        is_first = place == 0 or counts[place - 1] is None
        is_last = place + 1 == len(counts) or counts[place + 1] is None
        x, y = step * (place + 0.5), HEIGHT * (1 - count / top)
        parts.append(f"{'M' if is_first else 'L'}{x:.1f} {y:.1f}" + ("h0" if is_first and is_last else ""))
    return "".join(parts)


def _gaps(history: History) -> Iterator[Html]:
    step = WIDTH / len(history.dates)
    for place, count in enumerate(history.visits):
        if count is None:
            yield el(
                "rect", x=f"{step * place:.1f}", y=0, width=f"{step:.1f}", height=HEIGHT, fill="url(#hatch)"
            )


def _dates(history: History, translations: Translations) -> Iterator[Html]:
    """A few dates, evenly apart, each below the middle of its day."""
    days = len(history.dates)
    step = -(-days // LABELS)
    for place in range((days - 1) % step, days, step):
        left = 100 * (place + 0.5) / days
        yield el("span", translations.short_day(history.dates[place]), style=f"left: {left:.1f}%")


def _round_up(most: int) -> int:
    """The next number of two leading digits, even, so that half of it is whole; at least 2."""
    unit: int = 10 ** max(len(str(most)) - 2, 0)
    return max(2, -(-most // (2 * unit)) * 2 * unit)
