"""The published alarms of dates, with what people said of them, as the command shows them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from healthtrends.errors import UsageError
from healthtrends.model.annotation import Annotation, said_of_alarm
from healthtrends.orchestrate.annotations import Annotations
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.report import Report

REPORT = "alarms"
NOT_SEPARABLE = "not_separable"
"""Answer where one file holds what was known at a time, and what came later."""
_DAYS = ("observed", "expected", "upper", "severity")
_WHY = {
    "tested": "Nothing rose beyond the usual: an ordinary day.",
    "quiet_feed": "Far fewer visits came than on the days like it: that says little.",
    "too_short": "Too few days before are known to say what is usual.",
    "missing": "No record had come.",
    "unpublished": "The reports were taken back.",
    NOT_SEPARABLE: "Records were merged, computed or deleted since: what was known then cannot be told.",
}


@dataclass(frozen=True, slots=True)
class ListedAlarm:
    """One entry of a date's list."""

    row: dict[str, str]
    """By column, as the file has it."""
    date: dt.date
    said: Sequence[Annotation]

    @property
    def key(self) -> tuple[str, str]:
        """Level and code."""
        return self.row["level"], self.row["code"]

    @property
    def since(self) -> dt.date:
        """First day of the run of alarms."""
        return dt.date.fromisoformat(self.row["since"])

    @property
    def days(self) -> int:
        """Days in alarm, the date among them."""
        return (self.date - self.since).days + 1

    def to_dict(self) -> dict[str, object]:
        """As JSON: the row, the days, and what was said."""
        said = [
            {"kind": each.kind, "by": each.by, "at": each.at, "date": each.first, "note": each.note}
            for each in self.said
        ]
        return {**self.row, "days": self.days, "said": said}


@dataclass(frozen=True, slots=True)
class AlarmsOfDate:
    """The list of a date."""

    date: dt.date
    issue: int | None
    """None: nothing was published, and the alarms were found now."""
    state: str
    answer: str
    """As in `model.signals`, or unpublished, or `NOT_SEPARABLE`; empty: an earlier version did not say."""
    alarms: Sequence[ListedAlarm]

    @property
    def origin(self) -> str:
        """Issue that the list is from, or that it was found now."""
        return self.state if self.issue is None else f"issue {self.issue}"

    @property
    def why_none(self) -> str:
        """Why there is no alarm, in a sentence."""
        return _WHY.get(self.answer, _WHY["tested"])


class PublishedAlarms:
    """Lists of the newest issues."""

    def __init__(self, issues: Issues, annotations: Annotations) -> None:
        self._issues = issues
        self._annotations = annotations

    def of_date(self, date: dt.date, code: str | None = None) -> AlarmsOfDate:
        """Read the list of a date; `code`: only this one and those below it.

        Raises UsageError, DamageFound.
        """
        return read_published(self._issues, self._issue(date), self._annotations.said(), code)

    def find(self, date: dt.date, code: str) -> ListedAlarm:
        """Find the alarm of a code, which may be without its level. Raises UsageError when there is none."""
        found = self.of_date(date).alarms
        for each in found:
            if each.row["code"].upper() == code.upper():
                return each
        codes = ", ".join(each.row["code"] for each in found)
        raise UsageError(
            f"there is no alarm of {code} on {date}",
            f"there are alarms of {codes}" if codes else "there is no alarm on that day",
            f"`healthtrends alarms {date}` lists them",
        )

    def days_of(self, date: dt.date, alarm: ListedAlarm) -> list[tuple[str, ...]]:
        """Date and numbers of each day of an alarm since it began, as they were published; oldest first."""
        found = []
        for back in range((date - alarm.since).days, -1, -1):
            day = date - dt.timedelta(days=back)
            issue = self._issues.newest(day)
            if issue is None or REPORT not in issue.reports:
                continue
            found += [
                (day.isoformat(), *(row[name] for name in _DAYS))
                for row in _rows(self._issues.read(issue, REPORT))
                if (row["level"], row["code"]) == alarm.key
            ]
        return found

    def _issue(self, date: dt.date) -> Issue:
        issue = self._issues.newest(date)
        if issue is None or REPORT not in issue.reports:
            raise UsageError(
                f"no alarms are published for {date}",
                "no issue of it has this report",
                f"`healthtrends run {date}` publishes them",
            )
        return issue


def find_published(issues: Issues, date: dt.date, end: dt.datetime | None) -> Issue | None:
    """Find the newest issue of a date that was there at a moment, None: now; it may be a withdrawal.

    Without any, or where an earlier version made no alarms, there is none.
    """
    found = [each for each in issues.all(date) if end is None or each.moment <= end]
    is_one = bool(found) and (found[-1].is_withdrawal or REPORT in found[-1].reports)
    return found[-1] if is_one else None


def read_published(
    issues: Issues, issue: Issue, said: Sequence[Annotation], code: str | None = None
) -> AlarmsOfDate:
    """Read the list of an issue, with what was `said`. Raises UsageError, DamageFound."""
    date, state = issue.date, issue.source.state
    if issue.is_withdrawal:
        return AlarmsOfDate(date, issue.number, state, state, [])
    listed = list_alarms(_rows(issues.read(issue, REPORT)), date, said, code)
    detection = issue.source.detection
    return AlarmsOfDate(date, issue.number, state, detection.answer if detection else "", listed)


def list_alarms(
    rows: Iterable[dict[str, str]], date: dt.date, said: Sequence[Annotation], code: str | None = None
) -> list[ListedAlarm]:
    """Put what was said to the rows of a date; `code`: only this one and those below it."""
    wanted = (code or "").upper()
    return [
        ListedAlarm(row, date, said_of_alarm(said, row["code"], dt.date.fromisoformat(row["since"]), date))
        for row in rows
        if not wanted or row["code"].upper().startswith(wanted)
    ]


def _rows(report: Report) -> list[dict[str, str]]:
    return [dict(zip(report.column_names, row, strict=True)) for row in report.text_rows()]
