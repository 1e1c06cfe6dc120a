"""Sparklines: the last four weeks of a code as a line of a word's size; they need no script.

A gap is a day that is not known; the dot is the page's date.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, EDGE = 224, 56, 4
"""Half pixels; the edge leaves room for the dot. Size, scale and where the dot is are in page.css."""
DAYS = 28

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line as an SVG path."""

    label: str
    """What it shows, in words."""
    path: str = ""
    dot: int | None = None
    """Height of the dot; None: the last day is not known."""
    is_known: bool = True
    """False: too few days are known for a line."""


def greatest(counts: Iterable[int | None]) -> int:
    """Give the greatest of the counts, at least 1."""
    return max((count for count in counts if count is not None), default=0) or 1


def sparkline(counts: Sequence[int | None], label: str, top: int | None = None) -> Sparkline:
    """Draw the last `DAYS` counts from zero to `top`; None: to their greatest."""
    counts = counts[-DAYS:]
    top = top or greatest(counts)
    step = (WIDTH - 2 * EDGE) / max(len(counts) - 1, 1)
    high = HEIGHT - 2 * EDGE
    points = [
        None if count is None else (round(EDGE + offset * step), round(HEIGHT - EDGE - count / top * high))
        for offset, count in enumerate(counts)
    ]
    last = points[-1] if points else None
    return Sparkline(label, _path(points), last[1] if last else None)


def _path(points: Sequence[Point | None]) -> str:
    """Lines between known neighbours; a lone day is a line of no length, which round ends make a dot."""
    parts = []
    for before, point, after in zip([None, *points], points, [*points[1:], None], strict=False):
        if point is None:
            continue
        if before is None:
            parts.append(f"M{point[0]} {point[1]}{'h0' if after is None else 'l'}")
        else:  # steps instead of positions: a third of the bytes
            x, y = point[0] - before[0], point[1] - before[1]
            parts.append(f"{x}{y}" if y < 0 else f"{x} {y}")
            if after is not None:
                parts.append(" ")
    return "".join(parts)
