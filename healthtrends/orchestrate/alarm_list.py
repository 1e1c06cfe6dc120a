"""The published alarms of dates, with what people said of them, as the command shows them."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from healthtrends.errors import UsageError
from healthtrends.model.annotation import Annotation, said_of_alarm
from healthtrends.orchestrate.annotations import Annotations
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.reports.report import Report

REPORT = "alarms"
_DAYS = ("observed", "expected", "upper", "severity")
_WHY = {
    "tested": "Nothing rose beyond the usual: an ordinary day.",
    "quiet_feed": "Far fewer visits came than on the days like it: that says little.",
    "too_short": "Too few days before are known to say what is usual.",
    "missing": "No record ever came for it.",
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

    issue: int
    state: str
    answer: str
    """As in `model.signals`; empty: an earlier version did not say."""
    alarms: Sequence[ListedAlarm]

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
        issue = self._issue(date)
        said = self._annotations.said()
        wanted = (code or "").upper()
        listed = [
            ListedAlarm(
                row, date, said_of_alarm(said, row["code"], dt.date.fromisoformat(row["since"]), date)
            )
            for row in _rows(self._issues.read(issue, REPORT))
            if not wanted or row["code"].upper().startswith(wanted)
        ]
        detection = issue.source.detection
        return AlarmsOfDate(issue.number, issue.source.state, detection.answer if detection else "", listed)

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


def _rows(report: Report) -> list[dict[str, str]]:
    return [dict(zip(report.column_names, row, strict=True)) for row in report.text_rows()]
