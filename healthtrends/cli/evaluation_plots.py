"""Pictures of the daily simulation, one a detector: what it finds, how soon, and how often it is wrong."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from healthtrends.detect.daily_simulation import DailyRates, Estimate

Row = Mapping[str, object]
Encoding = Mapping[str, Mapping[str, object]]
Chart = Mapping[str, object]
"""Vega-Lite, as all three."""
COLOURS = ("#0b5a75", "#d98324", "#7a5195")
"""Of the shapes, which have marks of their own too."""
BAR = "#a9b3af"
SIDE = 190
"""Width and height of a panel, pixels."""
LOOKS = {"aria": False, "axis": {"titleFontWeight": "normal"}, "view": {"stroke": None}}


def daily_plots(found: "Sequence[DailyRates]") -> Iterator[tuple[str, Chart]]:
    """Give the name of each detector and its chart; all have the same scales, so that they compare."""
    slowest = max((day for each in found for day in each.delay if not math.isnan(day)), default=1.0)
    most = max(rate.value + rate.half for each in found for rate in each.false_alarms)
    for each in found:
        yield each.detector, _chart(each, slowest, most)


def _chart(rates: "DailyRates", slowest: float, most: float) -> Chart:
    outbreaks, quiet = list(_outbreaks(rates)), list(_quiet(rates))
    line, bar = {"type": "line", "point": True}, {"type": "bar", "color": BAR}
    share = _by_size("share", "share of outbreaks found", 1.0)
    delay = _by_size("delay", "mean days to the first alarm, if found", slowest)
    alarms: Encoding = {
        "x": {
            "field": "base",
            "type": "nominal",
            "sort": None,
            "title": "patients a day",
            "axis": {"labelAngle": 0},
        },
        "y": _number("value", "false alarms a code and year", [0, most]),
    }
    return {
        "title": {"text": rates.detector, "anchor": "start"},
        "background": "white",
        "config": LOOKS,
        "hconcat": [
            _panel(outbreaks, {"mark": line, "encoding": share}, _interval(share)),
            _panel(outbreaks, {"mark": line, "encoding": delay}),
            _panel(quiet, {"mark": bar, "encoding": alarms}, _interval(alarms)),
        ],
    }


def _outbreaks(rates: "DailyRates") -> Iterator[Row]:
    from healthtrends.detect.daily_simulation import SHAPES, SIZES

    kinds = product(SHAPES, SIZES)
    for (shape, size), share, delay in zip(kinds, rates.found, rates.delay, strict=True):
        known = None if math.isnan(delay) else delay
        yield {"shape": shape, "size": size, "share": share.value, "delay": known, **_ends(share, 1.0)}


def _quiet(rates: "DailyRates") -> Iterator[Row]:
    from healthtrends.detect.daily_simulation import BASES

    for base, rate in zip(BASES, rates.false_alarms, strict=True):
        yield {"base": f"{base:g}", "value": rate.value, **_ends(rate, math.inf)}


def _ends(estimate: "Estimate", top: float) -> dict[str, float]:
    low, high = estimate.value - estimate.half, estimate.value + estimate.half
    return {"low": max(0.0, low), "high": min(top, high)}


def _by_size(field: str, title: str, top: float) -> Encoding:
    from healthtrends.detect.daily_simulation import SHAPES, SIZES

    shape = {"field": "shape", "type": "nominal", "title": "shape", "legend": {"orient": "bottom"}}
    names, edges = list(SHAPES), [SIZES[0] - 0.5, SIZES[-1] + 0.5]
    ticks = {"values": list(SIZES), "grid": False}
    return {
        "x": {**_number("size", "height of the outbreak, sd", edges), "axis": ticks},
        "y": _number(field, title, [0, top]),
        "color": {**shape, "scale": {"domain": names, "range": COLOURS}},
        "shape": {**shape, "scale": {"domain": names}},
    }


def _number(field: str, title: str, domain: Sequence[float]) -> dict[str, object]:
    return {"field": field, "type": "quantitative", "title": title, "scale": {"domain": domain}}


def _interval(of: Encoding) -> Chart:
    """A line from end to end at each of the marks."""
    colour = {"color": of["color"]} if "color" in of else {}
    return {
        "mark": "rule",
        "encoding": {"x": of["x"], "y": {**of["y"], "field": "low"}, "y2": {"field": "high"}, **colour},
    }


def _panel(rows: Sequence[Row], *layers: Chart) -> Chart:
    return {"data": {"values": rows}, "width": SIDE, "height": SIDE, "layer": layers}
