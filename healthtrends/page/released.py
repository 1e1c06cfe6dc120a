"""The page of a release: one file that may leave the house, made from released reports alone.

It has no script and no data beside its tables. A hidden number is a hatched field with the word and its rule,
never a gap that could be taken for zero.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.document import WHOLE, document
from healthtrends.page.translations import Translations
from healthtrends.reports.report import Report, encode_cell
from healthtrends.reports.schema import Row
from healthtrends.reports.suppressed import ROUNDED, SUPPRESSED, rules_of

MOST_ROWS = 50
"""Of a table; the file of the report has all."""
BARS = 20
_BARS = (("age_distribution", "age_band", "patients"), ("diagnosis_detail", "diagnosis", "patients"))


@dataclass(frozen=True, slots=True)
class ReleaseFacts:
    """What the page says of the release as a whole."""

    date: dt.date
    policy: str
    hidden_below: int
    issue: int
    audited: int
    hidden: Mapping[str, int]
    """Fields that are hidden, by rule."""
    place_name: str = ""


class Cell(NamedTuple):
    """One field of a table."""

    text: str
    rule: str
    """Rule that hides it; empty: it is shown."""
    is_number: bool


class Table(NamedTuple):
    """The first rows of a report."""

    name: str
    head: Sequence[tuple[str, str, bool]]
    """Columns, what they mean, and whether they hold numbers."""
    rows: Sequence[Sequence[Cell]]
    more: int
    """Rows that only the file has."""


class Bar(NamedTuple):
    """One bar of a chart, in percent of the greatest."""

    label: str
    width: float
    number: str
    rule: str
    """Rule that hides it; empty: it is shown."""


class Chart(NamedTuple):
    """Bars of one column of a report."""

    name: str
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedView:
    """Values that the template prints."""

    facts: ReleaseFacts
    greatest: int
    """Greatest count that is small."""
    charts: Sequence[Chart]
    tables: Sequence[Table]
    rules: Sequence[tuple[str, int]]
    """With the number of fields that each hides."""


def render_released(facts: ReleaseFacts, reports: Mapping[str, Report], translations: Translations) -> bytes:
    """Render the page of released reports, by name, each with its column `suppressed`."""
    view = ReleasedView(
        facts=facts,
        greatest=facts.hidden_below - 1,
        charts=list(_charts(reports, translations)),
        tables=[_table(report, translations) for report in reports.values() if report.rows],
        rules=sorted(facts.hidden.items()),
    )
    title = translations("released.title", date=translations.day(facts.date))
    return document(
        "released.html",
        title,
        translations,
        scripts=(),
        data={},
        location=WHOLE,
        release=view,
    )


def _table(report: Report, translations: Translations) -> Table:
    shown = [place for place, column in enumerate(report.columns) if column.name != SUPPRESSED.name]
    head = [(each.name, each.meaning, each.kind != "text") for each in (report.columns[i] for i in shown)]
    rows = [_cells(report, row, shown, translations) for row in report.rows[:MOST_ROWS]]
    return Table(report.name, head, rows, max(0, len(report.rows) - MOST_ROWS))


def _cells(report: Report, row: Row, shown: Sequence[int], translations: Translations) -> list[Cell]:
    rules = _rules(report, row)
    return [
        Cell(
            _text(row, place, translations),
            rules.get(report.columns[place].name, "") if row[place] is None else "",
            report.columns[place].kind != "text",
        )
        for place in shown
    ]


def _text(row: Row, place: int, translations: Translations) -> str:
    value = row[place]
    return translations.number(value) if isinstance(value, int) else encode_cell(value)


def _rules(report: Report, row: Row) -> dict[str, str]:
    """By column, the rule that hides it: the column `suppressed`, `column=rule` parted by blanks."""
    return rules_of(dict(zip(report.column_names, row, strict=True)))


def _charts(reports: Mapping[str, Report], translations: Translations) -> Iterator[Chart]:
    for name, label, exact in _BARS:
        report = reports.get(name)
        if report is None or not report.rows:
            continue
        rows = [
            (dict(zip(report.column_names, row, strict=True)), _rules(report, row))
            for row in report.rows[:BARS]
        ]
        counted = exact if exact in report.column_names else f"{exact}{ROUNDED}"
        counts = [record[counted] for record, _ in rows]
        greatest = max((count for count in counts if isinstance(count, int)), default=0)
        yield Chart(
            name,
            [
                Bar(
                    str(record[label]),
                    round(100 * count / greatest, 1) if isinstance(count, int) and greatest else 100.0,
                    translations.number(count) if isinstance(count, int) else "",
                    rules.get(counted, ""),
                )
                for (record, rules), count in zip(rows, counts, strict=True)
            ],
        )
