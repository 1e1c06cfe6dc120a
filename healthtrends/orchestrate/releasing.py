"""The release of a date: hide what has to be hidden, audit the files as they will lie there, publish.

A release is published as an issue of the house is, in a folder of its own: it is whole or not there. What the
audit does not pass is not written anywhere.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import msgspec

from healthtrends.audit.judge import Finding
from healthtrends.audit.own_reports import audit_again, audit_release, column_of, words_of
from healthtrends.audit.page import audit_page
from healthtrends.errors import DamageFound, QualityGate, ReleaseRefused, UsageError
from healthtrends.observe import counted, progress
from healthtrends.orchestrate.capped_ages import read_capped_ages
from healthtrends.orchestrate.dependencies import Dependencies, ReleaseOptions
from healthtrends.orchestrate.earlier_releases import EarlierReleases
from healthtrends.orchestrate.release_neighbours import Neighbours
from healthtrends.orchestrate.released_dates import PAGE, PAGES, Released, ReleasedDates, overtaken
from healthtrends.page.document import FILE_NAME
from healthtrends.page.released import ReleaseFacts, render_released
from healthtrends.publish.issue_manifest import Issue, ReleaseSource, withdrawal
from healthtrends.publish.report_folders import CSV_NAME
from healthtrends.release.counts import released_counts
from healthtrends.release.disclose import Exposed, Release, release
from healthtrends.release.rule import Rule, find_rule
from healthtrends.reports.report import Report
from healthtrends.storage.cubes import Cubes

_ATTEMPTS = 4
"""Audits of a release, each of which may find counts that the next one protects."""
_WITH_WINDOWS = 2
"""Attempts with windows of several days: what is still exposed then is so by them more often than not."""
_ROUNDED_ATTEMPTS = 8
"""The same where counts are rounded: each protects less, without programs of its own."""


class Releases:
    """Releases of one root."""

    def __init__(self, dependencies: Dependencies, released: ReleasedDates) -> None:
        self._released = released
        self._issues = released.issues
        self._store = released.store
        self._room = dependencies.pages
        self._pool = dependencies.pool
        self._neighbours = Neighbours(dependencies.pool, released.store)
        self._cubes = Cubes(dependencies.pool, dependencies.layout)

    def make(self, issue: Issue, options: ReleaseOptions, run_id: str) -> Released:
        """Release an issue. Raises ReleaseRefused when the audit does not pass, UsageError, QualityGate."""
        date, rule = issue.date, find_rule(options.policy, options.hidden_below)
        self._released.begin(date)
        self._neighbours.check_rule(date, rule)
        released, found = self._protected(issue, rule)
        reports = {name: each.report for name, each in released.reports.items()}
        files = {name: report.csv() for name, report in reports.items()}
        _check(date, [*found, *self._differences(date, files, rule)])
        said = _source(issue, released, len(found), forced=options.force)
        source = msgspec.structs.replace(issue.source, run_id=run_id, release=said)
        published = self._store.publish(source, reports, self._attach)
        return Released(date, "released", published.number, said, released.losses)

    def _protected(self, issue: Issue, rule: Rule) -> tuple[Release, list[Finding]]:
        """Make a release and audit it; what the audit does not pass is protected in the next attempt."""
        exact, earlier = self._issues.read_reports(issue), EarlierReleases(self._store, issue.date)
        ages = read_capped_ages(self._cubes, issue, exact)
        exposed: list[list[Exposed]] = []
        with_windows = rule.rounding is None
        for attempt in range(1, 1 + (_ATTEMPTS if rule.rounding is None else _ROUNDED_ATTEMPTS)):
            released = release(exact, rule, earlier, exposed, ages, with_windows=with_windows)
            files = {name: each.report.csv() for name, each in released.reports.items()}
            found = _audit(issue.date, files, rule)
            over_time = self._neighbours.audit(issue.date, files, rule)
            new = [Exposed(*column_of(each), each.keys) for each in found if not each.passes]
            if not new and not (over_time and with_windows):
                break
            exposed.append(new)
            with_windows = with_windows and not over_time and attempt < _WITH_WINDOWS
        return released, [*found, *over_time]

    def check_beside(self, release: Issue) -> None:
        """Judge a committed release with those of other dates; take it back and raise ReleaseOvertaken."""
        source = release.source
        if source.release is None:
            return
        rule = find_rule(source.release.policy, source.release.hidden_below)
        files = {name: report.csv() for name, report in self._store.read_reports(release).items()}
        if any(not each.passes for each in self._neighbours.audit(release.date, files, rule)):
            self._store.withdraw(withdrawal(release.date, source.seq, source.head, source.run_id))
            raise overtaken(release.date)

    def audit(self, date: dt.date) -> list[Finding]:
        """Judge what lies under `release/` of a date, and beside it every earlier release of the date.

        Nothing else is read. Raises UsageError when nothing was released.
        """
        newest, said = self._released.newest(date)
        layout, rule = self._released.layout, find_rule(said.policy, said.hidden_below)
        paths = {name: f"{layout.report(name, date)}/{CSV_NAME}" for name in newest.reports}
        found = self._pool.map(self._read, paths.values())
        files = {name: content for name, content in zip(paths, found, strict=True) if content is not None}
        if missing := sorted(paths[name] for name in paths if name not in files):
            raise DamageFound(
                f"{missing[0]} is missing",
                f"{counted(len(missing), 'file')} of the release of {date} cannot be audited",
                f"`healthtrends release {date}` puts it back",
            )
        differences = self._differences(date, files, rule, newest.number)
        shown: list[Finding] = []
        if PAGE in newest.attachments:
            page = self._read(f"{layout.report(PAGES, date)}/{FILE_NAME}")
            shown = audit_page(page or b"", files, rule.hidden_below)
        over_time = self._neighbours.audit(date, files, rule, newest.moment)
        with progress(f"audit {date}", None, "hidden counts") as bar:
            own = audit_release(files, rule.hidden_below, rule.name, bar)
        return [*own, *shown, *differences, *over_time]

    def _read(self, path: str) -> bytes | None:
        """Content of a file; None: there is none."""
        try:
            return self._pool.store.read(path)
        except FileNotFoundError:
            return None

    def _differences(
        self, date: dt.date, files: Mapping[str, bytes], rule: Rule, before: int | None = None
    ) -> list[Finding]:
        """Small differences to the releases of the date so far, or to those before one."""
        found: list[Finding] = []
        for number in self._store.numbers(date):
            if before is None or number < before:
                earlier = self._store.read_reports(self._store.get(date, number))
                old = {name: report.csv() for name, report in earlier.items()}
                found += audit_again(old, files, rule.hidden_below, rule.name)
        return found

    def _attach(self, release: Issue, reports: Mapping[str, Report]) -> dict[str, bytes]:
        """Make the page of a release, from what is released alone."""
        said = release.source.release
        if said is None:
            return {}
        facts = ReleaseFacts(
            date=release.date,
            policy=said.policy,
            hidden_below=said.hidden_below,
            issue=said.issue,
            audited=said.audited,
            hidden=said.hidden,
            place_name=self._room.title,
        )
        page = render_released(facts, reports, self._room.words)
        files = {name: report.csv() for name, report in reports.items()}
        _check(release.date, audit_page(page, files, said.hidden_below))
        return {PAGE: page}


def _audit(date: dt.date, files: Mapping[str, bytes], rule: Rule) -> list[Finding]:
    try:
        return audit_release(files, rule.hidden_below, rule.name)
    except UsageError as contradiction:
        raise QualityGate(
            f"the release of {date} was not written: {contradiction.what}",
            contradiction.why,
            "the reports of the date do not add up: look at `healthtrends verify`; nothing left the house",
        ) from contradiction


def _check(date: dt.date, findings: Sequence[Finding]) -> None:
    failing = [finding for finding in findings if not finding.passes]
    if failing:
        exposed = sum(finding.is_exposed for finding in failing)
        parts = {"can be computed from it": exposed, "could not be judged in time": len(failing) - exposed}
        said = " and ".join(
            f"{counted(number, 'hidden count')} {what}" for what, number in parts.items() if number
        )
        raise ReleaseRefused(
            f"the release of {date} was not written: {said}",
            f"in {', '.join(sorted({finding.table for finding in failing}))}; no log says which",
            "nothing left the house, and an earlier release of the date stays. Two releases that differ by a "
            "few people, after an erasure or a late record, end so: wait for more changes. So may a date "
            "that is released after others whose 7 or 28 days hold it: release dates in their order. Else "
            "it is a fault of the program: report it, without the numbers",
            words_of(failing),
        )


def _source(issue: Issue, released: Release, audited: int, *, forced: bool) -> ReleaseSource:
    rules = Counter(
        rule for each in released.reports.values() for row in each.reasons for rule in row.values()
    )
    return ReleaseSource(
        policy=released.rule.name,
        hidden_below=released.rule.hidden_below,
        issue=issue.number,
        hidden=dict(sorted(rules.items())),
        shown=sum(_numbers(each.report) for each in released.reports.values()),
        records_hidden=None if released.rule.rounding else _records_hidden(released),
        audited=audited,
        forced=forced,
    )


def _numbers(report: Report) -> int:
    """Fields of a released report that have a number."""
    wholes = [place for place, column in enumerate(report.columns) if column.kind != "text"]
    return sum(row[place] is not None for row in report.rows for place in wholes)


def _records_hidden(released: Release) -> float | None:
    """Share of the records in hidden rows of treatments, from what is released alone."""
    counts = released_counts({name: each.report for name, each in released.reports.items()})
    total = counts.get((("of", "records"),))
    named = {"diagnosis", "treatment_code", "of"}
    shown = sum(
        count or 0
        for key, count in counts.items()
        if ("of", "records") in key and {name for name, _ in key} == named
    )
    return round(1 - shown / total, 4) if total else None
