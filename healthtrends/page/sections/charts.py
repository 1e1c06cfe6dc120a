"""The numbers of two charts as tables; that of a code over time is made by the script."""

from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.page.components import CountTable, NamedCode, count_text, named_code
from healthtrends.page.data import DayPage, Table, outcome_columns
from healthtrends.page.translations import Translations

OUTCOME_CODES = 12
"""As in charts.js."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """What stands beside the charts."""

    ages: CountTable | None
    """None: the issue has no such report."""
    other_genders: str
    """Who is not in the age pyramid."""
    outcomes: CountTable
    """Without its rows, which are those of `outcome_rows`."""
    outcome_rows: Sequence[tuple[NamedCode, Sequence[str]]]


def charts(page: DayPage, translations: Translations) -> Charts:
    """Make the tables of ages, and of outcomes of the most frequent codes."""
    ages, detail = page.table("age_distribution"), page.table("diagnosis_detail")
    columns = ["diagnosis", *outcome_columns(detail)]
    rows = list(detail.select_columns(*columns))[:OUTCOME_CODES] if detail.columns else []
    return Charts(
        ages=_ages(ages, translations) if ages.columns else None,
        other_genders=_other_genders(ages, translations),
        outcomes=CountTable([translations.of("column", name) for name in columns], ()),
        outcome_rows=[
            (named_code(code, translations), [count_text(count, translations) for count in counts])
            for code, *counts in rows
        ],
    )


def _ages(report: Table, translations: Translations) -> CountTable:
    head = [translations.of("column", name) for name in report.columns]
    rows = [[first, *(count_text(count, translations) for count in rest)] for first, *rest in report.rows]
    return CountTable(head, rows)


def _other_genders(report: Table, translations: Translations) -> str:
    other, unknown = (
        sum(int(count or 0) for (count,) in report.select_columns(name)) if report.columns else 0
        for name in ("other", "unknown")
    )
    return translations("ages.others", other=translations.number(other), unknown=translations.number(unknown))
