"""New alarms: what the alert hook is told of, once for each alarm.

An alarm that goes on over days is one alarm, and so is that of a code whose category or block is listed in
its place on another day. Nothing is kept for this: an alarm is new when no issue before this run lists it,
neither of its date, nor of a day since it began, nor of the next day.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from healthtrends.analyze.code_strata import code_of
from healthtrends.errors import DamageFound
from healthtrends.icd.codes import CATEGORY
from healthtrends.icd.edition import Edition
from healthtrends.model.signals import SEVERITIES, STRATA
from healthtrends.model.syndrome import Syndrome
from healthtrends.observe import event
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.report import Report
from healthtrends.reports.schema import Value

REPORT = "alarms"
Key = tuple[str, str]
"""Level and code."""


class NewAlarm(msgspec.Struct, frozen=True, kw_only=True):
    """One new entry of a date's list; counts of patients, never a value of one."""

    date: dt.date
    level: str
    code: str
    title: str
    """In English; empty: none is known."""
    severity: str
    observed: int
    expected: float | None
    """None: the detector does not say."""
    upper: int
    """Greatest count of the date that would be no alarm."""
    since: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmNewsRule:
    """Which alarms the hook is told of."""

    lowest: Literal["off", "low", "medium", "high"] = "off"
    """Least severity; off: none."""
    min_count: int = 1
    """Least patients of the date."""
    max_age: int = 7
    """Greatest age of the date in days: a run over years tells nothing of outbreaks that are over."""

    def takes(self, row: dict[str, Value]) -> bool:
        """Whether a row of the report is told of."""
        severities: Sequence[str] = SEVERITIES
        is_severe = severities.index(str(row["severity"])) <= severities.index(self.lowest)
        return is_severe and int(str(row["observed"])) >= self.min_count


class AlarmNews:
    """New alarms of one run."""

    def __init__(
        self,
        issues: Issues,
        rule: AlarmNewsRule,
        edition: Edition,
        syndromes: Sequence[Syndrome],
        today: dt.date,
    ) -> None:
        self._issues = issues
        self._rule = rule
        self._edition = edition
        self._syndromes = syndromes
        self._oldest = today - dt.timedelta(days=rule.max_age)
        self._new: dict[dt.date, list[NewAlarm]] = {}
        self._listed: dict[dt.date, set[Key]] = {}
        """By date, what this run lists."""
        self._issued: dict[dt.date, set[Key]] = {}
        """By date, what the issues before list."""

    def of_date(self, date: dt.date, report: Report) -> list[NewAlarm]:
        """Give the new ones of a report that is about to be published. Another attempt gets the same.

        Raises HdfsUnavailable.
        """
        if self._rule.lowest == "off" or date < self._oldest:
            return []
        if date not in self._new:
            rows = [row for row in report.records() if self._rule.takes(row)]
            self._new[date] = [_alarm(date, row) for row in rows if not self._is_told(date, row)]
            self._listed[date] = set(map(_key, rows))
        return self._new[date]

    def _is_told(self, date: dt.date, row: dict[str, Value]) -> bool:
        since = dt.date.fromisoformat(str(row["since"]))
        return any(
            self._is_same(_key(row), each)
            for day in (date, *_back(date, since), date + dt.timedelta(days=1))
            for each in self._listed.get(day, set()) | self._issued_on(day)
        )

    def _issued_on(self, date: dt.date) -> set[Key]:
        """What issues of a date list; one that cannot be read told nothing."""
        if date not in self._issued:
            try:
                self._issued[date] = set(self._read(date))
            except DamageFound:
                event("alert.issue_unreadable", date=date.isoformat())
                self._issued[date] = set()
        return self._issued[date]

    def _read(self, date: dt.date) -> Iterator[Key]:
        found = self._issues.all(date)
        for issue in found:
            if REPORT in issue.reports and issue.number > found[-1].dropped:
                rows = self._issues.read(issue, REPORT).records()
                yield from (_key(row) for row in rows if self._rule.takes(row))

    def _is_same(self, one: Key, other: Key) -> bool:
        return one in self._with_groups(other) or other in self._with_groups(one)

    def _with_groups(self, key: Key) -> set[Key]:
        """A series and those that its patients are counted in too."""
        level, code = key
        if level in STRATA:
            return {key} | self._with_groups(("diagnosis", code_of(code)))
        if level in ("chapter", "syndrome"):
            return {key}
        group = self._edition.group(code)
        found = {key, ("chapter", group.chapter)}
        if level != "block":
            found |= {("block", group.block), ("category", code[:CATEGORY])}
        if level == "diagnosis":
            found |= {("syndrome", each.name) for each in self._syndromes if code in each}
        return found


def _key(row: dict[str, Value]) -> Key:
    return str(row["level"]), str(row["code"])


def _back(date: dt.date, first: dt.date) -> Iterator[dt.date]:
    """Days before a date, down to the first."""
    return (date - dt.timedelta(days=back) for back in range(1, (date - first).days + 1))


def _alarm(date: dt.date, row: dict[str, Value]) -> NewAlarm:
    expected = row["expected"]
    return NewAlarm(
        date=date,
        level=str(row["level"]),
        code=str(row["code"]),
        title=str(row["title"] or ""),
        severity=str(row["severity"]),
        observed=int(str(row["observed"])),
        expected=None if expected is None else float(expected),
        upper=int(str(row["upper"])),
        since=dt.date.fromisoformat(str(row["since"])),
        reason=str(row["reason"]),
    )
