"""Reads a series of counts from a CSV file, for `detect`.

Columns `date,count[,total]` or `week,count[,total]`, in any order, comma or not, rows in any order. A gap in
the dates, and an empty count, is a day that was not observed. A week is a running number, or `2025-W07` as in
ISO 8601: years of 53 weeks count on. Lines without any value are passed over. Errors name the line, never
the value.
"""

import csv
import datetime as dt
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from healthtrends.detect.series import FloatArray, Series
from healthtrends.errors import UsageError

LONGEST = 100_000
"""Rows of the calendar from the first to the last: a mistyped year would make millions of missing days.
Nor are more lines read, as each has a day of its own."""
GREATEST = 1e15
"""Of a count: whole numbers up to it, and a few sums of them, are exact."""
_FORM = "it is text in UTF-8 whose first line is date,count or week,count, with commas between columns"
_NUMBER = "it is written 5 or 5.2, and left empty where it is not known"
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{2})")
_MONDAY = dt.date(1, 1, 1).toordinal()
Line = tuple[int, Mapping[str, str]]
"""Number of a line, and its values by column."""


@dataclass(frozen=True, slots=True)
class SeriesFile:
    """What a file holds."""

    step: str
    """Name of its first column: date or week."""
    labels: Sequence[str]
    """Of each row of the calendar, as the file writes them."""
    series: Series
    """With one code, which has no name."""


def read_series(path: Path) -> SeriesFile:
    """Read the file. Raises UsageError for anything that is not as above."""
    names, lines = _lines(path)
    step = _step(path, names)
    places = _places(lines, step)
    begin, length = min(places), max(places) - min(places) + 1
    if length > LONGEST:
        raise UsageError(
            f"the first and the last row are {length:,} days or weeks apart",
            f"at most {LONGEST:,} are read",
            "",
        )
    found = {name: _column(lines, places, name, length) for name in ("count", "total")}
    first = dt.date.fromordinal(begin) if step == "date" else begin
    totals = found["total"] if "total" in names else None
    is_iso = step == "week" and "W" in lines[0][1]["week"]
    labels = [_label(place, step, is_iso=is_iso) for place in range(begin, begin + length)]
    return SeriesFile(step, labels, Series(first, ("",), found["count"][:, None], totals))


def _lines(path: Path) -> tuple[Sequence[str], list[Line]]:
    """Names of the columns, and rows with their line numbers; at least one."""
    lines: list[Line] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            names = [name.strip().lower() for name in next(reader, ())]
            for row in reader:
                if any(map(str.strip, row)):
                    _check_size(lines, row, names, reader.line_num)
                    lines.append((reader.line_num, dict(zip_longest(names, row[: len(names)], fillvalue=""))))
    except OSError as error:
        raise UsageError(f"{path} cannot be read", error.strerror or "", "") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} is no CSV file in UTF-8", _FORM, "") from error
    if not lines:
        raise UsageError(f"{path.name} has no rows", "it needs a header and a row for each day or week", "")
    return names, lines


def _check_size(lines: list[Line], row: Sequence[str], names: Sequence[str], line: int) -> None:
    if len(lines) >= LONGEST:
        raise UsageError(f"line {line}: too many rows", f"at most {LONGEST:,} are read", "")
    if any(map(str.strip, row[len(names) :])):
        raise UsageError(f"line {line}: more values than columns", "is a decimal written 5,2? it is 5.2", "")


def _step(path: Path, names: Sequence[str]) -> str:
    """Name of the column that says which day or week a row is."""
    steps = [name for name in ("date", "week") if name in names]
    for name in (steps or ["date"])[0], "count":
        if name not in names:
            raise UsageError(f"{path.name} has no column {name}", _FORM, "")
    if len(steps) > 1:
        raise UsageError(f"{path.name} has a column date and a column week", "it needs one of them", "")
    for name in ("date", "week", "count", "total"):
        if names.count(name) > 1:
            raise UsageError(f"{path.name} has two columns {name}", "it needs one of them", "")
    return steps[0]


def _places(lines: list[Line], step: str) -> dict[int, int]:
    """Line of each day or week, by its running number, in the order of the file."""
    places: dict[int, int] = {}
    for line, row in lines:
        if step == "week" and ("W" in row["week"]) != ("W" in lines[0][1]["week"]):
            raise UsageError(
                f"line {line}: another kind of week than in line {lines[0][0]}",
                "weeks are all numbers, or all YYYY-Www",
                "",
            )
        place = _day(row["date"], line) if step == "date" else _week(row["week"], line)
        if place in places:
            raise UsageError(f"line {line}: the {step} of line {places[place]} again", "each has one row", "")
        places[place] = line
    return places


def _day(text: str, line: int) -> int:
    try:
        return dt.date.fromisoformat(text.strip()).toordinal()
    except ValueError:
        raise UsageError(f"line {line}: this is no date", "a date is YYYY-MM-DD", "") from None


def _week(text: str, line: int) -> int:
    """Give the running number; of an ISO week that of its Monday since the year 1."""
    try:
        if iso := _ISO_WEEK.fullmatch(text.strip()):
            monday = dt.date.fromisocalendar(int(iso[1]), int(iso[2]), 1)
            return (monday.toordinal() - _MONDAY) // 7
        return int(text)
    except ValueError:
        raise UsageError(f"line {line}: this is no week", "a week is a number or YYYY-Www", "") from None


def _label(place: int, step: str, *, is_iso: bool) -> str:
    if step == "date":
        return dt.date.fromordinal(place).isoformat()
    if not is_iso:
        return str(place)
    year, week, _ = dt.date.fromordinal(_MONDAY + 7 * place).isocalendar()
    return f"{year:04}-W{week:02}"


def _column(lines: list[Line], places: Iterable[int], name: str, length: int) -> FloatArray:
    """Values by day or week; NaN where there is none."""
    values, begin = np.full(length, np.nan), min(places)
    for (line, row), place in zip(lines, places, strict=True):
        values[place - begin] = _number(row.get(name, ""), name, line)
    return values


def _number(text: str, name: str, line: int) -> float:
    if not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= GREATEST:
        raise UsageError(f"line {line}: the {name} is no number from 0 to {GREATEST:,.0f}", _NUMBER, "")
    return value
