"""What an issue puts into the folders of its reports, as numbers for the sinks."""

from collections.abc import Mapping

from healthtrends.observe import is_measured, measure
from healthtrends.publish.issue_manifest import Issue
from healthtrends.reports.report import Report


def measure_issue(folder: str, issue: Issue, reports: Mapping[str, Report]) -> None:
    """Measure an issue of `reports`, by name, below `folder`: rows and bytes of each, and what was read."""
    if not is_measured():
        return
    source = issue.source
    measure(
        "issue.published",
        folder=folder,
        date=issue.date.isoformat(),
        seq=source.seq,
        records=source.input_records,
        files=len(source.input_names),
        engine=source.engine,
        engine_version=source.engine_version,
        is_release=source.release is not None,
        reports={name: (len(reports[name].rows), file.bytes) for name, file in issue.reports.items()},
    )
