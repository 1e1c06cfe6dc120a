"""Reads a series of counts from a CSV file, for `detect`.

Columns `date,count[,total]` or `week,count[,total]`, in any order, comma or not, rows in any order. A gap in
the dates, and an empty count, is a day that was not observed. A week is a running number, or `2025-W07` as in
ISO 8601: years of 53 weeks count on. Errors name the line, never the value.
"""

import csv
import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from healthtrends.detect.series import FloatArray, Series
from healthtrends.errors import UsageError

LONGEST = 100_000
"""Rows of the calendar from the first to the last: a mistyped year would make millions of missing days."""
_ISO_WEEK = re.compile(r"(\d{4})-?W(\d{2})")
_MONDAY = dt.date(1, 1, 1).toordinal()


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
    lines = _lines(path)
    step = "week" if "week" in lines[0][1] else "date"
    for name in (step, "count"):
        if name not in lines[0][1]:
            raise UsageError(f"{path.name} has no column {name}", "it needs date,count or week,count", "")
    places: dict[int, int] = {}
    for line, row in lines:
        place = _day(row["date"], line) if step == "date" else _week(row["week"], line)
        if place in places:
            raise UsageError(f"line {line}: the {step} of line {places[place]} again", "each has one row", "")
        places[place] = line
    begin, length = min(places), max(places) - min(places) + 1
    if length > LONGEST:
        raise UsageError(
            f"the first and the last row are {length:,} days or weeks apart",
            f"at most {LONGEST:,} are read",
            "",
        )
    found = {name: _column(lines, list(places), name, length) for name in ("count", "total")}
    first = dt.date.fromordinal(begin) if step == "date" else begin
    totals = found["total"] if "total" in lines[0][1] else None
    is_iso = step == "week" and "W" in lines[0][1]["week"]
    labels = [_label(place, step, is_iso=is_iso) for place in range(begin, begin + length)]
    return SeriesFile(step, labels, Series(first, ("",), found["count"][:, None], totals))


def _lines(path: Path) -> list[tuple[int, Mapping[str, str]]]:
    """Rows with their line numbers; at least one."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, restval="")
            reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
            lines: list[tuple[int, Mapping[str, str]]] = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise UsageError(f"{path} cannot be read", error.strerror or "", "") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path.name} is no CSV file in UTF-8", "", "") from error
    if not lines:
        raise UsageError(f"{path.name} has no rows", "it needs a header and a row for each day or week", "")
    return lines


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


def _column(
    lines: list[tuple[int, Mapping[str, str]]], places: list[int], name: str, length: int
) -> FloatArray:
    values = np.full(length, np.nan)
    begin = min(places)
    for (line, row), place in zip(lines, places, strict=True):
        values[place - begin] = _number(row.get(name) or "", name, line)
    return values


def _number(text: str, name: str, line: int) -> float:
    if not text.strip():
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise UsageError(f"line {line}: the {name} is no number of 0 or more", "", "")
    return value
