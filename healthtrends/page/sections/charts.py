"""Places of two charts, and the same numbers as a table; that of a code over time is made by the script."""

from healthtrends.page.data import DayPage, Table, outcome_columns
from healthtrends.page.markup import Html, el
from healthtrends.page.parts import folded, named_code, section, table
from healthtrends.page.words import Words

OUTCOME_CODES = 12
"""As in charts.js."""


def _chart(name: str, words: Words) -> Html:
    """Place of a chart; the script says there in words what the picture shows."""
    picture = el("div", aria_hidden="true")
    label = words(f"{name}.heading")
    return el("div", picture, id=f"{name}-chart", class_="chart", role="img", aria_label=label)


def ages(page: DayPage, words: Words) -> Html:
    """Age pyramid by gender, and who is not in it."""
    report = page.table("age_distribution")
    other, unknown = (
        sum(int(count or 0) for (count,) in report.by_offset(name)) if report.columns else 0
        for name in ("other", "unknown")
    )
    others = words("ages.others", other=words.number(other), unknown=words.number(unknown))
    return section(
        "ages",
        words("ages.heading"),
        el("p", words("ages.lead"), class_="lead"),
        _chart("ages", words),
        el("p", others, class_="note"),
        folded(words("ages.as_table"), _as_table(report, words, words("ages.as_table"))),
    )


def outcomes(page: DayPage, words: Words) -> Html:
    """Outcomes of the most frequent codes."""
    detail = page.table("diagnosis_detail")
    columns = ["diagnosis", *outcome_columns(detail)]
    rows = detail.by_offset(*columns) if detail.columns else ()
    names = [words.of("column", name) for name in columns]
    shown = [
        [named_code(code, words), *(_count(count, words) for count in counts)]
        for code, *counts in list(rows)[:OUTCOME_CODES]
    ]
    label = words("outcomes.as_table")
    return section(
        "outcomes",
        words("outcomes.heading"),
        el("p", words("outcomes.lead"), class_="lead"),
        _chart("outcomes", words),
        folded(label, table(names, shown, label, range(1, len(columns)))),
    )


def _as_table(report: Table, words: Words, label: str) -> Html | None:
    if not report.columns:
        return None
    rows = ([first, *(_count(count, words) for count in rest)] for first, *rest in report.rows)
    head = [words.of("column", name) for name in report.columns]
    return table(head, rows, label, range(1, len(head)))


def _count(text: str, words: Words) -> str:
    return words.number(int(text)) if text.isdigit() else text
