"""Places of two charts, and the same numbers as a table; that of a code over time is made by the script."""

from healthtrends.page.components import folded, named_code, section, table
from healthtrends.page.data import DayPage, Table, outcome_columns
from healthtrends.page.markup import Html, el
from healthtrends.page.translations import Translations

OUTCOME_CODES = 12
"""As in charts.js."""


def _chart(name: str, translations: Translations) -> Html:
    """Place of a chart; the script says there in words what the picture shows."""
    picture = el("div", aria_hidden="true")
    label = translations(f"{name}.heading")
    return el("div", picture, id=f"{name}-chart", class_="chart", role="img", aria_label=label)


def ages(page: DayPage, translations: Translations) -> Html:
    """Age pyramid by gender, and who is not in it."""
    report = page.table("age_distribution")
    other, unknown = (
        sum(int(count or 0) for (count,) in report.select_columns(name)) if report.columns else 0
        for name in ("other", "unknown")
    )
    others = translations(
        "ages.others", other=translations.number(other), unknown=translations.number(unknown)
    )
    return section(
        "ages",
        translations("ages.heading"),
        el("p", translations("ages.lead"), class_="lead"),
        _chart("ages", translations),
        el("p", others, class_="note"),
        folded(translations("ages.as_table"), _as_table(report, translations, translations("ages.as_table"))),
    )


def outcomes(page: DayPage, translations: Translations) -> Html:
    """Outcomes of the most frequent codes."""
    detail = page.table("diagnosis_detail")
    columns = ["diagnosis", *outcome_columns(detail)]
    rows = detail.select_columns(*columns) if detail.columns else ()
    names = [translations.of("column", name) for name in columns]
    shown = [
        [named_code(code, translations), *(_count(count, translations) for count in counts)]
        for code, *counts in list(rows)[:OUTCOME_CODES]
    ]
    label = translations("outcomes.as_table")
    return section(
        "outcomes",
        translations("outcomes.heading"),
        el("p", translations("outcomes.lead"), class_="lead"),
        _chart("outcomes", translations),
        folded(label, table(names, shown, label, range(1, len(columns)))),
    )


def _as_table(report: Table, translations: Translations, label: str) -> Html | None:
    if not report.columns:
        return None
    rows = ([first, *(_count(count, translations) for count in rest)] for first, *rest in report.rows)
    head = [translations.of("column", name) for name in report.columns]
    return table(head, rows, label, range(1, len(head)))


def _count(text: str, translations: Translations) -> str:
    return translations.number(int(text)) if text.isdigit() else text
