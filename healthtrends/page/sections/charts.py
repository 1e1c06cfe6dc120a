"""Tables with the numbers of two charts; that of a code over time is made by the script."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.components import NamedCode, count_columns, count_text, named_code
from healthtrends.page.data import DayPage, Table, outcome_columns
from healthtrends.page.translations import Translations

OUTCOME_CODES = 12
"""As in charts.js."""


class AgeTable(NamedTuple):
    """Patients by age band, which is the first cell of a row."""

    head: Sequence[str]
    numbers: str
    rows: Sequence[Sequence[str]]


class OutcomeTable(NamedTuple):
    """Records by outcome of each code."""

    head: Sequence[str]
    numbers: str
    rows: Sequence[tuple[NamedCode, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Charts:
    """Values beside the charts."""

    ages: AgeTable | None
    """None: the issue has no such report."""
    other_genders: str
    """Patients who are not in the age pyramid."""
    outcomes: OutcomeTable


def charts(page: DayPage, translations: Translations) -> Charts:
    """Make the tables of ages, and of outcomes of the most frequent codes."""
    ages, detail = page.table("age_distribution"), page.table("diagnosis_detail")
    return Charts(
        _ages(ages, translations) if ages.columns else None,
        _other_genders(ages, translations),
        _outcomes(detail, page.date, translations),
    )


def _ages(report: Table, translations: Translations) -> AgeTable:
    head = [translations.of("column", name) for name in report.columns]
    rows = [[first, *(count_text(count, translations) for count in rest)] for first, *rest in report.rows]
    return AgeTable(head, count_columns(head), rows)


def _outcomes(detail: Table, date: dt.date, translations: Translations) -> OutcomeTable:
    columns = ["diagnosis", *outcome_columns(detail)]
    head = [translations.of("column", name) for name in columns]
    rows = list(detail.select_columns(*columns))[:OUTCOME_CODES] if detail.columns else []
    shown = [
        (named_code(code, date, translations), [count_text(count, translations) for count in counts])
        for code, *counts in rows
    ]
    return OutcomeTable(head, count_columns(head), shown)


def _other_genders(report: Table, translations: Translations) -> str:
    other, unknown = (
        sum(int(count or 0) for (count,) in report.select_columns(name)) if report.columns else 0
        for name in ("other", "unknown")
    )
    return translations("ages.others", other=translations.number(other), unknown=translations.number(unknown))
