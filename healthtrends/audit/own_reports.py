"""Audit of this program's own releases: `reports.toml` says what their tables mean."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from importlib import resources

import msgspec

from healthtrends.audit.comparisons import audit_comparisons
from healthtrends.audit.description import Description, complete, parse_description
from healthtrends.audit.judge import Finding, audit
from healthtrends.audit.over_time import compare_releases
from healthtrends.audit.over_time_description import describe_over_time
from healthtrends.audit.two_releases import audit_together
from healthtrends.audit.windows import audit_windows
from healthtrends.observe import Bar


def audit_release(
    reports: Mapping[str, bytes], hidden_below: int, policy: str = "", bar: Bar | None = None
) -> list[Finding]:
    """Judge every hidden count of the released reports of one date, CSV by name; see `audit`.

    `policy` is the name of one that rounds; of others the threshold says all.
    """
    files = _as_files(reports)
    return audit(_description(files, hidden_below, policy), files, bar=bar)


def audit_again(
    before: Mapping[str, bytes], after: Mapping[str, bytes], hidden_below: int, policy: str = ""
) -> list[Finding]:
    """Judge two releases of one date: their differences, and what they tell together.

    See `compare_releases` and `audit_together`.
    """
    kept = [name for name in after if name in before]
    old, new = ({f"{name}.csv": reports[name] for name in kept} for reports in (before, after))
    about = _description(new, hidden_below, policy)
    return compare_releases(about, old, new) or audit_together(about, old, new)


def audit_over_time(
    date: dt.date,
    reports: Mapping[str, bytes],
    others: Mapping[dt.date, Mapping[str, bytes]],
    before: Callable[[dt.date], Mapping[str, bytes] | None],
    hidden_below: int,
    policy: str = "",
) -> list[Finding]:
    """Judge the release of a date with those of other dates; only exposed counts.

    `others` are released reports of dates near it, `before` gives those of a date that its comparisons are
    made of. See `windows` and `comparisons`. Under a policy that rounds no windows are released.
    """
    about = _with_policy(describe_reports(), hidden_below, policy)

    def files_of(day: dt.date) -> Mapping[str, bytes] | None:
        found = before(day)
        return None if found is None else _as_files(found, about.policy.ending)

    files = _as_files(reports, about.policy.ending)
    dates = {date: files, **{day: _as_files(found) for day, found in others.items()}}
    return [
        *([] if about.policy.rounds else audit_windows(about, describe_over_time().windows, date, dates)),
        *audit_comparisons(date, files, files_of, hidden_below),
    ]


def _as_files(reports: Mapping[str, bytes], ending: str = "") -> dict[str, bytes]:
    """By name of the file; without the ending of names of columns."""
    files = {}
    for name, content in reports.items():
        header, line_end, rest = content.partition(b"\n")
        files[f"{name}.csv"] = header.replace(ending.encode(), b"") + line_end + rest
    return files


def _description(files: Mapping[str, bytes], hidden_below: int, policy: str) -> Description:
    return _with_policy(_restricted(describe_reports(), files), hidden_below, policy)


def _with_policy(about: Description, hidden_below: int, policy: str) -> Description:
    name = policy if policy in ("opensafely", "midpoint6") else None
    rule = complete(msgspec.structs.replace(about.policy, name=name, hidden_below=hidden_below))
    return msgspec.structs.replace(about, policy=rule)


def describe_reports() -> Description:
    """Read the description of all reports."""
    return parse_description((resources.files("healthtrends.audit") / "reports.toml").read_bytes())


def _restricted(about: Description, files: Mapping[str, bytes]) -> Description:
    """What it says of these files."""
    return msgspec.structs.replace(
        about,
        tables=tuple(table for table in about.tables if table.file in files),
        derived=tuple(each for each in about.derived if each.table in files),
        shares=tuple(each for each in about.shares if each.table in files),
        statistics=tuple(each for each in about.statistics if each.table in files),
        within=tuple(each for each in about.within if not each.table or each.table in files),
    )


def column_of(finding: Finding) -> tuple[str, str]:
    """Report and column of a finding."""
    report, _, column = finding.table.partition(".csv")
    return report, column.removeprefix(": ") or "value"


def words_of(findings: Sequence[Finding]) -> list[str]:
    """Exposed counts, one sentence each: which, what can be told, and by which equations."""
    return [_sentence(finding) for finding in findings if not finding.passes]


def _sentence(finding: Finding) -> str:
    if not finding.is_decided:
        return f"{finding.table}, {_keys(finding)}: not decided, because {'; '.join(finding.reasons)}"
    lower, upper = int(finding.bounds.lower), int(finding.bounds.upper)
    value = f"is {lower}" if lower == upper else f"lies from {lower} to {upper}"
    return f"{finding.table}, {_keys(finding)}: {value}, because {'; '.join(finding.reasons[:4])}"


def _keys(finding: Finding) -> str:
    return ", ".join(f"{column}={word}" for column, word in finding.keys.items())
