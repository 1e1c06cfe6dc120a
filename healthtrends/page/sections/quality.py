"""What was rejected and why, and what else a reader must know about the input."""

from healthtrends.page.data import DayPage
from healthtrends.page.markup import Content, Html, el
from healthtrends.page.parts import section, table
from healthtrends.page.rejected import REASONS, Rejected, rejected
from healthtrends.page.words import Words


def quality(page: DayPage, words: Words) -> Html:
    """Give the section: rejects by reason, then every measure with its limit and status."""
    report = page.table("quality")
    found = rejected(report)
    return section(
        "quality",
        words("quality.heading"),
        el("p", words("quality.lead"), class_="lead"),
        *(_rejected(found, words) if found and found.total else ()),
        _measures(page, words) if report.rows else None,
    )


def _rejected(found: Rejected, words: Words) -> list[Html]:
    heading = words("quality.rejected")
    rows: list[list[Content]] = [
        [
            words.of("reason", reason),
            words.number(count),
            _bar(100 * count / found.total, words),
        ]
        for reason, count in found.reasons.items()
    ]
    head = [words(f"quality.{name}") for name in ("reason", "messages", "share")]
    return [
        el("h3", heading),
        el("p", words("quality.rejected_lead"), class_="lead"),
        table(head, rows, heading, (1, 2)),
    ]


def _bar(percent: float, words: Words) -> Html:
    """A share as a bar with its number."""
    text = words.decimal(percent) + words("number.percent")
    return el(
        "span",
        el("span", el("span", style=f"width: {percent:.1f}%"), class_="bar", aria_hidden="true"),
        text,
        class_="share",
    )


def _measures(page: DayPage, words: Words) -> Html:
    rows = [
        [
            words.of("metric", metric),
            _value(value, words),
            words.of("quality.unit", unit),
            threshold,
            _status(status, words),
        ]
        for metric, value, unit, threshold, status in page.table("quality").by_offset(
            "metric", "value", "unit", "threshold", "status"
        )
        if metric not in REASONS
    ]
    head = [words(f"column.{name}") for name in ("metric", "value", "unit", "threshold", "status")]
    return table(head, rows, words("quality.heading"), (1,))


def _status(status: str, words: Words) -> Content:
    """Most measures have no limit, and then no colour."""
    text = words.of("quality.status", status)
    return text if status == "info" else el("span", text, class_=f"status {status}")


def _value(text: str, words: Words) -> str:
    return words.number(int(text)) if text.isdigit() else text
