"""All reports, in the order in which they are made and published.

A new report is one module with a `REPORT`, and its line in `_BUILT_IN`. Everything else is derived.
"""

from collections.abc import Mapping
from types import MappingProxyType

from healthtrends.reports import (
    age_distribution,
    alarms,
    diagnosis_detail,
    diagnosis_groups,
    facilities,
    gender_breakdown,
    nowcast,
    places,
    quality,
    top_diagnoses,
    treatment_outcomes,
    trend_summary,
    trends,
    visit_frequency,
)
from healthtrends.reports.context import ReportContext
from healthtrends.reports.report import Report, decode_csv, make_report
from healthtrends.reports.schema import ReportSchema

_BUILT_IN = (
    trend_summary.REPORT,
    diagnosis_detail.REPORT,
    top_diagnoses.REPORT,
    age_distribution.REPORT,
    gender_breakdown.REPORT,
    treatment_outcomes.REPORT,
    visit_frequency.REPORT,
    facilities.REPORT,
    quality.REPORT,
    diagnosis_groups.REPORT,
    places.REPORT,
    alarms.REPORT,
    trends.REPORT,
    nowcast.REPORT,
)
_registered: dict[str, ReportSchema] = {report.name: report for report in _BUILT_IN}


def schemas() -> Mapping[str, ReportSchema]:
    """All reports by name, in their order."""
    return MappingProxyType(_registered)


def register(report: ReportSchema) -> None:
    """Add a report after the others. Raises ValueError when its name is taken."""
    if report.name in _registered:
        raise ValueError(f"there is a report {report.name} already")
    _registered[report.name] = report


def unregister(name: str) -> None:
    """Take a report out again that `register` added."""
    if any(report.name == name for report in _BUILT_IN):
        raise ValueError(f"{name} belongs to the program")
    del _registered[name]


def find_schema(name: str) -> ReportSchema:
    """Give the schema of a report; that of an unknown name has no columns: all its cells are text."""
    return _registered.get(name) or ReportSchema(name, (), "", make=lambda _: ())


def make_reports(context: ReportContext) -> dict[str, Report]:
    """Make every report of a date, in their order; of a date without records they hold fixed rows with 0."""
    is_fed = context.totals.lines > 0
    return {
        name: make_report(schema, schema.make(context), is_fed=is_fed) for name, schema in schemas().items()
    }


def decode_report(name: str, content: bytes, *, is_fed: bool) -> Report:
    """Read the file of a report by the schema of its name. Raises ValueError."""
    return decode_csv(find_schema(name), content, is_fed=is_fed)


def decode_reports(contents: Mapping[str, bytes], *, is_fed: bool) -> dict[str, Report]:
    """Read the files of some reports, by name. Raises ValueError."""
    return {name: decode_report(name, content, is_fed=is_fed) for name, content in contents.items()}


def days_read() -> Mapping[str, tuple[int, ...]]:
    """Of each report that reads days before its own: how many days back these lie."""
    return {name: schema.days_read for name, schema in schemas().items() if schema.days_read}


def patients_read() -> tuple[int, ...]:
    """How many days back the days lie whose patients by code some report needs, nearest first."""
    return tuple(sorted({back for schema in schemas().values() for back in schema.patients_read}))


def longest_look_back() -> int:
    """How many days before its date any report reads at most: what makes an issue stale, no window."""
    return max((max(days) for days in days_read().values()), default=0)
