"""Sparklines: the last four weeks of a code as a line of a word's size; they need no script.

A gap is a day that is not known; the dot is the page's date.
"""

from collections.abc import Sequence

from healthtrends.page.markup import Html, el

WIDTH, HEIGHT, EDGE = 112, 28, 3
DAYS = 28


def sparkline(counts: Sequence[int | None], label: str) -> Html:
    """Draw the last `DAYS` counts from zero to their greatest."""
    counts = counts[-DAYS:]
    top = max((count for count in counts if count is not None), default=0) or 1
    step = (WIDTH - 2 * EDGE) / max(len(counts) - 1, 1)
    spots = [
        None if count is None else (EDGE + place * step, HEIGHT - EDGE - count / top * (HEIGHT - 2 * EDGE))
        for place, count in enumerate(counts)
    ]
    last = spots[-1] if spots else None
    return el(
        "svg",
        el("path", d=_path(spots)),
        el("circle", cx=_short(last[0]), cy=_short(last[1]), r="2.2") if last else None,
        class_="spark",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
        aria_label=label,
    )


def _path(spots: Sequence[tuple[float, float] | None]) -> str:
    """Lines between known neighbours; a lone day is a line of no length, which round ends make a dot."""
    parts = []
    for place, spot in enumerate(spots):
        if spot is None:
            continue
        goes_on = place > 0 and spots[place - 1] is not None
        parts.append(f"{'L' if goes_on else 'M'}{_short(spot[0])} {_short(spot[1])}")
        if not goes_on and (place + 1 == len(spots) or spots[place + 1] is None):
            parts.append("h0")
    return "".join(parts)


def _short(number: float) -> str:
    return f"{number:.1f}"
