"""Audit of the page of a release: it shows what the files show, and nothing else lies in it.

The page is read as a browser reads it: tables field by field, bars of charts with their lengths, attributes
such as tooltips, and the data that a script would find. Each is compared with the released file beside it.
"""

import base64
import binascii
import csv
import io
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from healthtrends.audit.judge import Finding
from healthtrends.audit.released import Bounds

PAGE: Final = "page"
"""What findings call it."""
_COUNTED: Final = "patients"
"""Column whose bars a chart draws."""
_ENDING: Final = "_midpoint6"
"""Of its name under the policy `midpoint6`."""
_CHART: Final = "chart-"
_DRAWN: Final = {"class", "viewbox", "preserveaspectratio", "height", "width", "aria-hidden"}
"""Attributes of a bar that are looked at by themselves, or say nothing."""
_NEAR: Final = 0.11
"""Lengths have one digit after the point."""

Fields = Mapping[str, str]
"""A row of a released file, by column."""


@dataclass(slots=True)
class _Place:
    """A field of a table, or a bar of a chart."""

    text: str = ""
    noted: list[str] = field(default_factory=list)
    """Attributes in which a number could hide."""
    width: float | None = None


@dataclass(slots=True)
class _Row:
    places: list[_Place] = field(default_factory=list)


class _Reader(HTMLParser):
    """Takes a page apart; HTML ends rows, fields and bars by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: dict[str, list[_Row]] = {}
        self.charts: dict[str, list[_Place]] = {}
        self.scripts: list[str] = []
        self._rows: list[_Row] | None = None
        self._bars: list[_Place] | None = None
        self._place: _Place | None = None
        self._is_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "section":
            self._bars = None
            if named.get("id", "").startswith(_CHART):
                self._bars = self.charts.setdefault(named["id"].removeprefix(_CHART), [])
        elif tag == "table":
            self._rows = self.tables.setdefault(named.get("aria-label", ""), [])
        elif tag == "script":
            self._is_script = True
            self.scripts.append("")
        elif tag == "tr" and self._rows is not None:
            self._rows.append(_Row())
        elif tag == "td" and self._rows:
            self._place = _Place()
            self._rows[-1].places.append(self._place)
        elif tag == "li" and self._bars is not None:
            self._place = _Place()
            self._bars.append(self._place)
        self._note(named)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("table", "ul", "section"):
            self._place = None
        if tag == "table":
            self._rows = None
        elif tag == "script":
            self._is_script = False

    def handle_data(self, data: str) -> None:
        if self._is_script:
            self.scripts[-1] += data
        elif self._place is not None:
            self._place.text += data

    def _note(self, named: Fields) -> None:
        if self._place is None:
            return
        if "width" in named:
            self._place.width = float(named["width"])
        self._place.noted += [value for name, value in named.items() if name not in _DRAWN]


def audit_page(page: bytes, reports: Mapping[str, bytes], hidden_below: int) -> list[Finding]:
    """Compare the page of a release with its files, CSV by name; each difference is an exposed count."""
    reader = _Reader()
    reader.feed(page.decode())
    rows = {name: _lines(content) for name, content in reports.items()}
    faults = [
        *_scripts(reader.scripts),
        *(
            fault
            for name, found in reader.tables.items()
            for fault in _table(name, found, rows.get(name, []))
        ),
        *(fault for name, bars in reader.charts.items() for fault in _chart(name, bars, rows.get(name, []))),
    ]
    small = Bounds(1, hidden_below - 1)
    return [Finding(PAGE, {"place": place}, small, is_exposed=True, reasons=(why,)) for place, why in faults]


def _lines(content: bytes) -> list[Fields]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def _scripts(scripts: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A page has one, of no data."""
    for script in scripts:
        try:
            data = json.loads(zlib.decompress(base64.b64decode(script, validate=True)))
        except (binascii.Error, zlib.error, ValueError):
            data = script
        if data:
            yield "script", "it holds data beside the tables"


def _table(name: str, found: Sequence[_Row], rows: Sequence[Fields]) -> Iterator[tuple[str, str]]:
    shown = [row for row in found if row.places]
    if len(shown) > len(rows):
        yield name, "it has rows that the file has not"
    for number, (row, fields) in enumerate(zip(shown, rows, strict=False), 1):
        columns = [column for column in fields if column != "suppressed"]
        for column, place in zip(columns, row.places, strict=False):
            if not _is_same(place, fields[column]):
                yield f"{name} row {number}", f"{column} is not what the file says"


def _chart(name: str, bars: Sequence[_Place], rows: Sequence[Fields]) -> Iterator[tuple[str, str]]:
    counts = [fields.get(_COUNTED, fields.get(f"{_COUNTED}{_ENDING}", "")) for fields in rows[: len(bars)]]
    greatest = max((int(count) for count in counts if count), default=0)
    if len(bars) > len(rows):
        yield f"chart {name}", "it has bars that the file has not"
    for number, (bar, fields, count) in enumerate(zip(bars, rows, counts, strict=False), 1):
        label = next(iter(fields.values()))
        rest = _Place(bar.text.strip().removeprefix(label), bar.noted)
        drawn = (100 * int(count) / greatest if greatest else 100.0) if count else None
        if not _is_same(rest, count) or not _is_as_long(bar.width, drawn):
            yield f"chart {name} bar {number}", f"{_COUNTED} is not what the file says"


def _is_same(place: _Place, field_: str) -> bool:
    """Whether a field says what the file does; of a hidden one neither text nor tooltip has a digit."""
    text = place.text.strip()
    if not field_:
        return not any(map(_has_digit, (text, *place.noted)))
    is_whole = field_.isascii() and field_.isdigit()
    plain = re.sub(r"\D", "", text) == field_ if is_whole else text == field_
    return plain and not any(map(_has_digit, place.noted))


def _is_as_long(width: float | None, drawn: float | None) -> bool:
    if width is None or drawn is None:
        return width is None
    return abs(width - drawn) <= _NEAR


def _has_digit(text: str) -> bool:
    return any(letter.isdigit() for letter in text)
