r"""Rows to the bytes of a CSV file, the same bytes for the same rows on every machine.

RFC 4180 with `\n`: UTF-8 without a byte order mark, a header, quotes only where a value holds a
comma or a quote. Values are written as they are, also those that a spreadsheet would take for a
formula (`=1+1` is a legal treatment code): the file is for programs, and a changed value would be a
wrong value. The page, which people open, escapes.
"""

import csv
import io
from collections.abc import Iterable

from healthtrends.model.report import Row


def csv_bytes(columns: Row, rows: Iterable[Row]) -> bytes:
    """Give the whole file: `columns` as the header, then one line for each row, in their order."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_MINIMAL, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()
