"""Rows of released tables, and the counts that they stand for."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from healthtrends.audit.description import Description, Policy, Table
from healthtrends.errors import UsageError

Cell = tuple[tuple[str, str], ...]
"""Name of a count: key columns and their values, sorted, without those that say "total".

So a row of one table and a row of another that mean the same count have the same name.
"""
UNBOUNDED = float("inf")
_NEVER_RELEASED = "statistic_of_few"
"""Reason of an empty field that would be empty whatever its count is."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Least and greatest value that a count can have; the same when it is published."""

    lower: float
    upper: float = UNBOUNDED

    @property
    def exact(self) -> bool:
        """Whether it is known."""
        return self.lower == self.upper


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file."""

    line: int
    keys: Mapping[str, str]
    """By column, as in the file."""
    cell: Cell
    bounds: Bounds
    is_hidden: bool
    number: int
    """As published; of a hidden one 0."""
    fields: Mapping[str, str]
    """All fields by column."""


@dataclass(frozen=True, slots=True)
class ReleasedTable:
    """A file, read as its description says."""

    about: Table
    rows: Sequence[Row]

    def values(self, column: str) -> Iterator[str]:
        """Values of a key column but the word for the total, each once, in the order of the file."""
        return iter(
            dict.fromkeys(row.keys[column] for row in self.rows if row.keys[column] != self.about.total)
        )


def cell_of(table: Table, keys: Mapping[str, str]) -> Cell:
    """Name of the count of a row with these keys."""
    first = keys[table.keys[0]]
    if table.cells:
        named = table.cells[first]
    elif table.levels:
        is_whole = first == table.whole.get(table.keys[0])
        named = {} if is_whole else {first: keys[table.levels[first]]}
    else:
        named = {
            column: value
            for column, value in keys.items()
            if value not in (table.total, table.whole.get(column))
        }
    return tuple(sorted([_pair(*each) for each in (named | table.fixed).items()]))


@lru_cache(maxsize=1 << 18)
def _pair(column: str, value: str) -> tuple[str, str]:
    """The same object for the same words, since millions of names are made of few of them."""
    return column, value


def in_words(cell: Cell) -> str:
    """A count's name for people; the key `of`, where there is one, says what is counted."""
    named = dict(cell)
    counted = named.pop("of", "")
    words = ", ".join(f"{column}={value}" for column, value in named.items())
    if counted:
        return f"{counted} of {words}" if words else f"all {counted}"
    return words or "everything"


def read_tables(description: Description, files: Mapping[str, bytes]) -> list[ReleasedTable]:
    """Read all tables of a description. Raises UsageError with the file and the line."""
    read: dict[str, _File] = {}
    found = []
    for wide in description.tables:
        if wide.file not in read:
            read[wide.file] = _read_file(wide.file, files[wide.file], description.policy)
        lines = _with_keys(wide, read[wide.file])
        found += [_read(table, description.policy, read[wide.file].names, lines) for table in wide.narrow()]
    return found


class _File(NamedTuple):
    names: Sequence[str]
    lines: Sequence[tuple[int, Mapping[str, str]]]
    """Number and fields by column."""


class _Line(NamedTuple):
    number: int
    fields: Mapping[str, str]
    keys: Mapping[str, str]


def _read_file(file: str, content: bytes, policy: Policy) -> _File:
    try:
        reader = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        names = [name.removesuffix(policy.ending) for name in next(reader, [])]
        lines = []
        for line in reader:
            if line and len(line) != len(names):
                raise UsageError(
                    f"{file} line {reader.line_num} has {len(line)} fields",
                    f"the header has {len(names)}",
                    "",
                )
            if line:
                lines.append((reader.line_num, dict(zip(names, line, strict=True))))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{file} is no CSV file in UTF-8", str(error), "") from error
    return _File(names, lines)


def _with_keys(table: Table, file: _File) -> list[_Line]:
    """Lines with their keys; the tables of a wide file share them."""
    _refuse_lacking(table.file, table.keys, file.names)
    return [
        _Line(number, fields, {column: fields[column] for column in table.keys})
        for number, fields in file.lines
    ]


def _refuse_lacking(file: str, needed: Sequence[str], names: Sequence[str]) -> None:
    lacking = [name for name in needed if name not in names]
    if lacking:
        raise UsageError(f"{file} has no column {lacking[0]}", f"it has {', '.join(names)}", "")


def _read(table: Table, policy: Policy, names: Sequence[str], lines: Sequence[_Line]) -> ReleasedTable:
    _refuse_lacking(table.file, [table.count, *([table.reason] if table.reason else [])], names)
    rows, seen = [], set()
    for line in lines:
        row = _row(table, policy, line)
        if row is None:
            continue
        if row.cell in seen:
            raise UsageError(
                f"{table.file} line {row.line}: {in_words(row.cell)} comes twice", "", "name all key columns"
            )
        seen.add(row.cell)
        rows.append(row)
    return ReleasedTable(table, rows)


def _row(table: Table, policy: Policy, line: _Line) -> Row | None:
    """Read a row; None: it has no count."""
    number, fields, keys = line
    text = fields[table.count].strip()
    is_hidden = not text or text in table.hidden
    reason = _reason(table, fields[table.reason], policy.ending) if table.reason and is_hidden else ""
    if table.cells and fields[table.keys[0]] not in table.cells:
        return None
    cell = cell_of(table, keys)
    if is_hidden and table.always_reason and (not reason or _is_withheld(policy, reason, cell)):
        return None
    if not is_hidden and not (text.isascii() and text.isdigit()):
        raise UsageError(
            f"{table.file} line {number}: {table.count} is no whole number",
            "a hidden count is an empty field",
            f"name other signs for hidden ones in `hidden` of {table.title}",
        )
    known = 0 if is_hidden else int(text)
    ends = policy.published(known)
    if ends is None:
        raise UsageError(
            f"{table.file} line {number}: {table.count} is not rounded",
            "no count is published as this number under the policy",
            "",
        )
    bounds = _hidden(policy, reason) if is_hidden else Bounds(*ends)
    return Row(number, keys, cell, bounds, is_hidden, known, fields)


def _is_withheld(policy: Policy, reason: str, cell: Cell) -> bool:
    return reason == _NEVER_RELEASED and any(name == "of" and of in policy.withheld for name, of in cell)


def _reason(table: Table, text: str, ending: str) -> str:
    """Why the count is hidden: the text itself, or of several columns as `column=reason`."""
    if "=" not in text:
        return text
    return _reasons(text).get(f"{table.count}{ending}", "")


@lru_cache
def _reasons(text: str) -> Mapping[str, str]:
    """Reasons by column; many rows have the same."""
    return dict(word.split("=", 1) for word in text.split())


@lru_cache
def _hidden(policy: Policy, reason: str) -> Bounds:
    """Whoever reads the reason knows on which side of the limit the count lies."""
    if reason == "primary":
        return Bounds(1, policy.hidden_below - 1)
    if reason == "whole_row":
        return Bounds(0)
    if reason == "complementary" and policy.zero_may_show and policy.complementary_is_great:
        return Bounds(policy.hidden_below)
    return Bounds(policy.least)
