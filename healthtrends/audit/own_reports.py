"""Audit of this program's own releases: `reports.toml` says what their tables mean."""

from collections.abc import Mapping, Sequence
from importlib import resources

import msgspec

from healthtrends.audit.description import Description, parse_description
from healthtrends.audit.judge import Finding, audit
from healthtrends.audit.over_time import compare_releases


def audit_release(reports: Mapping[str, bytes], hidden_below: int) -> list[Finding]:
    """Judge every hidden count of the released reports of one date, CSV by name; see `audit`."""
    files = {f"{name}.csv": content for name, content in reports.items()}
    return audit(_description(files, hidden_below), files)


def audit_again(before: Mapping[str, bytes], after: Mapping[str, bytes], hidden_below: int) -> list[Finding]:
    """Judge the differences between two releases of one date; see `compare_releases`."""
    kept = [name for name in after if name in before]
    old, new = ({f"{name}.csv": reports[name] for name in kept} for reports in (before, after))
    return compare_releases(_description(new, hidden_below), old, new)


def _description(files: Mapping[str, bytes], hidden_below: int) -> Description:
    about = _restricted(describe_reports(), files)
    policy = msgspec.structs.replace(about.policy, name=None, hidden_below=hidden_below)
    return msgspec.structs.replace(about, policy=policy)


def describe_reports() -> Description:
    """Read the description of all reports."""
    return parse_description((resources.files("healthtrends.audit") / "reports.toml").read_bytes())


def _restricted(about: Description, files: Mapping[str, bytes]) -> Description:
    """What it says of these files."""
    return msgspec.structs.replace(
        about,
        tables=tuple(table for table in about.tables if table.file in files),
        derived=tuple(each for each in about.derived if each.table in files),
        statistics=tuple(each for each in about.statistics if each.table in files),
        within=tuple(each for each in about.within if not each.table or each.table in files),
    )


def column_of(finding: Finding) -> tuple[str, str]:
    """Report and column of a finding."""
    report, _, column = finding.table.partition(".csv")
    return report, column.removeprefix(": ") or "value"


def words_of(findings: Sequence[Finding]) -> list[str]:
    """Exposed counts, one sentence each: which, what can be told, and by which equations."""
    return [_sentence(finding) for finding in findings if finding.is_exposed]


def _sentence(finding: Finding) -> str:
    lower, upper = int(finding.bounds.lower), int(finding.bounds.upper)
    value = f"is {lower}" if lower == upper else f"lies from {lower} to {upper}"
    keys = ", ".join(f"{column}={word}" for column, word in finding.keys.items())
    return f"{finding.table}, {keys}: {value}, because {'; '.join(finding.reasons[:4])}"
