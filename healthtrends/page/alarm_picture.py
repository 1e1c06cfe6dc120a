"""The curve of an alarm as a picture that needs no script.

Like that of all visits it has no text, so that it may be stretched: its labels are text beside it. From the
back: the window of the baseline, the guard days behind it, known outbreaks, the band up to the limit, what
was expected, what came, and a dot for each day in alarm.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.alarm_data import AlarmCurve
from healthtrends.page.total_curve import DateLabel, date_labels
from healthtrends.page.translations import Translations

WIDTH, HEIGHT = 600, 150
LABELS = 5


class Span(NamedTuple):
    """Days in a row, from left to right."""

    kind: str
    """known, baseline or guard."""
    left: str
    width: str


class Dot(NamedTuple):
    """A day in alarm."""

    x: str
    y: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPicture:
    """Values of the picture."""

    label: str
    """What it shows, in words."""
    scale: Sequence[str]
    spans: Sequence[Span]
    band: str
    """SVG path of the area below the limit."""
    expected: str
    observed: str
    dots: Sequence[Dot]
    dates: Sequence[DateLabel]
    width: int = WIDTH
    height: int = HEIGHT


def alarm_picture(curve: AlarmCurve, label: str, translations: Translations) -> AlarmPicture:
    """Draw a curve."""
    top = _top(curve)
    step = WIDTH / len(curve.dates)
    return AlarmPicture(
        label=label,
        scale=[translations.number(count) for count in (top, top // 2, 0)],
        spans=list(_spans(curve, step)),
        band="".join(_areas(curve.upper, top)),
        expected=line(curve.expected, top),
        observed=line(curve.observed, top),
        dots=[
            Dot(f"{step * (place + 0.5):.1f}", f"{_height(count, top):.1f}")
            for place, (count, is_alarm) in enumerate(zip(curve.observed, curve.is_alarm, strict=True))
            if is_alarm and count is not None
        ],
        dates=date_labels(curve.dates, LABELS, translations),
    )


def line(values: Sequence[float | None], top: float, height: int = HEIGHT) -> str:
    """Lines between known neighbours; a lone day is a line of no length, which round ends make a dot."""
    step, parts = WIDTH / max(1, len(values)), list[str]()
    before: float | None = None
    for place, value in enumerate(values):
        if value is not None:
            start = "M" if before is None else "L"
            after = values[place + 1] if place + 1 < len(values) else None
            lone = "h0" if before is None and after is None else ""
            parts.append(f"{start}{step * (place + 0.5):.1f} {height * (1 - value / top):.1f}{lone}")
        before = value
    return "".join(parts)


def _top(curve: AlarmCurve) -> int:
    known = [value for values in (curve.observed, curve.expected, curve.upper) for value in values]
    most = max((value for value in known if value is not None), default=0)
    return max(2, 2 * -(-int(most + 1) // 2))


def _height(value: float, top: float) -> float:
    return HEIGHT * (1 - value / top)


def _areas(upper: Sequence[int | None], top: int) -> Iterator[str]:
    """The band of each run of days that have a limit."""
    step, run = WIDTH / len(upper), list[str]()
    for place, limit in enumerate([*upper, None]):
        if limit is not None:
            if not run:
                run.append(f"M{step * place:.1f} {HEIGHT}")
            run.append(f"V{_height(limit, top):.1f}H{step * (place + 1):.1f}")
        elif run:
            yield "".join([*run, f"V{HEIGHT}Z"])
            run = []


def _spans(curve: AlarmCurve, step: float) -> Iterator[Span]:
    last = len(curve.dates) - 1
    runs = [
        ("baseline", curve.baseline_begin, curve.baseline_end),
        ("guard", curve.baseline_end, last),
        *(("known", *run) for run in _runs(curve.is_known)),
    ]
    for kind, begin, end in runs:
        if begin < end:
            yield Span(kind, f"{step * begin:.1f}", f"{step * (end - begin):.1f}")


def _runs(marked: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First place, and place after the last, of each run."""
    begin = None
    for place, is_marked in enumerate([*marked, False]):
        if is_marked and begin is None:
            begin = place
        elif not is_marked and begin is not None:
            yield begin, place
            begin = None
