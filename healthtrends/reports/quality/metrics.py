"""Lines of the `quality` report: what the stored lines of a date tell, and what only the log knows."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from healthtrends.model.day_totals import DayTotals, RecordedDay
from healthtrends.model.rejection import Reason
from healthtrends.reports.context import IntakeCounts, ReportContext
from healthtrends.reports.facilities import usual_facilities
from healthtrends.reports.quality.line import Line
from healthtrends.reports.rounding import quotient, share

COMPLETENESS: Final = "_completeness"
TIMELY: Final = "recorded_within_24_h"
RECORDS: Final = "records"
REJECTED_SHARE: Final = "rejected_share"
WEEKDAY_SHARE: Final = "share_of_same_weekday"
NEWEST_AGE: Final = "newest_record_age"
QUIET: Final = "facilities_quiet"
INVALID_SHARE: Final = "invalid_on_day_share"
NOT_BILLABLE_SHARE: Final = "not_billable_share"

REASONS_OF_RECORDS: Final = tuple(Reason)[: 1 + tuple(Reason).index(Reason.EARLIER_RULES)]
"""Reasons of the format `record`; each has a line, also with 0."""
RESOLVED: Final = {
    "pending_records": "records",
    "unmapped_system": "codings",
    "flagged_birth_dates": "visits",
    "impossible_ages": "visits",
    "visits_after_death": "visits",
    "visits_with_rejected_parts": "visits",
    "reused_message_ids": "messages",
}
"""Units of the counts of visits whose records were computed from facts. Names that begin with `flagged_` are
added by the formats."""

_JUDGED_CODES: Final = (
    ("invalid", "invalid_on_day", INVALID_SHARE),
    ("header", "not_billable", NOT_BILLABLE_SHARE),
)
"""Lines of counts and shares by what the edition says of a code."""

DELAYS: Final[tuple[tuple[str, Callable[[int], bool]], ...]] = (
    ("before_the_day", lambda days: days < 0),
    ("0_days", lambda days: days == 0),
    ("1_day", lambda days: days == 1),
    ("2_days", lambda days: days == 2),
    ("3_to_7_days", lambda days: 3 <= days <= 7),
    ("8_to_28_days", lambda days: 8 <= days <= 28),
    ("over_28_days", lambda days: days > 28),
)
"""Days from the visit's date to the day of `recorded_at`, both at the place."""


def stored_lines(totals: DayTotals) -> list[Line]:
    """What the stored lines of a date tell."""
    records = totals.records
    counts = [
        Line("stored_lines", totals.lines, "lines"),
        Line("cancellation_lines", totals.cancellations, "lines"),
        Line("repeated_lines", totals.repeated, "lines"),
        Line("records_replaced_or_cancelled", totals.set_aside, "records"),
        Line(RECORDS, records, "records"),
        Line("patients", totals.patients, "patients"),
        Line("visits", totals.visits, "visits"),
        Line("diagnoses", len(totals.diagnoses), "codes"),
        Line("gender_conflicts", totals.conflicts, "patients"),
    ]
    parts = {
        f"visit_id{COMPLETENESS}": sum(cell.visit_id for cell in totals.treatments),
        f"record_id{COMPLETENESS}": sum(cell.record_id for cell in totals.treatments),
        f"facility_id{COMPLETENESS}": sum(cell.facility_id for cell in totals.treatments),
        f"region{COMPLETENESS}": sum(cell.region for cell in totals.treatments),
        TIMELY: sum(cell.timely for cell in totals.treatments),
    }
    return counts + [Line(name, share(part, records), "share") for name, part in parts.items()]


def all_lines(context: ReportContext, intake: IntakeCounts) -> list[Line]:
    """What the stored lines of a date tell, and what the log knows besides."""
    totals = context.totals
    lines = [
        *stored_lines(totals),
        *_set_aside(totals),
        *_delays(context.date, totals.recorded),
        *_intake(totals.lines, intake),
        *_feed(context),
        *_facilities(context),
        *_codes(context, intake),
    ]
    lines += _other_formats(intake)
    if intake.hidden:
        lines.append(Line("offsets_hidden", intake.hidden, "offsets", 0, "warn"))
    return lines


def _set_aside(totals: DayTotals) -> Iterator[Line]:
    """Split `records_replaced_or_cancelled`."""
    yield Line("records_replaced", totals.replaced, "records")
    yield Line("records_cancelled", totals.set_aside - totals.replaced, "records")


def _delays(date: dt.date, recorded: Sequence[RecordedDay]) -> Iterator[Line]:
    days = [((dt.date.fromisoformat(each.day) - date).days, each.records) for each in recorded]
    for name, holds in DELAYS:
        count = sum(records for delay, records in days if holds(delay))
        yield Line(f"recorded_{name}", count, "records")
    newest = max((each.newest for each in recorded), default="")
    yield Line("newest_record", f"{newest.rstrip('0').rstrip('.')}Z" if newest else None, "time")


def _intake(accepted: int, intake: IntakeCounts) -> Iterator[Line]:
    reasons = intake.rejected
    total = None if reasons is None else sum(reasons.values())
    dated = None if total is None else total - intake.undated
    yield Line("messages_rejected", total, "messages")
    yield Line("rejected_without_a_date", None if total is None else intake.undated, "messages")
    yield Line(REJECTED_SHARE, None if dated is None else share(dated, accepted + dated), "share")
    for reason in REASONS_OF_RECORDS:
        count = None if reasons is None else reasons.get(reason, 0)
        yield Line(f"rejected_{reason.value}", count, "messages")
    yield Line("unknown_fields", intake.unknown_fields, "fields")
    yield Line("offsets_covered", intake.offsets, "offsets")


def _other_formats(intake: IntakeCounts) -> Iterator[Line]:
    """What only feeds of other formats have: their own reasons, and the counts of visits made of facts."""
    for reason in Reason:
        if reason not in REASONS_OF_RECORDS and (count := (intake.rejected or {}).get(reason, 0)):
            yield Line(f"rejected_{reason.value}", count, "messages")
    if intake.resolved is None:
        return
    others = sorted({*intake.resolved} - {*RESOLVED})
    for name in (*RESOLVED, *others):
        yield Line(name, intake.resolved.get(name, 0), RESOLVED.get(name, "visits"))


def _feed(context: ReportContext) -> Iterator[Line]:
    """Signs of a feed that is down, or was for a part of the day."""
    totals, usual = context.totals, context.usual_lines
    yield Line(WEEKDAY_SHARE, share(totals.lines * len(usual), sum(usual)), "share")
    newest = max((each.newest for each in totals.recorded), default="")
    yield Line(NEWEST_AGE, _hours_to_the_end(context, newest) if newest else None, "hours")


def _facilities(context: ReportContext) -> Iterator[Line]:
    """Facilities that send less than usual; only where some facility is known."""
    usual, quiet = usual_facilities(context)
    if not (context.totals.facilities or usual):
        return
    yield Line("facilities_usual", len(usual), "facilities")
    yield Line(QUIET, len(quiet), "facilities")


def _codes(context: ReportContext, intake: IntakeCounts) -> Iterator[Line]:
    """Records whose code the edition does not allow on the date; only where there are any."""
    totals, validity = context.totals, context.edition.validity
    records: dict[str, int] = {}
    for cell in totals.treatments if validity else ():
        records[cell.diagnosis] = records.get(cell.diagnosis, 0) + cell.records
    counts = {"valid": 0, "invalid": 0, "header": 0, None: 0}
    for code, count in records.items():
        counts[validity.status(code, context.date) if validity else None] += count
    for status, name, share_name in _JUDGED_CODES:
        if counts[status]:
            yield Line(name, counts[status], "records")
            yield Line(share_name, share(counts[status], totals.records), "share")
    unmapped = (intake.rejected or {}).get(Reason.UNMAPPED_SYSTEM, 0)
    if intake.resolved is None and unmapped:
        yield Line("unmapped_system", unmapped, RESOLVED["unmapped_system"])


def _hours_to_the_end(context: ReportContext, newest: str) -> float | None:
    lasted = context.end - dt.datetime.fromisoformat(newest).replace(tzinfo=dt.UTC)
    return quotient(max(0, lasted // dt.timedelta(seconds=1)), 3600, 2)
