"""Reports are published as numbered, immutable issues, committed like a batch.

    P1 finish    the newest issue, when its publisher died half-way
    P2 stage     all files of the issue, and an immutable copy beside them
    P3 commit    rename the issue's manifest onto its number, without overwriting
    P4 install   per folder: drop _SUCCESS, rename the files over the old ones, write _SUCCESS
    P5 clean up  the staging folder; its existence is what says that an issue is not installed yet

An issue is whole or it is not there. The folders under `reports/` show the newest one; whoever needs one
consistent state of all reports, or an earlier one, reads an issue.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable, UsageError
from healthtrends.observe import debug_event
from healthtrends.publish.changes import row_changes
from healthtrends.publish.install import Installer
from healthtrends.publish.issued import (
    Issue,
    IssuedFile,
    Provenance,
    RowChanges,
    described,
    meta,
    new_issue,
    pretty,
)
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.parallel import SideBySide

Attach = Callable[[Issue, Mapping[str, bytes]], Mapping[str, bytes]]
"""Makes further files of an issue, by `folder/name`, from its manifest so far and the CSV of its reports."""


def _nothing(_: Issue, __: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {}


_ISSUE = msgspec.json.Decoder(Issue)


class Issues:
    """All issues under one root."""

    def __init__(self, calls: SideBySide, layout: Layout) -> None:
        self._calls = calls
        self._store = calls.store
        self._layout = layout
        self._installer = Installer(calls, layout)

    # Reading -----------------------------------------------------------------------------------

    def dates(self) -> list[dt.date]:
        """Dates that anything was ever published of, sorted."""
        names = [entry.name for entry in self._store.list(self._layout.issued_dates)]
        return sorted(dt.date.fromisoformat(name.removeprefix("date=")) for name in names)

    def newest(self, date: dt.date) -> Issue | None:
        """Return the newest issue of a date; None when nothing was ever published."""
        numbers = self.numbers(date)
        return self.get(date, numbers[-1]) if numbers else None

    def numbers(self, date: dt.date) -> list[int]:
        """Numbers of all issues of a date, sorted."""
        names = [entry.name for entry in self._store.list(self._layout.issues(date))]
        return sorted(int(name[:ISSUE_DIGITS]) for name in names if name.endswith(".json"))

    def all(self, date: dt.date) -> list[Issue]:
        """Every issue of a date, oldest first."""
        return list(self._calls.map(lambda number: self.get(date, number), self.numbers(date)))

    def get(self, date: dt.date, number: int) -> Issue:
        """Return one issue. Raises UsageError when there is none of that number."""
        path = self._layout.issue(date, number)
        try:
            return _ISSUE.decode(self._store.read(path))
        except FileNotFoundError:
            numbers = self.numbers(date)
            raise UsageError(
                f"there is no issue {number} of {date}",
                f"its newest issue is {numbers[-1]}" if numbers else "nothing was published for this date",
                f"`healthtrends report {date} --issues` lists all"
                if numbers
                else f"`healthtrends run {date}` publishes it",
            ) from None
        except msgspec.DecodeError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def read(self, issue: Issue, report: str) -> bytes:
        """Return the CSV of one report as it was published. Raises UsageError, DamageFound."""
        if report not in issue.reports:
            raise UsageError(
                f"there is no report {report!r}", f"there are {', '.join(issue.reports)}", "check --name"
            )
        return self._checked(issue, f"{report}.csv", issue.reports[report])

    def read_attachment(self, issue: Issue, path: str) -> bytes:
        """Return an attachment, `folder/name`, as it was published. Raises KeyError, DamageFound."""
        return self._checked(issue, path, issue.attachments[path])

    def _checked(self, issue: Issue, name: str, file: IssuedFile) -> bytes:
        path = f"{self._installer.copy(issue)}/{name}"
        content = self._store.read(path)
        if hashlib.sha256(content).hexdigest() != file.sha256:
            raise DamageFound(f"{path} differs from its issue", "", "restore it from a backup")
        return content

    # Putting in place --------------------------------------------------------------------------

    def finish(self, date: dt.date) -> bool:
        """P1: install the newest issue if that was not finished; True when there was something to do."""
        newest = self.newest(date)
        if newest is None or not self._installer.is_waiting(newest):
            return False
        self._installer.install(newest)
        return True

    def restore(self, date: dt.date) -> bool:
        """Make report folders that somebody deleted again, from the immutable copy; True when any was."""
        newest = self.newest(date)
        return newest is not None and self._installer.restore(newest)

    # Publishing --------------------------------------------------------------------------------

    def publish(self, source: Provenance, reports: Mapping[str, bytes], attach: Attach = _nothing) -> Issue:
        """P1 to P5: make `reports` (name to CSV) the next issue of the date and return it.

        An issue that read a newer state is never replaced; it is returned instead.
        """
        self.finish(source.date)
        newest = self.newest(source.date)
        while newest is None or newest.source.seq <= source.seq:
            draft = self._compared(
                new_issue(source, reports, newest.number + 1 if newest else 1), reports, newest
            )
            attached = attach(draft, reports)
            files = {name: described(content) for name, content in attached.items()}
            issue = msgspec.structs.replace(draft, attachments=files)
            if self._commit(issue, reports, attached):
                self._installer.install(issue)
                return issue
            newest = self.newest(source.date)
        return newest

    def _compared(self, issue: Issue, reports: Mapping[str, bytes], before: Issue | None) -> Issue:
        """Fill in what changed since the issue `before`."""
        if before is None:
            return issue
        names = [name for name in reports if name in before.reports]
        try:
            earlier = self._calls.map(lambda name: self.read(before, name), names)
            changes: dict[str, RowChanges] = {
                name: row_changes(name, content, reports[name])
                for name, content in zip(names, earlier, strict=True)
            }
        except (FileNotFoundError, DamageFound) as damage:
            # `verify` tells of it; a damaged past is no reason to withhold the present.
            debug_event("publish.not_compared", issue=before.number, error=type(damage).__name__)
            return issue
        return msgspec.structs.replace(issue, since=before.number, changes=changes)

    def _commit(self, issue: Issue, reports: Mapping[str, bytes], attached: Mapping[str, bytes]) -> bool:
        """P2 and P3; no call's answer counts, only what stands at the number afterwards.

        A publisher of a later issue deletes this one's staging, so even staging may fail for that reason.
        """
        staged = self._installer.staged(issue)
        try:
            self._stage(issue, reports, attached)
            self._store.rename(f"{staged}/issue.json", self._layout.issue(issue.date, issue.number))
        except (OSError, HdfsUnavailable) as error:
            debug_event("publish.unclear", issue=issue.number, error=type(error).__name__)
            if issue.number not in self.numbers(issue.date):
                raise HdfsUnavailable(f"issue {issue.number} could not be written", str(error)) from error
        if self.get(issue.date, issue.number).nonce == issue.nonce:
            return True
        # The number is taken for good, so these files will never be those of an issue.
        self._calls.delete_all((staged, self._installer.copy(issue)))
        return False

    def _stage(self, issue: Issue, reports: Mapping[str, bytes], attached: Mapping[str, bytes]) -> None:
        """Write all files of the issue, its immutable copy, and its manifest aside."""
        files = {f"{name}.csv": content for name, content in reports.items()}
        files |= {f"{name}.json": meta(issue, name, content) for name, content in reports.items()}
        files |= attached
        staged, copy = self._installer.staged(issue), self._installer.copy(issue)
        self._calls.write_all(
            {f"{folder}/{name}": content for folder in (staged, copy) for name, content in files.items()}
            | {f"{staged}/issue.json": pretty(issue)}
        )
