"""Reports are published as numbered, immutable issues, committed like a batch.

    P1 finish    the newest issue, when its publisher died half-way
    P2 stage     the files that differ from the issue before, and an immutable copy of them
    P3 commit    rename the issue's manifest onto its number, without overwriting; the log records its hash
    P4 install   per folder: drop _SUCCESS, rename the files over the old ones, write _SUCCESS
    P5 clean up  the staging folder; its existence is what says that an issue is not installed yet

An issue is whole or it is not there. The folders under `reports/` show the newest one; whoever needs one
consistent state of all reports, or an earlier one, reads an issue. Same numbers are no new issue.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable, ReleaseRefused, UsageError
from healthtrends.observe import debug_event
from healthtrends.publish.copies import archive, file_names
from healthtrends.publish.draft import Attach, Before, Draft, Last, Retention, Wanted, is_same, make_draft
from healthtrends.publish.issue_manifest import Issue, Provenance, encode_issue
from healthtrends.publish.issue_measures import measure_issue
from healthtrends.publish.retire import Retirement
from healthtrends.publish.stored_issues import StoredIssues
from healthtrends.reports.report import Report
from healthtrends.storage.layout import Layout
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.root_format import stored_names
from healthtrends.storage.store_pool import StorePool

_AT_ONCE = 16


class Issues(StoredIssues):
    """All issues under one root: reads, publishes and puts them in place."""

    def __init__(
        self,
        pool: StorePool,
        layout: Layout,
        recorder: Recorder | None = None,
        retention: Retention | None = None,
        check_staged: Callable[[Issue], None] = lambda _: None,
        check_committed: Callable[[Issue], None] = lambda _: None,
    ) -> None:
        """See `StoredIssues` for the first three.

        `check_staged` is called once an issue waits for its number, and may raise; then it gets none.
        `check_committed` is called before an issue with a number is put in place, by whomever; it may raise.
        """
        super().__init__(pool, layout, recorder)
        self._retention = retention or Retention()
        self._retirement = Retirement(pool, layout, self.released)
        self._check_staged = check_staged
        self._check_committed = check_committed
        self._begun: dict[str, Provenance] = {}
        """By nonce, issues that this process has not seen in place: another attempt finds its own."""

    # Putting in place --------------------------------------------------------------------------

    def finish(self, date: dt.date) -> bool:
        """P1: install the newest issue if that was not finished; True when there was something to do."""
        newest = self.newest(date)
        if newest is None or not self._installer.is_waiting(newest):
            return False
        self._put_in_place(newest)
        return True

    def _put_in_place(self, issue: Issue) -> None:
        self._check_committed(issue)
        self._installer.install(issue)

    def restore(self, date: dt.date) -> bool:
        """Put back published files that were deleted or changed, from the immutable copy; True when any was.

        A run that publishes meanwhile may have its issue overwritten by this older one, so the newest is
        looked at until it is the one that was put back. Raises DamageFound when the copy is damaged too.
        """
        restored = False
        while (newest := self.newest(date)) is not None:
            is_newest = partial(self._is_newest, newest)
            restored = self._installer.restore(newest, is_newest, self._by_number(newest)) or restored
            if is_newest():
                break
            restored = self.finish(date) or restored
        return restored

    def _is_newest(self, issue: Issue) -> bool:
        return self.numbers(issue.date)[-1:] == [issue.number]

    def complete(self, issue: Issue) -> bool:
        """Put an issue on record whose publisher died before it could; True when it had."""
        return self._complete_all([issue])

    def _complete_all(self, issues: Sequence[Issue]) -> bool:
        return self.register.complete(issues, lambda issue: self.get_stored(issue.date, issue.number)[1])

    # Publishing --------------------------------------------------------------------------------

    def publish(
        self, source: Provenance, reports: Mapping[str, Report], attach: Attach | None = None
    ) -> Issue:
        """P1 to P5: make `reports`, by name, the next issue of a date; see `publish_all`."""
        return self.publish_all([Wanted(source, reports)], attach)[0]

    def publish_all(self, wanted: Sequence[Wanted], attach: Attach | None = None) -> list[Issue]:
        """Make the next issues of some dates, side by side and with one record in the log.

        An issue that read a newer state is never replaced; it is returned instead, and so is that of an
        attempt before this one, and one that says the same.
        """
        done: dict[dt.date, Issue] = {}
        while left := [each for each in wanted if each.date not in done]:
            dates = [each.date for each in left]
            newest = dict(zip(dates, self._pool.stream(self._finished, left, _AT_ONCE), strict=True))
            self._complete_all([issue for issue in newest.values() if issue])
            prepared = list(self._pool.stream(partial(self._prepared, attach, newest), left, _AT_ONCE))
            done |= {found.date: found for found in prepared if isinstance(found, Issue)}
            drafts = [found for found in prepared if isinstance(found, Draft)]
            if drafts:
                reports = {each.date: each.reports for each in left}
                for issue in self._published(drafts):
                    done[issue.date] = issue
                    measure_issue(self.layout.reports, issue, reports[issue.date])
        return [done[each.date] for each in wanted]

    def _finished(self, wanted: Wanted) -> Issue | None:
        """Give the newest issue, in place: what stays the same is not staged again.

        What is taken back need not be put in place before.
        """
        if wanted.source.state != "unpublished":
            self.finish(wanted.date)
        return self.newest(wanted.date)

    def _prepared(
        self, attach: Attach | None, by_date: Mapping[dt.date, Issue | None], wanted: Wanted
    ) -> Issue | Draft | None:
        """Return the issue that stands already for what is wanted, or a draft of the next one.

        None: another publisher's issue came since the newest was read, so that it must be read again.
        """
        source, newest = wanted.source, by_date[wanted.date]
        last = self._last(source.date)
        if last.numbers[-1:] != ((newest.number,) if newest else ()):
            return None
        if newest is None:
            return self._draft(wanted, last, Before(), attach)
        if newest.source.seq > source.seq or self._begun.get(newest.nonce) is source:
            return newest
        if newest.number <= wanted.erased:  # no file of it may be held by what comes
            return self._draft(wanted, last, Before(newest), attach)
        before = Before(newest, self._earlier(newest))
        is_whole = before.files is not None and last.is_whole(newest)
        if is_whole and is_same(newest, wanted, exports=attach is not None):
            return newest
        return self._draft(wanted, last, before, attach)

    def _draft(self, wanted: Wanted, last: Last, before: Before, attach: Attach | None) -> Draft:
        draft = make_draft(wanted, last, before, attach, self._retention)
        source = draft.issue.source
        folded = msgspec.structs.replace(source, inputs=stored_names(self._store, source.inputs))
        return draft._replace(issue=msgspec.structs.replace(draft.issue, source=folded))

    def withdraw(self, source: Provenance, erased: int = 0) -> Issue:
        """Publish that the reports of a date are taken back: an issue without any. Earlier ones stay.

        Those up to `erased` go, as in `Wanted`.
        """
        return self.publish_all([Wanted(source, {}, erased)])[0]

    def _last(self, date: dt.date) -> Last:
        """What is there before the next issue: also one that is on record and gone."""
        numbers = self.numbers(date)
        number = max([*numbers, self.register.newest(date)])
        sha256 = self.get_stored(date, number)[1] if number in numbers else None
        return Last(number, sha256, tuple(numbers))

    def _earlier(self, newest: Issue) -> dict[str, bytes] | None:
        """All files of an issue; None when one is damaged."""
        try:
            return self._copies.read(newest, file_names(newest), self._by_number(newest))
        except (FileNotFoundError, DamageFound, UsageError) as damage:
            # `verify` tells of it; a damaged past is no reason to withhold the present.
            debug_event("publish.not_compared", issue=newest.number, error=type(damage).__name__)
            return None

    def _published(self, drafts: Sequence[Draft]) -> list[Issue]:
        """P2 to P5 of some dates; those whose number was free."""
        for draft in drafts:
            self._begun[draft.issue.nonce] = draft.source
        issues = [draft.issue for draft in drafts]
        free = self.register.record(
            issues, lambda: list(self._pool.stream(self._take_number, drafts, _AT_ONCE))
        )
        ours = [issue for issue, is_free in zip(issues, free, strict=True) if is_free]
        list(self._pool.stream(self._install, ours, _AT_ONCE))
        return ours

    def _install(self, issue: Issue) -> None:
        self._put_in_place(issue)
        if any(file.held is not None for file in issue.reports.values()):
            self._restore_held(issue)
        self.retire(issue)
        del self._begun[issue.nonce]

    def _restore_held(self, issue: Issue) -> None:
        """Put right what somebody changed of the files that were not replaced; `verify` tells of damage."""
        try:
            self.restore(issue.date)
        except DamageFound as damage:
            debug_event("publish.not_restored", issue=issue.number, error=type(damage).__name__)

    def retire(self, newest: Issue, erased: int = 0) -> None:
        """Delete what the newest issue says is not kept, but for what a kept one holds of an earlier.

        An issue that a release was made of is kept, unless its number is at most `erased`.
        """
        get = self._by_number(newest)
        self._retirement.retire(newest, self.numbers(newest.date), get, erased)

    def _take_number(self, draft: Draft) -> bool:
        """P2 and P3; no call's answer counts, only what stands at the number afterwards.

        A publisher of a later issue deletes this one's staging, so even staging may fail for that reason.
        """
        issue = draft.issue
        staged = self._installer.staged(issue)
        try:
            self._stage(draft)
            self._check_staged(issue)
            self._store.rename(f"{staged}/issue.json", self.layout.issue(issue.date, issue.number))
        except (OSError, HdfsUnavailable) as error:
            debug_event("publish.unclear", issue=issue.number, error=type(error).__name__)
            if issue.number not in self.numbers(issue.date):
                raise HdfsUnavailable(f"issue {issue.number} could not be written", str(error)) from error
        except ReleaseRefused:
            self._pool.delete_all((staged, self._copies.place(issue)))
            raise
        if self.get(issue.date, issue.number).nonce == issue.nonce:
            return True
        # The number is taken for good, so these files will never be those of an issue.
        self._pool.delete_all((staged, self._copies.place(issue)))
        return False

    def _stage(self, draft: Draft) -> None:
        """Write the issue's own files, an immutable copy of them, and its manifest aside."""
        staged = self._installer.staged(draft.issue)
        files = {f"{staged}/{name}": content for name, content in draft.files.items()}
        if draft.files:
            files[self._copies.place(draft.issue)] = archive(draft.files)
        self._pool.write_all({**files, f"{staged}/issue.json": encode_issue(draft.issue)})
