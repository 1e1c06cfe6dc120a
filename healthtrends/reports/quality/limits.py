"""Limits of the `quality` report: which lines have one, and how a value stands against it."""

from typing import Final

from healthtrends.config.quality import Gate, Quality
from healthtrends.reports.quality.line import Line, format_limit
from healthtrends.reports.quality.metrics import (
    COMPLETENESS,
    INVALID_SHARE,
    NEWEST_AGE,
    NOT_BILLABLE_SHARE,
    QUIET,
    RECORDS,
    REJECTED_SHARE,
    TIMELY,
    WEEKDAY_SHARE,
)
from healthtrends.reports.report import Report

_MAXIMUMS: Final = (REJECTED_SHARE, NEWEST_AGE, QUIET, INVALID_SHARE, NOT_BILLABLE_SHARE)
"""Lines whose limit is the most that is allowed; of all others it is the least."""
_PLAIN: Final = (
    TIMELY,
    RECORDS,
    REJECTED_SHARE,
    WEEKDAY_SHARE,
    NEWEST_AGE,
    QUIET,
    INVALID_SHARE,
    NOT_BILLABLE_SHARE,
)
"""Lines with a limit of their own; the completeness of each field has one, too."""


def check_limit(line: Line, limits: Quality) -> Line:
    """Fill in limit and status where the metric has a gate that is not off."""
    found = _gate(line.metric, limits)
    if found is None or found[1] == "off":
        return line
    limit, gate = found
    if line.value is None:
        return line._replace(threshold=limit, status="empty")
    value = float(line.value)
    is_within = value <= limit if line.metric in _MAXIMUMS else value >= limit
    return line._replace(threshold=limit, status="ok" if is_within else gate)


def failed_lines(report: Report, limits: Quality) -> list[str]:
    """Metrics of a report whose gate is set to `fail` and does not hold, each with value and limit.

    Its values are compared with the present limits; the report itself shows those of its publication.
    """
    lines = (Line(str(metric), value, str(unit)) for metric, value, unit, *_ in report.rows)
    checked = (check_limit(line, limits) for line in lines)
    return [
        f"{line.metric} {line.value}, limit {format_limit(line.threshold)}"
        for line in checked
        if line.status == "fail" and line.threshold is not None
    ]


def has_gate(limits: Quality) -> bool:
    """Whether any line can fail a run: else published reports need not be read for it."""
    return "fail" in limits.gates


def gate_names(limits: Quality) -> list[str]:
    """Metrics whose limit fails a run, by the present settings."""
    complete = [name + COMPLETENESS for name in limits.expected_fields]
    found = {name: _gate(name, limits) for name in (*_PLAIN, *complete)}
    return [name for name, gate in found.items() if gate is not None and gate[1] == "fail"]


def _gate(metric: str, limits: Quality) -> tuple[float, Gate] | None:
    """Limit and gate of a metric; None: it has none."""
    plain: dict[str, tuple[float, Gate]] = {
        TIMELY: (limits.min_timeliness, limits.timeliness_gate),
        RECORDS: (limits.min_records, limits.records_gate),
        REJECTED_SHARE: (limits.max_reject_share, limits.reject_gate),
        WEEKDAY_SHARE: (limits.min_weekday_share, limits.weekday_gate),
        NEWEST_AGE: (limits.max_newest_age, limits.newest_gate),
        QUIET: (0, limits.facility_gate),
        INVALID_SHARE: (limits.max_invalid_on_day_share, limits.invalid_on_day_gate),
        NOT_BILLABLE_SHARE: (limits.max_not_billable_share, limits.not_billable_gate),
    }
    if metric in plain:
        return plain[metric]
    if metric.removesuffix(COMPLETENESS) in limits.expected_fields and metric.endswith(COMPLETENESS):
        return limits.min_completeness, limits.completeness_gate
    return None
