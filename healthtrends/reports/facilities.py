"""`facilities`: what each facility sent of a date, beside what it usually sends.

A facility that sent before and is silent has a row of zeros: nobody misses what is not there.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from healthtrends.config.quality import Quality
from healthtrends.model.day_totals import FacilityDay
from healthtrends.model.history import SAME_WEEKDAYS
from healthtrends.model.rejection import Reason
from healthtrends.reports.columns import NOT_GIVEN
from healthtrends.reports.context import ReportContext
from healthtrends.reports.relations import (
    WITHHELD,
    AtMost,
    Average,
    Counted,
    Relations,
    Sum,
)
from healthtrends.reports.report import Report
from healthtrends.reports.rounding import mean, quotient, share
from healthtrends.reports.schema import Column, NullReason, ReportSchema, Row, Value

DAYS_READ: Final = tuple(range(1, max(SAME_WEEKDAYS) + 1))

_UNREADABLE: Final = frozenset(
    {
        Reason.NULL_VALUE,
        Reason.TOO_LARGE,
        Reason.INVALID_UTF8,
        Reason.BYTE_ORDER_MARK,
        Reason.INVALID_JSON,
        Reason.NOT_AN_OBJECT,
    }
)
_ABSENT: Final = frozenset({Reason.MISSING_FIELD, Reason.NULL_FIELD, Reason.BLANK})
REJECT_GROUPS: Final = ("unreadable", "incomplete", "invalid")


class Sent(NamedTuple):
    """What a facility sent of a date, and what was to be expected."""

    facility: str
    """Empty: lines without one."""
    days: Sequence[FacilityDay]
    observed: int
    """Of the same weekdays before, how many have records of any facility."""
    usual: int
    """Records of this facility on these."""
    newest: str
    """Latest `recorded_at` of the date and the 28 before it; empty: none."""

    @property
    def records(self) -> int:
        """Records that count."""
        return sum(day.records for day in self.days)

    @property
    def share(self) -> float | None:
        """Records as a share of the mean of the same weekdays; None: nothing is expected."""
        return share(self.records * self.observed, self.usual)


def sent(context: ReportContext) -> list[Sent]:
    """What each facility sent: of those of the date and of the 28 days before, by name."""
    by_name: dict[str, list[FacilityDay]] = {}
    for day in context.totals.facilities:
        by_name.setdefault(day.facility, []).append(day)
    before = context.prior.facilities
    names = {*by_name, *(name for counts in before.values() for name in counts if name)}
    observed = [before[back] for back in SAME_WEEKDAYS if back in before]
    found = []
    for name in sorted(names):
        past = [counts[name] for counts in before.values() if name in counts]
        usual = sum(counts[name].records for counts in observed if name in counts) if name else 0
        newest = max((each.newest for each in (*by_name.get(name, ()), *past)), default="")
        found.append(Sent(name, by_name.get(name, ()), len(observed), usual, newest))
    return found


def usual_facilities(context: ReportContext) -> tuple[list[str], list[str]]:
    """Facilities that usually send, and those of them that are quiet on the date."""
    usual, quiet = [], []
    for each in sent(context) if context.prior.facilities else ():
        expected = mean(each.usual, each.observed)
        if is_usual(expected, context.limits):
            usual.append(each.facility)
            if is_quiet(expected, each.share, context.limits):
                quiet.append(each.facility)
    return usual, quiet


def quiet_facilities(report: Report, limits: Quality) -> list[str]:
    """Facilities of a report that usually send, and are silent or far below that."""
    return [
        str(row["facility"])
        for row in report.records()
        if is_quiet(_number(row.get("expected")), _number(row.get("share_of_expected")), limits)
    ]


def is_usual(expected: float | None, limits: Quality) -> bool:
    """Whether a facility usually sends enough to be judged."""
    return bool(expected) and expected is not None and expected >= limits.min_facility_records


def is_quiet(expected: float | None, found: float | None, limits: Quality) -> bool:
    """Whether a facility that usually sends is silent, or below the share."""
    return is_usual(expected, limits) and found is not None and found < limits.min_facility_share


def _number(value: Value) -> float | None:
    return value if isinstance(value, int | float) else None


def make(context: ReportContext) -> list[Row]:
    """One row a facility, by name."""
    intake = context.intake
    rejected = {} if intake is None else intake.rejected_by_facility
    known = intake is not None and intake.rejected is not None
    found = sent(context)
    missing = rejected.keys() - {each.facility for each in found}
    found += [Sent(name, (), 0, 0, "") for name in missing]
    rows = sorted(found, key=lambda each: each.facility)
    return [_row(context, each, _groups(rejected.get(each.facility, {})) if known else None) for each in rows]


def _row(context: ReportContext, each: Sent, groups: Sequence[int] | None) -> Row:
    fields = [name for name in context.limits.expected_fields if name != "facility_id"]
    filled = sum(getattr(day, name) for day in each.days for name in fields)
    return (
        each.facility or NOT_GIVEN,
        sum(day.lines for day in each.days),
        each.records,
        *(groups if groups is not None and each.facility else [None] * len(REJECT_GROUPS)),
        mean(each.usual, each.observed) if each.facility else None,
        each.share,
        _hours(context, each.newest),
        share(filled, each.records * len(fields)),
        _median_delay(context.date, each.days),
    )


def _groups(reasons: Mapping[str, int]) -> list[int]:
    found: Counter[str] = Counter()
    for reason, count in reasons.items():
        found[reject_group(reason)] += count
    return [found[group] for group in REJECT_GROUPS]


def reject_group(reason: str) -> str:
    """Group of a reason: the bytes cannot be read, something is absent, or a value breaks a rule."""
    if reason in _UNREADABLE:
        return "unreadable"
    return "incomplete" if reason in _ABSENT else "invalid"


def _hours(context: ReportContext, newest: str) -> float | None:
    """Hours from the latest record to the end of the date; 0 when it came later."""
    if not newest:
        return None
    lasted = context.end - dt.datetime.fromisoformat(newest).replace(tzinfo=dt.UTC)
    return quotient(max(0, lasted // dt.timedelta(seconds=1)), 3600, 2)


def _median_delay(date: dt.date, days: Iterable[FacilityDay]) -> float | None:
    """Median of the days from the date to the day on which a record was recorded."""
    counts = sorted(((dt.date.fromisoformat(day.day) - date).days, day.records) for day in days)
    total = sum(records for _, records in counts)
    if not total:
        return None
    return mean(_at((total - 1) // 2, counts) + _at(total // 2, counts), 2)


def _at(place: int, counts: Sequence[tuple[int, int]]) -> int:
    """Delay of the record at a place in the order of delays."""
    for delay, records in counts:
        if place < records:
            return delay
        place -= records
    raise IndexError(place)


REPORT = ReportSchema(
    name="facilities",
    rows="Facilities that sent records of the date or of one of the 28 days before, by name; first "
    "`(not given)`, the records without `facility_id`. No rows where no record names a facility.",
    columns=(
        Column("facility", "text", "", "facility_id of the records", is_key=True),
        Column(
            "messages",
            "whole",
            "lines",
            "data lines stored of the date, replaced ones too; a record that came twice the same counts once",
        ),
        Column("records", "whole", "records", "records that count"),
        *(
            Column(f"rejected_{group}", "whole", "messages", meaning)
            for group, meaning in zip(
                REJECT_GROUPS,
                (
                    "rejected messages of the facility and the date whose bytes cannot be read",
                    "those that lack a field or a value",
                    "those with a value that breaks a rule",
                ),
                strict=True,
            )
        ),
        Column(
            "expected",
            "number",
            "records",
            "mean of its records on the observed same weekdays of the 4 weeks before",
            null_reason=NullReason.NO_FEED,
        ),
        Column(
            "share_of_expected",
            "number",
            "share",
            "records / expected; empty when nothing is expected",
            null_like="expected",
        ),
        Column(
            "hours_since_last",
            "number",
            "hours",
            "from its newest recorded_at, of the date or the 28 days before, to the date's end; 0 when later",
        ),
        Column("completeness", "number", "share, 0 to 1", "expected optional fields that its records have"),
        Column("median_delay", "number", "days", "from the date to the day of recorded_at, median"),
    ),
    make=make,
    days_read=DAYS_READ,
    # Messages, no people: beside the lines of the date they would end how many records another facility has,
    # and rejected ones beside those of all reasons how many another one sent.
    relations=Relations(
        meanings={
            "messages": WITHHELD,
            "records": Counted("records"),
            **{f"rejected_{group}": WITHHELD for group in REJECT_GROUPS},
            "expected": Average(Counted("records"), SAME_WEEKDAYS),
            "share_of_expected": Average(Counted("records"), SAME_WEEKDAYS, compared="share"),
            "hours_since_last": WITHHELD,
            "completeness": WITHHELD,
            "median_delay": WITHHELD,
        },
        dimensions={"facility": "facility"},
        base="records",
        ties=(
            Sum("records", over="facility", unless_all_zero=True),
            AtMost("visits", "records"),
        ),
    ),
)
