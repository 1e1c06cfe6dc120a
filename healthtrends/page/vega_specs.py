"""Vega-Lite specifications of the charts: JSON files of assets/, filled with the texts of a language.

The page's script gives them their data. Colours are the page's CSS variables, so dark, light and paper need
no second drawing. Four kinds of nothing look different: zero is a ring on the ground line, a day without a
feed a hatched gap, a day that is not complete yet a dashed line with rings, a hidden number a cross.

`t('key')` in a specification is a text: the text itself where it is the whole string, quoted inside of a Vega
expression. `chart_frame.json` is common to all: it turns `aria` off, since the place of a chart has the
description, and marks one by one would be noise.

Data of a chart:
- trend, patients of one code by day: at, start, end (ms since 1970, UTC), patients (null: not known), state
  (observed, none, unread, hidden), provisional, weekend, solid and open (patients on complete and on
  provisional days), tip. Each day has a point, which carries the tooltip.
- ages, men to the left and women to the right: band, sex (men, women), signed (men negative), tip; `height`
  is that of one band.
- place, visits of one place by day: as trend, with visits for patients.
- outcomes, shares by code in their order: label, outcome, records, order, tip; `height` is that of one code.
"""

import re
from collections.abc import Mapping

import msgspec

from healthtrends.page.document import asset
from healthtrends.page.translations import Translations

CHARTS = ("trend", "ages", "outcomes", "place")
_TEXT = re.compile(r"t\('([\w.]+)'\)")

_SPEC = msgspec.json.Decoder(dict[str, object])


def specs(translations: Translations) -> dict[str, Mapping[str, object]]:
    """Read the specifications by the name of their chart."""
    frame = _read("frame")
    return {
        name: {key: _filled(value, translations) for key, value in {**_read(name), **frame}.items()}
        for name in CHARTS
    }


def _read(name: str) -> dict[str, object]:
    return _SPEC.decode(asset(f"chart_{name}.json"))


def _filled(value: object, translations: Translations) -> object:
    """Put texts in place of their keys, however deep they are."""
    if isinstance(value, dict):
        return {name: _filled(item, translations) for name, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, translations) for item in value]
    if not isinstance(value, str):
        return value
    if whole := _TEXT.fullmatch(value):
        return translations(whole[1])
    return _TEXT.sub(lambda found: _quoted(translations(found[1])), value)


def _quoted(text: str) -> str:
    """A text of a message file inside a Vega expression."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
