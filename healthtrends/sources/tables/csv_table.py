"""Text tables with a header row, whatever their delimiter, charset and quotes."""

import codecs
import csv
import io
from collections.abc import Iterator

from healthtrends.config.mapping import FileForm
from healthtrends.errors import ConfigError
from healthtrends.sources.input_damage import UNREADABLE, damage, unreadable
from healthtrends.sources.tables import Row, column_names, to_row
from healthtrends.sources.unpacking import Readable

SUFFIXES = (".csv", ".tsv", ".txt")
ABOUT = "CSV of any delimiter and charset"

_LONGEST_CELL = 16 << 20  # characters; an unclosed quote must not swallow a large file


def rows(file: Readable, name: str, form: FileForm) -> Iterator[Row]:
    """Yield the rows behind the header. Bytes that the charset does not have become rejects later.

    Raises UsageError for what is no CSV, with its line; ConfigError for a charset that does not exist.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with io.TextIOWrapper(
        file, encoding=_charset(form.charset), errors="surrogateescape", newline=""
    ) as text:
        reader = csv.reader(
            text,
            delimiter=form.delimiter,
            quotechar=form.quote or None,
            quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
            strict=True,
        )
        begin = 1  # the line in which the row begins that is being read
        try:
            names = column_names(next(reader, []))
            if not any(names):
                why = "the first row names no column"
                raise damage(name, 1, "no usable header row", why, "begin with the names of the columns")
            begin = reader.line_num + 1
            for cells in reader:
                if cells:
                    yield to_row(names, cells)
                begin = reader.line_num + 1
        except csv.Error as fault:
            why = f"{fault}; the row ends, or was given up, in line {reader.line_num}"
            next_step = "close the quote, or set source.file.quote and source.file.delimiter"
            raise damage(name, begin, "not CSV", why, next_step) from fault
        except UNREADABLE as fault:
            raise unreadable(name, begin, fault) from fault
        except UnicodeDecodeError as fault:
            why = f"byte {fault.start} is none of {form.charset}"
            raise damage(name, begin, "another charset", why, "set source.file.charset") from fault


def _charset(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except LookupError as fault:
        raise ConfigError(
            f"source.file.charset = {name!r} is no charset",
            "Python knows none of this name",
            "for example cp1252",
        ) from fault
    # A spreadsheet begins its UTF-8 with a byte order mark.
    return "utf-8-sig" if found == "utf-8" else found
