"""CSV files with a header row, one JSON object a row; the ingest checks what the objects hold.

`age` becomes an integer where it is written as one; everything else stays a string, so that a wrong value is
rejected with its reason and not repaired. An empty cell is a field left out. A row with more or fewer cells
than the header is sent as a JSON array of its cells: the ingest rejects it, and nothing lands in a wrong
field. A quote that breaks RFC 4180 is refused: what follows it could be one cell or many rows.
"""

import csv
import functools
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

import msgspec

from healthtrends.sources.file_types.json_lines import LONGEST_KEY, LONGEST_LINE
from healthtrends.sources.input_damage import UNREADABLE, damage, unreadable
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.unpacking import Readable

SUFFIXES = (".csv",)
ABOUT = "CSV with a header"

INTEGER_FIELDS = frozenset({"age"})
NEEDED = ("patient_id", "visit_date")  # all that a cancellation must have, so every file has them
LONGEST_CELL = 16 << 20  # characters; an unclosed quote must not swallow a large file

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_ENCODER = msgspec.json.Encoder()


def records(file: Readable, name: str) -> Iterator[SourceRecord]:
    """Yield one record a row; arguments and errors as of `rows`."""
    found = rows(file, name)
    record = _Rows(next(found)).record
    return (record(cells) for cells in found)


def rows(file: Readable, name: str) -> Iterator[list[str]]:
    """Yield the header, then the cells of each row; `name` is for messages.

    Raises UsageError for a header that cannot be one, and with the line for text that is not CSV.
    """
    # A spreadsheet begins its UTF-8 with a byte order mark.
    with io.TextIOWrapper(file, encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        yield from _cells(text, name)


def _cells(text: TextIO, name: str) -> Iterator[list[str]]:
    """Yield the header, then the cells of each row; lines without a character are passed over.

    Raises UsageError for a header that cannot be one, and with the line for text that is not CSV or cannot be
    read to its end.
    """
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(_lines(text, name), strict=True)
    begin = 1  # the line in which the row begins that is being read
    try:
        yield _header(next(rows, []), name)
        begin = rows.line_num + 1
        for cells in rows:
            if cells:
                yield cells
            begin = rows.line_num + 1
    except csv.Error as fault:
        why = f"{fault}; the row ends, or was given up, in line {rows.line_num}"
        raise damage(
            name, begin, "not CSV", why, "close the quote, or double it inside a quoted cell"
        ) from fault


def _lines(text: TextIO, name: str) -> Iterator[str]:
    number = 0
    try:
        for number, line in enumerate(iter(functools.partial(text.readline, LONGEST_LINE + 1), ""), 1):
            if len(line) > LONGEST_LINE:
                raise damage(
                    name, number, "longer than 64 Mi characters", "no row is", "look what the file holds"
                )
            yield line
    except UNREADABLE as fault:
        raise unreadable(name, number + 1, fault) from fault


def _header(cells: Sequence[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [field for field in NEEDED if field not in header]
    if missing:
        why = f"the first row has no column {' and no column '.join(missing)}"
    elif len(set(header)) < len(header):
        twice = next(field for field in header if header.count(field) > 1)
        why = f"the first row names a column twice: {twice}" if twice else "two columns have no name"
    else:
        return header
    raise damage(
        name,
        1,
        "no usable header row",
        why,
        "begin with the field names of the record, each once, parted by commas",
    )


class _Rows:
    """Turns the cells of a row into a message; the places of the cells are looked up once."""

    def __init__(self, header: Sequence[str]) -> None:
        self._header = header
        self._patient = header.index("patient_id")
        self._integers = [(field, at) for at, field in enumerate(header) if field in INTEGER_FIELDS]

    def record(self, cells: Sequence[str]) -> SourceRecord:
        if len(cells) != len(self._header):
            return SourceRecord(_json(cells))
        fields: dict[str, object] = {
            field: cell for field, cell in zip(self._header, cells, strict=True) if cell
        }
        for field, at in self._integers:
            if _INTEGER.fullmatch(cells[at]):
                fields[field] = int(cells[at])
        key = cells[self._patient].encode("utf-8", "surrogateescape")
        return SourceRecord(_json(fields), key if 0 < len(key) <= LONGEST_KEY else None)


def _json(content: object) -> bytes:
    """JSON bytes; bytes that were not UTF-8 come out as they went in, for the ingest to reject."""
    try:
        return _ENCODER.encode(content)
    except UnicodeEncodeError:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogateescape")
