"""Sparklines: the last four weeks of a code as a line of a word's size; they need no script.

A gap is a day that is not known; the dot is the page's date.
"""

from collections.abc import Sequence

from healthtrends.page.markup import Html, el

WIDTH, HEIGHT, EDGE = 224, 56, 4
"""Half pixels; the edge leaves room for the dot. Size, scale and where the dot is are in page.css."""
DAYS = 28

Spot = tuple[int, int]


def sparkline(counts: Sequence[int | None], label: str) -> Html:
    """Draw the last `DAYS` counts from zero to their greatest."""
    counts = counts[-DAYS:]
    top = max((count for count in counts if count is not None), default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(len(counts) - 1, 1)
    high = HEIGHT - 2 * EDGE
    spots = [
        None if count is None else (round(EDGE + place * step), round(HEIGHT - EDGE - count / top * high))
        for place, count in enumerate(counts)
    ]
    last = spots[-1] if spots else None
    return el(
        "svg",
        el("path", d=_path(spots)),
        el("circle", cy=last[1]) if last else None,
        role="img",
        aria_label=label,
    )


def _path(spots: Sequence[Spot | None]) -> str:
    """Lines between known neighbours; a lone day is a line of no length, which round ends make a dot."""
    parts = []
    for before, spot, after in zip([None, *spots], spots, [*spots[1:], None], strict=False):
        if spot is None:
            continue
        if before is None:
            parts.append(f"M{spot[0]} {spot[1]}{'h0' if after is None else 'l'}")
        else:  # steps instead of places: a third of the bytes
            x, y = spot[0] - before[0], spot[1] - before[1]
            parts.append(f"{x}{y}" if y < 0 else f"{x} {y}")
            if after is not None:
                parts.append(" ")
    return "".join(parts)
