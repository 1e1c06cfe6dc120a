"""Numbers of a release that are made of counts of days before: of what was released of these alone.

Whoever reads both has nothing new then. A mean over a day that hides the count, or was never released, would
tell of that day.
"""

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction

from healthtrends.audit.judge import Finding
from healthtrends.audit.over_time_description import Comparison, Counted, describe_over_time
from healthtrends.audit.released import Bounds

Files = Mapping[str, bytes]
"""Released files of one date, by name."""
FilesOf = Callable[[dt.date], Files | None]
"""Gives those of a date, as they stood when the release at hand was made; None: there was no release."""
_PLACES = {"count": 0, "mean": 2, "share": 4, "change": 4}


def audit_comparisons(date: dt.date, files: Files, files_of: FilesOf, hidden_below: int) -> list[Finding]:
    """Judge the comparisons of a date's release; one that tells of hidden or unreleased counts is exposed."""
    days = _Days(date, files, files_of)
    found = []
    for comparison in describe_over_time().comparisons:
        for row in _rows(files, comparison.table, comparison.level):
            given = row.get(comparison.column, "")
            is_one = not comparison.rows or row[comparison.key] in comparison.rows
            if given and is_one and not _follows(comparison, row, given, days):
                keys = {comparison.key: row[comparison.key]}
                why = f"{comparison.column} is not made of what was released of these days"
                small = Bounds(1, hidden_below - 1)
                title = f"{comparison.table}: {comparison.column}"
                found.append(Finding(title, keys, small, is_exposed=True, reasons=(why,)))
    return found


class _Days:
    """Released counts of the days that end with a date, each read once."""

    def __init__(self, date: dt.date, files: Files, files_of: FilesOf) -> None:
        self._date = date
        self._files: dict[int, Files | None] = {0: files}
        self._files_of = files_of
        self._counts: dict[tuple[int, Counted], Mapping[str, int | None]] = {}

    def count(self, days_ago: int, counted: Counted, value: str) -> int | None:
        """A count as released, 0 where no row has it; None: it is hidden, or nothing was released."""
        if days_ago not in self._files:
            self._files[days_ago] = self._files_of(self._date - dt.timedelta(days=days_ago))
        files = self._files[days_ago]
        if files is None or counted.table not in files:
            return None
        if (days_ago, counted) not in self._counts:
            rows = _rows(files, counted.table, counted.level)
            self._counts[days_ago, counted] = {
                row[counted.key]: int(row[counted.column]) if row[counted.column].isdigit() else None
                for row in rows
            }
        return self._counts[days_ago, counted].get(value, 0)


def _rows(files: Files, table: str, level: str) -> Iterator[Mapping[str, str]]:
    if table in files:
        for row in csv.DictReader(io.StringIO(files[table].decode(), newline="")):
            if not level or row["level"] == level:
                yield row


def _follows(comparison: Comparison, row: Mapping[str, str], given: str, days: _Days) -> bool:
    """Whether a number is what the released counts give."""
    value = comparison.rows.get(row[comparison.key], row[comparison.key])
    counts = [days.count(back, comparison.of, value) for back in comparison.days_ago]
    known = [count for count in counts if count is not None]
    if len(known) < len(counts):
        return False
    if comparison.is_ == "listed":
        return True
    now = days.count(0, comparison.of, value)
    computed = _computed(comparison, known, now)
    half = Fraction(1, 2 * 10 ** _PLACES[comparison.is_])
    return computed is not None and abs(Fraction(given) - computed) <= half


def _computed(comparison: Comparison, counts: Sequence[int], now: int | None) -> Fraction | None:
    total = sum(counts)
    match comparison.is_:
        case "count":
            return Fraction(total)
        case "mean":
            return Fraction(total, len(counts))
        case "share" if total and now is not None:
            return Fraction(now * len(counts), total)
        case "change" if total and now is not None:
            return Fraction(now * len(counts) - total, total)
        case _:
            return None
