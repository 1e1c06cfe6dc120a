"""Rows of files with other names and codings, as they are on a topic: one JSON object a message.

JSON lines are such messages already, and are read by `input_files.py`; tables are read under `[source.file]`.
"""

import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from healthtrends.config.mapping import FileForm
from healthtrends.errors import UsageError
from healthtrends.observe import progress
from healthtrends.sources import tables
from healthtrends.sources.file_types import json_lines
from healthtrends.sources.input_damage import UNREADABLE, unreadable
from healthtrends.sources.input_files import STDIN, read_files
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.tables import Row
from healthtrends.sources.unpacking import SUFFIXES as PACKINGS
from healthtrends.sources.unpacking import split_name, unpacked

_ENCODER = msgspec.json.Encoder()
_CHECKED_AT_ONCE = 1_000  # rows between two steps of the bar


def read_rows(names: Sequence[str], form: FileForm) -> Iterator[SourceRecord]:
    """Yield the rows of all inputs, one after the other.

    Each file is read through before its first row. Raises UsageError for damage and for a name that cannot be
    read, ConfigError for a charset or sheet that does not exist.
    """
    found = [name for name in names if not is_lines(name)]
    with progress("checking the input", None, "rows") as bar:
        for name in found:
            for number, _ in enumerate(table_rows(name, form), 1):
                if number % _CHECKED_AT_ONCE == 0:
                    bar.advance(_CHECKED_AT_ONCE)
    lines = {name: read_files([name]) for name in names if is_lines(name)}
    return (
        record
        for name in names
        for record in (lines[name] if name in lines else map(_message, table_rows(name, form)))
    )


def is_lines(name: str) -> bool:
    """Whether an input is JSON lines: by its suffix, or as it has none, as a pipe."""
    suffix, _ = split_name(name)
    return name == STDIN or suffix in (*json_lines.SUFFIXES, "")


def table_rows(name: str, form: FileForm) -> Iterator[Row]:
    """Yield the rows of a table. Raises UsageError or ConfigError."""
    suffix, packing = split_name(name)
    found = tables.find_type(suffix)
    if found is None:
        known = ", ".join([*json_lines.SUFFIXES, *tables.suffixes()])
        why = f"a file is told by its ending: {known}, each also with {' or '.join(PACKINGS)}"
        raise UsageError(f"cannot tell what {name} holds", why, "rename it")
    with _opened(name) as file:
        yield from found.rows(unpacked(file, packing) if packing else file, name, form)


def read_begin(name: str, size: int) -> bytes:
    """Return the first bytes of what a file holds. Raises UsageError."""
    _, packing = split_name(name)
    with _opened(name) as file:
        try:
            return (unpacked(file, packing) if packing else file).read(size)
        except UNREADABLE as fault:
            raise unreadable(name, 1, fault) from fault


def _opened(name: str) -> io.BufferedReader:
    try:
        return Path(name).open("rb")
    except OSError as fault:
        raise UsageError(f"cannot read {name}", fault.strerror or "", "check the path") from fault


def row_message(row: Row) -> bytes:
    """JSON of a row; bytes that its charset does not have come out as they went in, for a reject."""
    try:
        return _ENCODER.encode(row)
    except UnicodeEncodeError:
        return json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogateescape")


def _message(row: Row) -> SourceRecord:
    return SourceRecord(row_message(row))
