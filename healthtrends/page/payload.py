"""Data for the page's script, within a budget of bytes: a page stays under 3 MB for any number of codes.

It is data alone: texts, titles of codes and charts are in the files that all pages share, or beside it in a
whole page. There they take 1.2 MB, mostly the chart library. Rows of a report stop at ROWS or
ROWS_BYTES, curves of codes at CURVES_BYTES; what is left out is said on the page, with the path of the whole
CSV. Codes keep their curve in this order: those that the page names, then by patients on the page's date.
"""

import datetime as dt
from collections.abc import Iterable, Sequence

from healthtrends.model.history import History
from healthtrends.page.data import DayPage, Table
from healthtrends.page.packing import by_column, packed_counts, script_json

ROWS = 2_000
ROWS_BYTES = 350_000
CURVES_BYTES = 600_000
CURVE_DAYS = 60


def payload(page: DayPage, named: Sequence[str]) -> dict[str, object]:
    """Everything the script draws; `named` are the codes that the page lists."""
    curves = chosen_curves(page.history, [*named, *_codes_by_patients(page)], CURVES_BYTES, CURVE_DAYS)
    tables = {name: _cut(report.table) for name, report in page.reports.items()}
    return {
        "date": page.date.isoformat(),
        "issue": page.provenance.issue,
        "empty": page.is_empty,
        "days": days(page, CURVE_DAYS),
        "curves": curves,
        "first": next(iter(curves), None),
        "tables": {
            name: {
                "columns": table.columns,
                "cells": by_column(table.rows),
                "total": len(page.reports[name].table.rows),
                "place": page.reports[name].path,
            }
            for name, table in tables.items()
        },
    }


def days(page: DayPage, most: int) -> list[tuple[str, str, dt.date | None]]:
    """Date, state, and the day up to which it is provisional, of the last `most` days."""
    history = page.history
    return [
        (date.isoformat(), state, page.open_until(date))
        for date, state in zip(history.dates[-most:], history.states[-most:], strict=True)
    ]


def chosen_curves(history: History, wanted: Iterable[str], budget: int, most: int) -> dict[str, str]:
    """Counts of the last `most` days by code, in the order wanted, as many as the budget of bytes holds.

    They are written as `packed_counts` does.
    """
    found: dict[str, str] = {}
    for code in (*wanted, *history.patients):
        counts = history.patients.get(code)
        if counts is None or code in found:
            continue
        text = packed_counts(counts[-most:])
        budget -= len(text) + len(code) + 6
        if budget < 0:
            break
        found[code] = text
    return found


def _codes_by_patients(page: DayPage) -> list[str]:
    detail = page.table("diagnosis_detail")
    return [code for (code,) in detail.select_columns("diagnosis")] if detail.columns else []


def _cut(table: Table) -> Table:
    """First rows of a report, as many as it may take."""
    kept: list[tuple[str, ...]] = []
    budget = ROWS_BYTES
    for row in table.rows[:ROWS]:
        budget -= len(script_json(row))
        if budget < 0:
            break
        kept.append(row)
    return Table(table.columns, kept)
