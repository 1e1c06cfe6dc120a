"""The release of a date: hide what has to be hidden, audit the files as they will lie there, publish.

A release is published as an issue of the house is, in a folder of its own: it is whole or not there. What the
audit does not pass is not written anywhere.
"""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

from healthtrends import clock
from healthtrends.audit.judge import Finding
from healthtrends.audit.own_reports import audit_again, audit_release, column_of, words_of
from healthtrends.audit.page import audit_page
from healthtrends.errors import QualityGate, ReleaseRefused, UsageError
from healthtrends.observe import counted
from healthtrends.orchestrate.capped_ages import read_capped_ages
from healthtrends.orchestrate.dependencies import Dependencies, ReleaseOptions
from healthtrends.orchestrate.earlier_releases import EarlierReleases
from healthtrends.orchestrate.issue_reader import never_published, never_released
from healthtrends.orchestrate.release_neighbours import Neighbours
from healthtrends.page.document import FILE_NAME
from healthtrends.page.released import ReleaseFacts, render_released
from healthtrends.publish.issue_manifest import Issue, ReleaseSource
from healthtrends.publish.issue_store import Issues
from healthtrends.publish.released_exports import released_exports
from healthtrends.publish.report_folders import CSV_NAME
from healthtrends.release.counts import released_counts
from healthtrends.release.disclose import Exposed, Losses, Release, release
from healthtrends.release.rule import Rule, find_rule
from healthtrends.reports.report import Report
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.layout import ReleaseLayout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.recorder import Recorder

_ATTEMPTS = 4
"""Audits of a release, each of which may find counts that the next one protects."""
_WITH_WINDOWS = 2
"""Attempts with windows of several days: what is still exposed then is so by them more often than not."""
_ROUNDED_ATTEMPTS = 8
"""The same where counts are rounded: each protects less, without programs of its own."""
PAGES = "pages"
"""Folder of the pages, among those of the released reports."""
_PAGE = f"{PAGES}/{FILE_NAME}"


@dataclass(frozen=True, slots=True)
class Released:
    """What came of the release of one date."""

    date: dt.date
    action: str
    """released, up to date, or kept: another issue was released before."""
    number: int
    """Of the release."""
    source: ReleaseSource
    losses: Losses | None = None
    """Of one that was released now; for the house alone."""


class Releases:
    """Releases of one root."""

    def __init__(self, dependencies: Dependencies, issues: Issues, log: CommitLog) -> None:
        self._issues = issues
        self._room = dependencies.pages
        self._zone = dependencies.settings.source.timezone
        self._weeks = dependencies.publish.epi_week
        self._pool = dependencies.pool
        self._layout = ReleaseLayout(dependencies.layout.root)
        self._log = log
        self.store = Issues(
            dependencies.pool, self._layout, Recorder(log, "releases"), check_staged=self._check_kept
        )
        self._neighbours = Neighbours(dependencies.pool, self.store)
        self._cubes = Cubes(dependencies.pool, dependencies.layout)

    def release(self, date: dt.date, options: ReleaseOptions, run_id: str) -> Released:
        """Release the newest issue of a date.

        Raises UsageError for a date that is not final, QualityGate when the audit does not pass.
        """
        issue = self._checked(date, options)
        rule = find_rule(options.policy, options.hidden_below)
        self._neighbours.check_rounding(date, rule)
        before = self.store.newest(date)
        if before is not None and before.source.release is not None:
            self.store.finish(date)
            self.store.restore(date)
            self.store.complete(before)
            said = before.source.release
            known = find_rule(said.policy, said.hidden_below)
            is_same = (known.rounding, known.hidden_below) == (rule.rounding, rule.hidden_below)
            if is_same and said.issue == issue.number:
                return Released(date, "up to date", before.number, said)
            if not options.again:
                return Released(date, "kept", before.number, said)
            if known.rounding != rule.rounding:
                raise _other_policy(date, said.policy)
        released, found = self._protected(issue, rule)
        reports = {name: each.report for name, each in released.reports.items()}
        files = {name: report.csv() for name, report in reports.items()}
        _check(date, [*found, *self._differences(date, files, rule)])
        said = _source(issue, released, len(found), forced=options.force)
        source = msgspec.structs.replace(issue.source, run_id=run_id, release=said)
        published = self.store.publish(source, reports, self._attach)
        return Released(date, "released", published.number, said, released.losses)

    def _check_kept(self, staged: Issue) -> None:
        """Refuse a release whose issue a later one has replaced meanwhile, when retention takes it.

        Whoever retires after this look sees the staged release, and leaves the issue.
        """
        said, date = staged.source.release, staged.date
        self._log.read_state(since=self._log.newest_seen)
        newest = self._issues.newest(date)
        if said is not None and newest is not None and said.issue <= newest.dropped:
            raise ReleaseRefused(
                f"issue {said.issue} of {date} was replaced while its release was made",
                f"issue {newest.number} was published meanwhile, and retention does not keep the one before",
                f"`healthtrends release {date}` again releases the newest; nothing left the house",
                (),
            )

    def _protected(self, issue: Issue, rule: Rule) -> tuple[Release, list[Finding]]:
        """Make a release and audit it; what the audit does not pass is protected in the next attempt."""
        exact, earlier = self._issues.read_reports(issue), EarlierReleases(self.store, issue.date)
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

    def page(self, date: dt.date) -> bytes:
        """Read the page of the newest release of a date. Raises UsageError without one, DamageFound."""
        newest, _ = self._newest(date)
        if _PAGE not in newest.attachments:
            raise UsageError(
                f"the release of {date} has no page",
                "an earlier version of the program made it",
                f"`healthtrends release {date} --re-release` after a change of the date makes another",
            )
        return self.store.read_attachment(newest, _PAGE)

    def exports(self, date: dt.date) -> dict[str, bytes]:
        """Make the newest release of a date in other forms, files by name. Raises UsageError, DamageFound."""
        newest, said = self._newest(date)
        return released_exports(newest, said, self.store.read_reports(newest), self._weeks)

    def _newest(self, date: dt.date) -> tuple[Issue, ReleaseSource]:
        newest = self.store.newest(date)
        if newest is None or newest.source.release is None:
            raise never_released(date)
        return newest, newest.source.release

    def audit(self, date: dt.date) -> list[Finding]:
        """Judge what lies under `release/` of a date, and beside it every earlier release of the date.

        Nothing else is read. Raises UsageError when nothing was released.
        """
        newest, said = self._newest(date)
        layout, rule = self._layout, find_rule(said.policy, said.hidden_below)
        paths = {name: f"{layout.report(name, date)}/{CSV_NAME}" for name in newest.reports}
        found = self._pool.map(self._pool.store.read, paths.values())
        files = dict(zip(paths, found, strict=True))
        differences = self._differences(date, files, rule, newest.number)
        shown: list[Finding] = []
        if _PAGE in newest.attachments:
            page = self._pool.store.read(f"{layout.report(PAGES, date)}/{FILE_NAME}")
            shown = audit_page(page, files, rule.hidden_below)
        over_time = self._neighbours.audit(date, files, rule, newest.moment)
        return [*audit_release(files, rule.hidden_below, rule.name), *shown, *differences, *over_time]

    def _differences(
        self, date: dt.date, files: Mapping[str, bytes], rule: Rule, before: int | None = None
    ) -> list[Finding]:
        """Small differences to the releases of the date so far, or to those before one."""
        found: list[Finding] = []
        for number in self.store.numbers(date):
            if before is None or number < before:
                earlier = self.store.read_reports(self.store.get(date, number))
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
        return {_PAGE: page}

    def _checked(self, date: dt.date, options: ReleaseOptions) -> Issue:
        issue = self._issues.newest(date)
        if issue is None or issue.is_withdrawal:
            raise never_published(date, has_records=False)
        state = issue.source.state_on(clock.today(self._zone))
        if state == "empty":
            raise UsageError(f"{date} has no records", "its zeros are no counts", "nothing is to be released")
        if state != "final" and not options.force:
            raise UsageError(
                f"{date} is provisional until {issue.source.provisional_until}",
                "more records may come, and two releases side by side tell what came between",
                "wait until it is final; --force releases it now",
            )
        return issue


def _other_policy(date: dt.date, policy: str) -> UsageError:
    return UsageError(
        f"{date} was released under the policy {policy}",
        "exact and rounded counts of one date, or two ways of rounding, tell more together than either",
        f"release it under {policy}",
    )


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
