"""Quality of the input: rejects by reason, and every measure with its limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from healthtrends.page.components import count_text
from healthtrends.page.data import Table
from healthtrends.page.reject_summary import REASONS, RejectSummary, read_rejects
from healthtrends.page.translations import Translations

REJECTS_HEAD = ("reason", "messages", "share")
MEASURES_HEAD = ("metric", "value", "unit", "threshold", "status")


class RejectReason(NamedTuple):
    """Messages of one reason, and their share as a bar with its number."""

    reason: str
    messages: str
    width: str
    percent: str


class Measure(NamedTuple):
    """A measure with its limit and status."""

    metric: str
    value: str
    unit: str
    threshold: str
    status: str
    kind: str
    """Class of the status; empty: the measure has no limit, and then no colour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """The section: rejects by reason, then every measure."""

    rejects_head: Sequence[str]
    rejects: Sequence[RejectReason]
    measures_head: Sequence[str]
    measures: Sequence[Measure] | None
    """None: there is no report."""


def quality(report: Table, translations: Translations) -> Quality:
    """Make the section from the quality report."""
    found = read_rejects(report)
    return Quality(
        rejects_head=[translations(f"quality.{name}") for name in REJECTS_HEAD],
        rejects=_rejects(found, translations) if found and found.total else (),
        measures_head=[translations(f"column.{name}") for name in MEASURES_HEAD],
        measures=_measures(report, translations) if report.rows else None,
    )


def _rejects(found: RejectSummary, translations: Translations) -> list[RejectReason]:
    shares = ((reason, count, 100 * count / found.total) for reason, count in found.reasons.items())
    return [
        RejectReason(
            translations.of("reason", reason),
            translations.number(count),
            f"{percent:.1f}",
            translations.decimal(percent) + translations("number.percent"),
        )
        for reason, count, percent in shares
    ]


def _measures(report: Table, translations: Translations) -> list[Measure]:
    return [
        Measure(
            translations.of("metric", metric),
            count_text(value, translations),
            translations.of("quality.unit", unit),
            threshold,
            translations.of("quality.status", status),
            "" if status == "info" else status,
        )
        for metric, value, unit, threshold, status in report.select_columns(*MEASURES_HEAD)
        if metric not in REASONS
    ]
