"""Guess of how a text table is written: charset, delimiter, quotes, decimal sign."""

import codecs
import csv
import io
import re
from dataclasses import dataclass, field
from typing import Final

from healthtrends.config.mapping import FileForm

_DELIMITERS: Final = (",", ";", "\t", "|")
_COMMA: Final = re.compile(r"-?[0-9]+,[0-9]+", re.ASCII)
_POINT: Final = re.compile(r"-?[0-9]+\.[0-9]+", re.ASCII)
_LINES: Final = 50


@dataclass(frozen=True, slots=True)
class FormGuess:
    """How a file is written, and why this is thought."""

    form: FileForm
    reasons: dict[str, str] = field(default_factory=dict)
    """By key of `[source.file]`."""


def guess_form(begin: bytes) -> FormGuess:
    """Guess the form of a text table from its first bytes."""
    charset, why = _charset(begin)
    text = codecs.getincrementaldecoder("utf-8-sig" if charset == "utf-8" else charset)("replace").decode(
        begin
    )
    delimiter, rows = _delimiter(text)
    cells = [cell.strip() for row in rows[1:] for cell in row]
    commas, points = (sum(bool(sign.fullmatch(cell)) for cell in cells) for sign in (_COMMA, _POINT))
    is_comma = commas > points and delimiter != ","
    numbers = f"{commas} cells are numbers with a comma, {points} with a point"
    names = {"\t": "a tab"}
    return FormGuess(
        FileForm(charset=charset, delimiter=delimiter, decimal="," if is_comma else "."),
        {
            "charset": why,
            "delimiter": f"the first {len(rows)} lines have one number of cells under "
            f"{names.get(delimiter, delimiter)}",
            "decimal": numbers,
        },
    )


def _charset(begin: bytes) -> tuple[str, str]:
    if begin.startswith(codecs.BOM_UTF8):
        return "utf-8", "the file begins with the byte order mark of UTF-8"
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", "the file begins with the byte order mark of UTF-16"
    if b"\0" in begin[:100]:
        charset = "utf-16-be" if begin[:1] == b"\0" else "utf-16-le"
        return charset, "each second byte is zero"
    for charset, why in (("utf-8", "all bytes are UTF-8"), ("cp1252", "not UTF-8; letters of Windows 1252")):
        try:
            codecs.getincrementaldecoder(charset)().decode(begin)
        except UnicodeDecodeError:
            continue
        return charset, why
    return "iso-8859-1", "neither UTF-8 nor Windows 1252"


def _delimiter(text: str) -> tuple[str, list[list[str]]]:
    """The delimiter under which most rows have as many cells as the header, and the rows."""
    found = [(each, _rows(text, each)) for each in _DELIMITERS]

    def score(candidate: tuple[str, list[list[str]]]) -> tuple[float, int]:
        rows = candidate[1]
        width = len(rows[0]) if rows else 0
        alike = sum(len(row) == width for row in rows) / len(rows) if width > 1 else 0
        return alike, width

    return max(found, key=score)


def _rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) == _LINES:
                break
    except csv.Error:
        return []
    return rows
