r"""Encodes rows as the bytes of a CSV file: the same bytes for the same rows on every machine.

RFC 4180 with `\n`: UTF-8 without a byte order mark, a header, quotes only where a value holds a
comma or a quote. Values are written as they are, also those that a spreadsheet would take for a
formula (`=1+1` is a legal treatment code): the file is for programs, and a changed value would be a
wrong value. `for_spreadsheet` is for people who open the file in one.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator

Row = tuple[str, ...]
"""One line of a file, every value as it is written."""

# What Excel, LibreOffice and Google Sheets take for the start of a formula, or skip before one; the last
# four are the wide forms, which some take for the plain ones. `explore.js` of the pages has the same.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def csv_bytes(columns: Row, rows: Iterable[Row]) -> bytes:
    """Give the whole file: `columns` as the header, then one line for each row, in their order."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def csv_rows(content: bytes) -> list[Row]:
    """Read what `csv_bytes` wrote: the header, then the rows.

    A stored text may hold U+2028, which other ways to split lines take for a line's end.
    """
    return [tuple(row) for row in csv.reader(io.StringIO(content.decode(), newline=""))]


def for_spreadsheet(rows: Iterable[Row]) -> Iterator[Row]:
    """The same rows with an apostrophe before every value that a spreadsheet would run as a formula.

    Numbers stay numbers, negative ones too. Not for programs: a changed value is another value.
    """
    return (tuple(map(_inert, row)) for row in rows)


def _inert(value: str) -> str:
    runs = value.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(value)
    return f"'{value}" if runs else value
