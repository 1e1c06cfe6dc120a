"""The charts as Vega-Lite specifications, plain dicts; the page's script gives them their data.

Colours are the page's CSS variables, so dark, light and paper need no second drawing. Four kinds of nothing
look different: zero is a ring on the ground line, a day without a feed a hatched gap, a day that is not
complete yet a dashed line with rings, a hidden number a cross.
"""

from collections.abc import Mapping

from healthtrends.page.data import OUTCOMES
from healthtrends.page.translations import Translations

Spec = Mapping[str, object]

HEIGHT = 280
BAND_HEIGHT = 17
BAR_HEIGHT = 26
DAY_MS = 86_400_000
NO_NUMBER = ("none", "unread")


def specs(translations: Translations) -> dict[str, Spec]:
    """Give the charts by the name of their place."""
    found = {"trend": trend(translations), "ages": ages(translations), "outcomes": outcomes(translations)}
    return {name: {**spec, **_FRAME} for name, spec in found.items()}


def trend(translations: Translations) -> Spec:
    """Patients of one code by day.

    Data: at, start, end (ms since 1970, UTC), patients (null: not known), state (observed, none, unread,
    hidden), provisional, weekend, solid and open (patients on complete and on provisional days), tip.
    """
    return {
        "height": HEIGHT,
        "transform": [
            {
                "window": [
                    {"op": "mean", "field": "patients", "as": "week"},
                    {"op": "valid", "field": "patients", "as": "known"},
                ],
                "frame": [-6, 0],
                "sort": [{"field": "at"}],
            },
            {"calculate": "datum.known >= 4 && datum.patients !== null ? datum.week : null", "as": "mean"},
        ],
        "encoding": {"x": _time_axis(translations), "tooltip": {"field": "tip"}},
        "layer": [*_ground(), *_lines(translations), *_spots()],
    }


def _time_axis(translations: Translations) -> dict[str, object]:
    return {
        "field": "at",
        "type": "temporal",
        "scale": {"type": "utc"},
        "axis": {
            "title": None,
            "format": translations("js.axis_day"),
            "tickMinStep": DAY_MS,
            "grid": False,
            "labelOverlap": True,
            "tickCount": {"signal": "width < 420 ? 4 : 8"},
        },
    }


def _ground() -> list[dict[str, object]]:
    """Weekends, and days that nothing is known of, behind the lines."""
    band = {"x": {"field": "start", "type": "temporal"}, "x2": {"field": "end"}}
    no_number = " || ".join(f"datum.state === '{state}'" for state in NO_NUMBER)
    return [
        {
            "transform": [{"filter": "datum.weekend"}],
            "mark": {"type": "rect", "color": "var(--weekend)"},
            "encoding": band,
        },
        {
            "transform": [{"filter": no_number}],
            "mark": {"type": "rect", "color": "url(#hatch)", "stroke": "var(--gap)", "strokeWidth": 0.6},
            "encoding": band,
        },
    ]


def _lines(translations: Translations) -> list[dict[str, object]]:
    def line(field: str, series: str, **mark: object) -> dict[str, object]:
        return {
            "mark": {"type": "line", "invalid": "break-paths-show-path-domains", **mark},
            "encoding": {
                "y": {
                    "field": field,
                    "type": "quantitative",
                    "title": translations("js.patients"),
                    "scale": {"zero": True, "nice": True},
                    "axis": {"tickMinStep": 1, "tickCount": 5},
                },
                "stroke": {"value": f"var(--{series})"},
            },
        }

    return [
        line("mean", "mean", strokeWidth=3.5, strokeCap="round", opacity=0.55),
        line("solid", "line", strokeWidth=1.6),
        line("open", "line", strokeWidth=1.6, strokeDash=[4, 3]),
    ]


def _spots() -> list[dict[str, object]]:
    """A point for each day: it carries the tooltip, and rings and crosses tell what kind of number it is."""
    y = {"field": "patients", "type": "quantitative"}
    ring = "datum.patients === 0 || datum.provisional"
    return [
        {
            "transform": [{"filter": f"datum.patients !== null && !({ring})"}],
            "mark": {"type": "point", "filled": True, "size": 16, "color": "var(--line)", "opacity": 1},
            "encoding": {"y": y},
        },
        {
            "transform": [{"filter": f"datum.patients !== null && ({ring})"}],
            "mark": {
                "type": "point",
                "size": 34,
                "fill": "var(--paper)",
                "stroke": "var(--line)",
                "opacity": 1,
            },
            "encoding": {"y": y},
        },
        {
            "transform": [{"filter": "datum.state === 'hidden'"}],
            "mark": {"type": "point", "shape": "M-1,-1L1,1M-1,1L1,-1", "size": 50, "stroke": "var(--ink)"},
            "encoding": {"y": {"datum": 0, "type": "quantitative"}},
        },
    ]


def ages(translations: Translations) -> Spec:
    """Men to the left, women to the right; `height` is that of one band.

    Data: band, sex (men, women), signed (men negative), tip.
    """
    return {
        "height": BAND_HEIGHT,
        "mark": {"type": "bar", "cornerRadiusEnd": 2},
        "encoding": {
            "y": {
                "field": "band",
                "type": "ordinal",
                "sort": None,
                "axis": {"title": translations("column.age_band"), "ticks": False, "domain": False},
                "scale": {"paddingInner": 0.15},
            },
            "x": {
                "field": "signed",
                "type": "quantitative",
                "axis": {
                    "title": translations("js.patients"),
                    "labelExpr": "format(abs(datum.value), ',')",
                    "tickCount": 5,
                    "tickMinStep": 1,
                },
            },
            "color": _colours(
                "sex", {"men": translations("column.men"), "women": translations("column.women")}
            ),
            "tooltip": {"field": "tip"},
        },
    }


def outcomes(translations: Translations) -> Spec:
    """Shares of outcomes by code; `height` is that of one code.

    Data: label, outcome, records, order, tip; codes in their order.
    """
    names = {name: translations.of("outcome", name) for name in OUTCOMES}
    return {
        "height": BAR_HEIGHT,
        "mark": {"type": "bar", "height": {"band": 0.7}},
        "encoding": {
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "ticks": False, "domain": False},
            },
            "x": {
                "aggregate": "sum",
                "field": "records",
                "stack": "normalize",
                "axis": {"title": translations("js.share_of_records"), "format": ".0%", "tickCount": 5},
            },
            "order": {"field": "order"},
            "color": _colours("outcome", names),
            "tooltip": {"field": "tip"},
        },
    }


def _colours(field: str, names: Mapping[str, str]) -> dict[str, object]:
    return {
        "field": field,
        "type": "nominal",
        "scale": {"domain": list(names), "range": [f"var(--{name})" for name in names]},
        "legend": {
            "title": None,
            "orient": "top",
            "labelExpr": " : ".join(
                f"datum.label === '{name}' ? {_quoted(text)}" for name, text in names.items()
            )
            + " : datum.label",
        },
    }


def _quoted(text: str) -> str:
    """A text of a message file inside a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


_AUTOSIZE: Spec = {"type": "fit-x", "contains": "padding"}
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"
_CONFIG: Spec = {
    "aria": False,  # the place of a chart has the description; marks one by one would be noise
    "font": _FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "titleColor": "var(--soft)",
        "titleFontWeight": "normal",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "gridColor": "var(--rule)",
        "domainColor": "var(--edge)",
        "tickColor": "var(--edge)",
    },
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "legend": {
        "labelColor": "var(--ink)",
        "labelFontSize": 12,
        "symbolType": "square",
        "symbolStrokeWidth": 0,
    },
}
_FRAME: Spec = {"background": None, "width": "container", "autosize": _AUTOSIZE, "config": _CONFIG}
