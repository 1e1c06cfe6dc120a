"""`_meta.json` beside each report: how it was made, and what is hidden in it."""

from collections import Counter

import msgspec

from healthtrends.publish.issue_manifest import Issue, Provenance, ReleaseSource
from healthtrends.reports.report import Report
from healthtrends.reports.suppressed import rules_of

DETECTED = ("alarms", "trends")
"""Reports that a detector makes."""


def encode_meta(issue: Issue, report: Report) -> bytes:
    """The `_meta.json` of one report: how it was made, and why numbers are missing in it."""
    source = issue.source
    is_exact = source.release is None  # else it says what `quality` may hide
    return format_json(
        {
            "report": report.name,
            "date": source.date,
            "issue": issue.number,
            "commit_sequence": source.seq,
            **(_describe_input(source) if is_exact else {}),
            "days_before": source.days_before_of(report.name),
            "engine": source.engine,
            "engine_version": source.engine_version,
            "program_version": issue.program_version,
            "run_id": source.run_id,
            "reason": source.reason,
            "generated_at": issue.published_at,
            "state": source.state,
            "provisional_until": source.provisional_until,
            "feed": "observed" if source.fed else "none",
            **({"pseudonym_keys": source.pseudonym_keys} if source.pseudonym_keys > 1 else {}),
            **({"detection": source.detection} if report.name in DETECTED else {}),
            "missing": report.count_nulls() if is_exact else _hidden_fields(report),
            **({"release": describe_release(source.release)} if source.release is not None else {}),
            "changes_since": issue.since,
            "changes": issue.changes.get(report.name),
            "sha256": issue.reports[report.name].sha256,
        }
    )


def _describe_input(source: Provenance) -> dict[str, int]:
    return {"input_records": source.input_records, "input_files": len(source.input_names)}


def _hidden_fields(report: Report) -> dict[str, dict[str, int]]:
    """How many fields of each column are hidden, by rule, as the column `suppressed` says."""
    found: dict[str, Counter[str]] = {}
    for row in report.records():
        for column, rule in rules_of(row).items():
            found.setdefault(column, Counter())[rule] += 1
    return {column: dict(sorted(rules.items())) for column, rules in found.items()}


_NOT_ZERO = "A hidden field is empty, never 0: empty is not zero."
_HIDING = (
    "Counts from 1 to {greatest} are hidden, and others with which they could be computed. "
    f"A count that shows is 0 or at least {{least}}. {_NOT_ZERO}"
)
_EXACT = "no count is rounded; shares and ratios have 4 digits, percents and means 2"
_DERIVED = (
    "shares, ratios and percents are made of the numbers that show; means and medians are whole numbers"
)
_OPENSAFELY = (
    "Counts from 1 to 7 are hidden, and others with which they could be told more closely. " + _NOT_ZERO,
    "counts to the nearest 5; a total in a row is the sum of its rounded counts where all show; " + _DERIVED,
)
_MIDPOINT6 = (
    "A count shows as the middle of its class of six: 1 to 6 are 3, 7 to 12 are 9. A count is hidden only "
    "where a small one could be told more closely. " + _NOT_ZERO,
    "counts, in the columns that end in _midpoint6, to ceil(count / 6) * 6 - 3; " + _DERIVED,
)
_RULES = {"opensafely": _OPENSAFELY, "midpoint6": _MIDPOINT6}


def describe_release(release: ReleaseSource) -> dict[str, object]:
    """What a release says of itself, in the `_meta.json` of its reports and in its data package."""
    least = release.hidden_below
    rule, rounded = _RULES.get(release.policy, (_HIDING.format(least=least, greatest=least - 1), _EXACT))
    return {
        **msgspec.to_builtins(release),
        "rule": rule,
        "reasons": {
            "primary": f"the count is from 1 to {least - 1}",
            "complementary": "with it a hidden count could be computed; it may be small itself",
            "whole_row": "the row's own count is hidden, so all of the row is",
            "repeat_visits": "beside the row's patients these visits would tell how many people came more "
            "than once, here or in another row",
            "sex_split": f"a count of a gender in the row is from 1 to {least - 1}, so all are hidden",
            "statistic_of_few": "it is made of a hidden count, of counts that were not released, or of few",
        },
        "rounded": rounded,
        "ages": "in means and medians ages from 90 on count as 90",
        "audit": {
            "passed": True,
            "hidden_counts": release.audited,
            "method": "least and greatest value of each hidden count that fit all released numbers of the "
            "date, by linear programs (HiGHS), from the released files alone; where more than 30 hang "
            "together, values that a count was seen to have, as soon as it is as free as the rule asks for",
        },
    }


def format_json(value: object) -> bytes:
    """JSON that people can read."""
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
