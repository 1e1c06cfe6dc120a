"""The alarms of an issue as a page shows them: entries as published, with curves and what people said."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from healthtrends.model.annotation import Annotation, said_of_alarm
from healthtrends.orchestrate.views import Views
from healthtrends.page.alarm_data import AlarmCurve, AlarmEntry, AlarmList, Remark
from healthtrends.publish.issue_manifest import Issue
from healthtrends.reports.report import Report

REPORT = "alarms"
_ALSO = re.compile(r"; with (.+)$")
"""At the end of the sentence of `detect.triage`: the series that the entry stands for too."""


def page_alarms(issue: Issue, reports: Mapping[str, Report], views: Views) -> AlarmList | None:
    """Give the list of an issue; None: its version had no such report. Raises HdfsUnavailable."""
    detection = issue.source.detection
    if REPORT not in reports or detection is None:
        return None
    report = reports[REPORT]
    rows = [dict(zip(report.column_names, row, strict=True)) for row in report.text_rows()]
    curves = views.alarm_curves(issue.date, [(row["level"], row["code"]) for row in rows])
    return AlarmList(
        entries=[
            _entry(row, issue.date, views.annotations, curves.get((row["level"], row["code"])))
            for row in rows
        ],
        answer=detection.answer,
        detector=detection.detector,
        parameters=detection.parameters,
        tested=detection.tested,
        untested=detection.untested,
        days=detection.days,
    )


def _entry(
    row: Mapping[str, str], date: dt.date, said: Sequence[Annotation], curve: AlarmCurve | None
) -> AlarmEntry:
    since = dt.date.fromisoformat(row["since"])
    also = _ALSO.search(row["reason"])
    entry = AlarmEntry(
        level=row["level"],
        code=row["code"],
        title=row["title"],
        detector=row["detector"],
        observed=int(row["observed"]),
        expected=float(row["expected"]) if row["expected"] else None,
        upper=int(row["upper"]),
        severity=row["severity"],
        since=since,
        days=(date - since).days + 1,
        p=float(row["p"]) if row["p"] else None,
        also=[_series(each) for each in also[1].split(", ")] if also else (),
        remarks=[_remark(each) for each in said_of_alarm(said, row["code"], since, date)],
    )
    return replace(entry, curve=_as_published(curve, entry)) if curve is not None else entry


def _series(text: str) -> tuple[str, str]:
    level, _, code = text.partition(" ")
    return level, code


def _as_published(curve: AlarmCurve, entry: AlarmEntry) -> AlarmCurve:
    """The curve with the published numbers of its last day, whose cube may be another or on its way."""
    return replace(
        curve,
        observed=[*curve.observed[:-1], entry.observed],
        expected=[*curve.expected[:-1], entry.expected],
        upper=[*curve.upper[:-1], entry.upper],
        is_alarm=[*curve.is_alarm[:-1], True],
    )


def _remark(said: Annotation) -> Remark:
    return Remark(
        kind=said.kind,
        by=said.by,
        at=dt.datetime.fromisoformat(said.at),
        date=dt.date.fromisoformat(said.first),
        note=said.note,
    )
