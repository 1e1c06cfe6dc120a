"""Lookup tables of a mapping: CSV files of two columns, their word and ours.

They are read once, where the command starts: worker processes and executors take the words with the settings.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from healthtrends.config.directories import expanded
from healthtrends.config.mapping import FieldRule
from healthtrends.config.source import Source
from healthtrends.config.trust import check_trusted
from healthtrends.errors import ConfigError

_COLUMNS = 2


def with_lookups(source: Source, folder: Path, environ: Mapping[str, str]) -> Source:
    """Put the words of each rule's `lookup` file into its `values`. Raises ConfigError.

    A relative path begins in `folder`. A word of `values` overrules the file.
    """
    if source.mapping is None:
        return source
    rules = {name: getattr(source.mapping, name) for name in source.mapping.__struct_fields__}
    changed = {
        name: msgspec.structs.replace(
            rule,
            values={
                **_read(f"source.mapping.{name}.lookup", folder / expanded(rule.lookup), environ),
                **rule.values,
            },
        )
        for name, rule in rules.items()
        if isinstance(rule, FieldRule) and rule.lookup
    }
    return msgspec.structs.replace(source, mapping=msgspec.structs.replace(source.mapping, **changed))


def _read(key: str, file: Path, environ: Mapping[str, str]) -> dict[str, str]:
    check_trusted(file, f"the file of {key}", environ)
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"cannot read {file} of {key}", error.strerror or "", "Check the path.") from error
    title = f"{file} (sha256 {hashlib.sha256(content).hexdigest()[:16]})"
    found: dict[str, str] = {}
    for number, theirs, ours in _rows(content, title):
        folded = theirs.casefold()
        if found.setdefault(folded, ours) != ours:
            raise ConfigError(
                f"{title}, line {number}: a word that stands in an earlier line with another meaning",
                f"{key} needs one meaning of each word",
                "Remove one of the lines.",
            )
    if not found:
        raise ConfigError(f"{title} has no rows", f"{key} needs two columns, theirs and ours", "Fill it.")
    return found


def _rows(content: bytes, title: str) -> Iterator[tuple[int, str, str]]:
    """Line number and the two cells of each row behind the header."""
    try:
        rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        next(rows, None)
        for cells in rows:
            if not cells:
                continue
            pair = [cell.strip() for cell in cells]
            if len(pair) != _COLUMNS or not all(pair):
                raise ConfigError(
                    f"{title}, line {rows.line_num}: not two cells with a value each",
                    "a row is their word, a comma and ours; the first row is the header",
                    "Correct that line.",
                )
            yield rows.line_num, pair[0], pair[1]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ConfigError(
            f"{title} is not CSV in UTF-8", type(error).__name__, "Save it as UTF-8 CSV."
        ) from error
