"""The `quality` report as it is published: the analysis' lines, judged, and then what only the log knows.

The order is fixed: the lines of the analysis, then replaced and cancelled records, delays, the intake, and
what tells of a feed that is down. A line with a limit is `ok`, `warn` or `fail`, or `empty` when there is
nothing to judge; all others are `info`. Offsets hidden by an open transaction are the last line, which is
only there when there are any.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence

from healthtrends.analyze.figures import DayFigures, RecordedDay
from healthtrends.analyze.numbers import quotient, share
from healthtrends.config.settings import Gate, Quality
from healthtrends.model.csvtext import csv_bytes, csv_rows
from healthtrends.model.rejection import Reason
from healthtrends.model.report import COLUMNS, Row
from healthtrends.orchestrate.intake import Intake

_COMPLETENESS = "_completeness"
_TIMELY = "recorded_within_24_h"
_RECORDS = "records"
_REJECTED_SHARE = "rejected_share"
_WEEKDAY_SHARE = "share_of_same_weekday"
_NEWEST_AGE = "newest_record_age"
_MOST = (_REJECTED_SHARE, _NEWEST_AGE)
"""Lines whose limit is the most that is allowed; of all others it is the least."""
_DELAYS: tuple[tuple[str, Callable[[int], bool]], ...] = (
    ("before_the_day", lambda days: days < 0),
    ("0_days", lambda days: days == 0),
    ("1_day", lambda days: days == 1),
    ("2_days", lambda days: days == 2),
    ("3_to_7_days", lambda days: 3 <= days <= 7),
    ("8_to_28_days", lambda days: 8 <= days <= 28),
    ("over_28_days", lambda days: days > 28),
)
"""Days from the visit's date to the day of `recorded_at`, UTC."""


def complete(
    base: bytes,
    date: dt.date,
    figures: DayFigures,
    intake: Intake,
    limits: Quality,
    usual: Sequence[int] = (),
) -> bytes:
    """Give the whole report of a date; `base` is the CSV that the analysis made of `figures`.

    `usual` are the lines stored of the observed same weekdays before.
    """
    _, *rows = csv_rows(base)
    values = {metric: value for metric, value, *_ in rows}
    rows += _set_aside(values, figures.replaced)
    rows += _delays(date, figures.recorded)
    rows += _intake(values, intake)
    rows += _feed(date, figures, usual)
    if intake.hidden:
        rows.append(("offsets_hidden", str(intake.hidden), "offsets", "0", "warn"))
    return csv_bytes(COLUMNS["quality"], (_judged(row, limits) for row in rows))


def failed_lines(content: bytes, limits: Quality) -> list[str]:
    """Metrics of a report whose gate is set to `fail` and does not hold, each with value and limit.

    Its values are judged by the limits of now; the report itself shows those that it was published under.
    """
    _, *rows = csv_rows(content)
    judged = (_judged((metric, value, unit, "", "info"), limits) for metric, value, unit, *_ in rows)
    return [
        f"{metric} {value}, limit {threshold}"
        for metric, value, _, threshold, status in judged
        if status == "fail"
    ]


def has_gate(limits: Quality) -> bool:
    """Whether any line can fail a run: else published reports need not be read for it."""
    return "fail" in limits.gates


def _set_aside(values: dict[str, str], replaced: int) -> Iterator[Row]:
    cancelled = int(values["records_replaced_or_cancelled"]) - replaced
    yield _line("records_replaced", str(replaced), "records")
    yield _line("records_cancelled", str(cancelled), "records")


def _delays(date: dt.date, recorded: Sequence[RecordedDay]) -> Iterator[Row]:
    days = [((dt.date.fromisoformat(each.day) - date).days, each.records) for each in recorded]
    for name, holds in _DELAYS:
        count = sum(records for delay, records in days if holds(delay))
        yield _line(f"recorded_{name}", str(count), "records")
    newest = max((each.newest for each in recorded), default="")
    yield _line("newest_record", f"{newest.rstrip('0').rstrip('.')}Z" if newest else "", "time")


def _intake(values: dict[str, str], intake: Intake) -> Iterator[Row]:
    reasons = intake.rejected
    total = None if reasons is None else sum(reasons.values())
    accepted, dated = int(values["stored_lines"]), None if total is None else total - intake.undated
    yield _line("messages_rejected", _text(total), "messages")
    yield _line("rejected_without_a_date", _text(None if total is None else intake.undated), "messages")
    of_date = "" if dated is None else share(dated, accepted + dated)
    yield _line(_REJECTED_SHARE, of_date, "share")
    for reason in Reason:
        count = None if reasons is None else reasons.get(reason, 0)
        yield _line(f"rejected_{reason.value}", _text(count), "messages")
    yield _line("unknown_fields", str(intake.unknown_fields), "fields")
    yield _line("offsets_covered", str(intake.offsets), "offsets")


def _feed(date: dt.date, figures: DayFigures, usual: Sequence[int]) -> Iterator[Row]:
    """Signs of a feed that is down, or was for a part of the day."""
    yield _line(_WEEKDAY_SHARE, share(figures.lines * len(usual), sum(usual)), "share")
    newest = max((each.newest for each in figures.recorded), default="")
    yield _line(_NEWEST_AGE, _hours_to_the_end(date, newest) if newest else "", "hours")


def _hours_to_the_end(date: dt.date, newest: str) -> str:
    end = dt.datetime.combine(date + dt.timedelta(days=1), dt.time(), dt.UTC)
    lasted = end - dt.datetime.fromisoformat(newest).replace(tzinfo=dt.UTC)
    return quotient(max(0, lasted // dt.timedelta(seconds=1)), 3600, 2)


def _line(metric: str, value: str, unit: str) -> Row:
    return metric, value, unit, "", "info"


def _text(count: int | None) -> str:
    return "" if count is None else str(count)


def _judged(row: Row, limits: Quality) -> Row:
    """Fill in limit and status where the metric has a gate that is not off."""
    metric, value, unit, *_ = row
    found = _gate(metric, limits)
    if found is None or found[1] == "off":
        return row
    limit, gate = found
    threshold = str(limit) if isinstance(limit, int) else f"{limit:g}"
    if not value:
        return metric, value, unit, threshold, "empty"
    is_within = float(value) <= limit if metric in _MOST else float(value) >= limit
    return metric, value, unit, threshold, "ok" if is_within else gate


def _gate(metric: str, limits: Quality) -> tuple[float, Gate] | None:
    """Limit and gate of a metric; None: it has none."""
    plain: dict[str, tuple[float, Gate]] = {
        _TIMELY: (limits.min_timeliness, limits.timeliness_gate),
        _RECORDS: (limits.min_records, limits.records_gate),
        _REJECTED_SHARE: (limits.max_reject_share, limits.reject_gate),
        _WEEKDAY_SHARE: (limits.min_weekday_share, limits.weekday_gate),
        _NEWEST_AGE: (limits.max_newest_age, limits.newest_gate),
    }
    if metric in plain:
        return plain[metric]
    if metric.removesuffix(_COMPLETENESS) in limits.expected_fields and metric.endswith(_COMPLETENESS):
        return limits.min_completeness, limits.completeness_gate
    return None
