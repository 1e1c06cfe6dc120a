"""Records from files and standard input, the kind told by the name.

`.jsonl`, `.ndjson`, `.json`: one JSON object a line. `.csv`: a header row, then rows. Each also with `.gz`.
`-`: lines of JSON from standard input.
"""

import gzip
import io
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from healthtrends.errors import UsageError
from healthtrends.sources.csv_file import csv_rows
from healthtrends.sources.ndjson import ndjson
from healthtrends.sources.record import SourceRecord

STDIN = "-"
LINE_KINDS = (".jsonl", ".ndjson", ".json")
CSV_KIND = ".csv"


def read_files(names: Sequence[str]) -> Iterator[SourceRecord]:
    """Yield the records of all files, one after the other.

    All names are checked before the first record is read. Raises UsageError for a name that cannot be read or
    tells no kind at once; for a damaged file when its damage is met.
    """
    for name in names:
        if name != STDIN:
            _check(name)
    return (record for name in names for record in _read(name))


def _check(name: str) -> None:
    path = Path(name)
    if _kind(path) not in (*LINE_KINDS, CSV_KIND):
        why = f"a file is told by its ending: {', '.join((*LINE_KINDS, CSV_KIND))}, each also with .gz"
        raise UsageError(
            f"cannot tell what {name} holds", why, "rename it, or pipe JSON lines into `produce -`"
        )
    try:
        with path.open("rb") as file:
            start = file.peek(1)[:1]
    except OSError as fault:
        raise UsageError(
            f"cannot read {name}",
            fault.strerror or type(fault).__name__,
            "check the path and its permissions",
        ) from fault
    if start == b"[" and _kind(path) in LINE_KINDS:
        raise UsageError(
            f"{name} is one JSON array",
            "records come one JSON object a line",
            "convert it with `jq -c '.[]'`",
        )


def _kind(path: Path) -> str:
    return (path.with_suffix("") if path.suffix.lower() == ".gz" else path).suffix.lower()


def _read(name: str) -> Iterator[SourceRecord]:
    if name == STDIN:
        yield from ndjson(sys.stdin.buffer, "standard input")
        return
    path = Path(name)
    try:
        with _open(path) as file:
            if _kind(path) == CSV_KIND:
                with io.TextIOWrapper(
                    file, encoding="utf-8-sig", errors="surrogateescape", newline=""
                ) as text:  # a spreadsheet begins its UTF-8 with a byte order mark
                    yield from csv_rows(text, name)
            else:
                yield from ndjson(file, name)
    except (OSError, EOFError, zlib.error) as fault:
        raise UsageError(
            f"{name} is damaged or cut short",
            str(fault),
            "restore the file; records before the damage were read",
        ) from fault


def _open(path: Path) -> BinaryIO:
    if path.suffix.lower() == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")
