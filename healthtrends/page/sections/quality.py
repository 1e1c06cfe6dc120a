"""What was rejected and why, and what else a reader must know about the input."""

from healthtrends.page.components import section, table
from healthtrends.page.data import DayPage
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.reject_summary import REASONS, RejectSummary, read_rejects
from healthtrends.page.translations import Translations


def quality(page: DayPage, translations: Translations) -> Html:
    """Give the section: rejects by reason, then every measure with its limit and status."""
    report = page.table("quality")
    found = read_rejects(report)
    return section(
        "quality",
        translations("quality.heading"),
        el("p", translations("quality.lead"), class_="lead"),
        *(_rejected(found, translations) if found and found.total else ()),
        _measures(page, translations) if report.rows else None,
    )


def _rejected(found: RejectSummary, translations: Translations) -> list[Html]:
    heading = translations("quality.rejected")
    rows: list[list[Content]] = [
        [
            translations.of("reason", reason),
            translations.number(count),
            _bar(100 * count / found.total, translations),
        ]
        for reason, count in found.reasons.items()
    ]
    head = [translations(f"quality.{name}") for name in ("reason", "messages", "share")]
    return [
        el("h3", heading),
        el("p", translations("quality.rejected_lead"), class_="lead"),
        table(head, rows, heading, (1, 2)),
    ]


def _bar(percent: float, translations: Translations) -> Html:
    """A share as a bar with its number."""
    text = translations.decimal(percent) + translations("number.percent")
    return el(
        "span",
        el("span", el("span", style=f"width: {percent:.1f}%"), class_="bar", aria_hidden="true"),
        text,
        class_="share",
    )


def _measures(page: DayPage, translations: Translations) -> Html:
    rows = [
        [
            translations.of("metric", metric),
            _value(value, translations),
            translations.of("quality.unit", unit),
            threshold,
            _status(status, translations),
        ]
        for metric, value, unit, threshold, status in page.table("quality").select_columns(
            "metric", "value", "unit", "threshold", "status"
        )
        if metric not in REASONS
    ]
    head = [translations(f"column.{name}") for name in ("metric", "value", "unit", "threshold", "status")]
    return table(head, rows, translations("quality.heading"), (1,))


def _status(status: str, translations: Translations) -> Content:
    """Most measures have no limit, and then no colour."""
    text = translations.of("quality.status", status)
    return text if status == "info" else el("span", text, class_=f"status {status}")


def _value(text: str, translations: Translations) -> str:
    return translations.number(int(text)) if text.isdigit() else text
