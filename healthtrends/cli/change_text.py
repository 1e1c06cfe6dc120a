"""How a terminal shows the changes of `top_diagnoses`: in percent, or as counts where they are few.

The CSV keeps its numbers; this is for people.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from healthtrends.model.comparison import WEEK, Comparison, Least
from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.page.comparison import change, weekdays
from healthtrends.page.translations import ENGLISH, bundled

if TYPE_CHECKING:
    from healthtrends.model.csvtext import Row
    from healthtrends.reports.report import Report

Days = Mapping[int, Mapping[str, int]]
"""Patients by code of the days that a date is compared with, by how many days they lie back."""

_COMPARED = {"change_vs_7_days": range(1, WEEK + 1), "change_vs_same_weekday": SAME_WEEKDAYS}
_ASCII = str.maketrans({"\N{MINUS SIGN}": "-", "\N{NO-BREAK SPACE}": " "})


def readable(report: "Report", days: Days, least_count: int) -> "Iterator[Row]":
    """Rows of `top_diagnoses` with changes as `+154 %` or, below the minimum, `2 (usually 0 to 1)`."""
    rows = (dict(zip(report.column_names, row, strict=True)) for row in report.text_rows())
    return (tuple(_said(row, days, Least(least_count)).values()) for row in rows)


def against(date: dt.date, days: Days) -> str:
    """Say which days `change_vs_same_weekday` is against: `against 4 Tuesdays`."""
    number = sum(back in days for back in SAME_WEEKDAYS)
    return weekdays(bundled(ENGLISH), date, Comparison(0, (0,) * number))


def _said(row: dict[str, str], days: Days, least: Least) -> dict[str, str]:
    code, patients = row["diagnosis"], int(row["patients"])
    for column, backs in _COMPARED.items():
        before = [days[back].get(code, 0) for back in backs if back in days]
        if row.get(column) is not None and before:
            row[column] = _change(Comparison(patients, tuple(before)), least)
    return row


def _change(compared: Comparison, least: Least) -> str:
    return change(bundled(ENGLISH), compared, least).translate(_ASCII)
