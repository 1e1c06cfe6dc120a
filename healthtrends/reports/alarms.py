"""`alarms`: what rose beyond the usual on the date, one list, the most severe first.

What a consumer gets: a row is one entry after triage (`healthtrends.detect.triage`), keyed by level and code;
`level` is one of `model.signals.LEVELS`, `severity` one of `SEVERITIES`. Rows are in their order already. An
ordinary day has no row. Why a list is empty (nothing unusual, too few days, no feed) stands in
`detection` of `_meta.json` and in the issue's `source.detection`, with detector and thresholds. Whether more
records of the date are to be expected is the issue's state, as for every report: an alarm of a provisional
date is one on the records so far.
"""

import datetime as dt
from collections import Counter
from typing import Final

from healthtrends.model.signals import LEVELS, Signals
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import PLAIN, WITHHELD, Counted, Relations
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Column, NullReason, ReportSchema, Row

REACH: Final = 30
"""Days before the date that are read: a baseline of 28 days that ends two days before."""
_P_PLACES = 6

LEVEL = Column(
    "level",
    "text",
    "",
    "diagnosis (a full code), category, block, chapter or syndrome; where they are configured age_group, "
    "gender, facility or region",
    is_key=True,
)
CODE = Column(
    "code",
    "text",
    "",
    "code, category, bounds of the block, number of the chapter or name; `J10.1 0-4`: a full code and what "
    "its level tells apart",
    is_key=True,
)
TITLE = Column("title", "text", "", "its title in English; of a syndrome its codes", null_reason=None)

SERIES: Final = {
    level: (level, "code") for level in ("diagnosis", "category", "block", "chapter", "syndrome")
}
"""Dimension and column of a row's code, by level."""


def count_by_level(report: Report) -> dict[str, int]:
    """Count the rows of a report by level; 0 for a level without one."""
    found = Counter(level for _, level, *_ in report.rows)
    return {level: found[level] for level in LEVELS}


def make(context: ReportContext) -> list[Row]:
    """All alarms of the date."""
    return rows(context.date, context.signals)


def rows(date: dt.date, signals: Signals) -> list[Row]:
    """All alarms that were found of a date."""
    return [
        (
            date.isoformat(),
            each.level,
            each.code,
            each.title or None,
            each.detector,
            each.observed,
            _rounded(each.expected, 2),
            each.upper,
            *(_rounded(value, _P_PLACES) for value in (each.p, each.p_holm, each.q_bh)),
            each.severity,
            each.since.isoformat(),
            each.reason,
        )
        for each in signals.alarms
    ]


def _rounded(value: float | None, places: int) -> float | None:
    return None if value is None else round(value, places)


REPORT = ReportSchema(
    name="alarms",
    rows="Series that rose beyond the usual, the most severe first: by severity, p, patients above the "
    "expected ones, level and code. No rows on an ordinary day.",
    columns=(
        Column("date", "text", "", "the date", is_key=True),
        LEVEL,
        CODE,
        TITLE,
        Column("detector", "text", "", "detector that tested"),
        Column("observed", "whole", "patients", "patients of the date", null_reason=NullReason.NO_FEED),
        Column("expected", "number", "patients", "what the baseline leads to expect"),
        Column("upper", "whole", "patients", "greatest number of the date that would be no alarm"),
        Column("p", "number", "probability", "chance of so many in usual times; 6 decimals"),
        Column("p_holm", "number", "probability", "p adjusted for all tests of the date, by Holm"),
        Column("q_bh", "number", "share", "p adjusted by Benjamini and Hochberg: share of false alarms"),
        Column("severity", "text", "", "high: p_holm below 0.05; medium: q_bh below 0.05; low: p alone"),
        Column("since", "text", "", "first day of the unbroken run of alarms"),
        Column("reason", "text", "", "one sentence: how many, expected, since when, what rises with it"),
    ),
    make=make,
    days_read=tuple(range(1, REACH + 1)),
    # Nothing linear ties p and severity to counts; those adjusted for all tests tell of other series too.
    relations=Relations(
        meanings={
            "title": PLAIN,
            "detector": PLAIN,
            "observed": Counted("patients"),
            "expected": WITHHELD,
            "upper": WITHHELD,
            "p": WITHHELD,
            "p_holm": WITHHELD,
            "q_bh": WITHHELD,
            "severity": WITHHELD,
            "since": WITHHELD,
            "reason": WITHHELD,
        },
        levels=SERIES,
        base="observed",
        order="by key",
        days_needed=tuple(range(1, REACH + 1)),
    ),
)
