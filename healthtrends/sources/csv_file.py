"""CSV with a header row, as one JSON object a row; the ingest judges what the objects hold.

`age` becomes an integer where it is written as one; everything else stays a string, so that a wrong value is
rejected with its reason and not repaired. An empty cell is a field left out. A row with more or fewer cells
than the header is sent as a JSON array of its cells: the ingest rejects it, and nothing lands in a wrong
field.
"""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from typing import TextIO

import msgspec

from healthtrends.errors import UsageError
from healthtrends.sources.ndjson import LONGEST_KEY
from healthtrends.sources.record import SourceRecord

INTEGER_FIELDS = frozenset({"age"})
NEEDED = ("patient_id", "visit_date")  # all that a cancellation must have, so every file has them
LONGEST_CELL = 16 << 20  # characters; an unclosed quote must not swallow a large file

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)


def csv_rows(text: TextIO, name: str) -> Iterator[SourceRecord]:
    """Yield one record a row; `text` is opened with newline="" and surrogateescape, `name` is for messages.

    Raises UsageError for a header that cannot be one and for text that is not CSV.
    """
    csv.field_size_limit(LONGEST_CELL)
    rows = csv.reader(text)
    try:
        header = _header(next(rows, []), name)
        for cells in rows:
            if cells:
                yield _record(header, cells)
    except csv.Error as fault:
        raise UsageError(
            f"{name} is not CSV at line {rows.line_num}", str(fault), "look for a quote that is not closed"
        ) from fault


def _header(cells: Sequence[str], name: str) -> list[str]:
    header = [cell.strip() for cell in cells]
    missing = [field for field in NEEDED if field not in header]
    if missing:
        why = f"the first row has no column {' and no column '.join(missing)}"
    elif len(set(header)) < len(header):
        why = "the first row names a column twice"
    else:
        return header
    raise UsageError(
        f"{name} has no usable header row", why, "begin with the field names of the record, parted by commas"
    )


def _record(header: Sequence[str], cells: Sequence[str]) -> SourceRecord:
    if len(cells) != len(header):
        return SourceRecord(_json(cells))
    fields = {field: _value(field, cell) for field, cell in zip(header, cells, strict=True) if cell}
    key = str(fields.get("patient_id", "")).encode("utf-8", "surrogateescape")
    return SourceRecord(_json(fields), key if 0 < len(key) <= LONGEST_KEY else None)


def _value(field: str, cell: str) -> str | int:
    return int(cell) if field in INTEGER_FIELDS and _INTEGER.fullmatch(cell) else cell


def _json(content: object) -> bytes:
    """JSON bytes; bytes that were not UTF-8 come out as they went in, for the ingest to reject."""
    try:
        return msgspec.json.encode(content)
    except UnicodeEncodeError:
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-8", "surrogateescape")
