"""Reports are published as numbered, immutable issues, committed like a batch.

    P1 finish    the newest issue, when its publisher died half-way
    P2 stage     all files of the issue, and an immutable copy beside them
    P3 commit    rename the issue's manifest onto its number, without overwriting; the log records its hash
    P4 install   per folder: drop _SUCCESS, rename the files over the old ones, write _SUCCESS
    P5 clean up  the staging folder; its existence is what says that an issue is not installed yet

An issue is whole or it is not there. The folders under `reports/` show the newest one; whoever needs one
consistent state of all reports, or an earlier one, reads an issue.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from functools import partial

import msgspec

from healthtrends.errors import DamageFound, HdfsUnavailable, UsageError
from healthtrends.observe import debug_event
from healthtrends.publish.changes import row_changes
from healthtrends.publish.install import Installer, known_files
from healthtrends.publish.issued import (
    Issue,
    Provenance,
    RowChanges,
    described,
    meta,
    new_issue,
    pretty,
)
from healthtrends.publish.register import Register
from healthtrends.storage.layout import ISSUE_DIGITS, Layout
from healthtrends.storage.manifest import digest
from healthtrends.storage.parallel import SideBySide
from healthtrends.storage.recorder import Recorder

Attach = Callable[[Issue, Mapping[str, bytes]], Mapping[str, bytes]]
"""Makes further files of an issue, by `folder/name`, from its manifest so far and the CSV of its reports."""


def _nothing(_: Issue, __: Mapping[str, bytes]) -> Mapping[str, bytes]:
    return {}


_ISSUE = msgspec.json.Decoder(Issue)


class Issues:
    """All issues under one root."""

    def __init__(self, calls: SideBySide, layout: Layout, recorder: Recorder | None = None) -> None:
        """Without a `recorder` nothing goes on record in the log; who only reads needs none."""
        self.register = Register(calls, recorder)
        self._calls = calls
        self._store = calls.store
        self._layout = layout
        self._installer = Installer(calls, layout)
        self._begun: dict[str, Provenance] = {}
        """By nonce, issues that this process has not seen in place: another attempt finds its own."""

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
        return self.get_stored(date, number)[0]

    def get_stored(self, date: dt.date, number: int) -> tuple[Issue, str]:
        """Return one issue and the SHA-256 of its manifest. Raises as `get`."""
        path = self._layout.issue(date, number)
        try:
            content = self._store.read(path)
            return _ISSUE.decode(content), digest(content)
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
        return self._installer.read_copy(issue, f"{report}.csv")

    def read_attachment(self, issue: Issue, path: str) -> bytes:
        """Return an attachment, `folder/name`, as it was published. Raises KeyError, DamageFound."""
        if path not in issue.attachments:
            raise KeyError(path)
        return self._installer.read_copy(issue, path)

    def damaged_copies(self, issue: Issue) -> list[str]:
        """What is wrong with the immutable copy, one sentence a file."""
        return [
            fault for fault in self._calls.stream(partial(self._fault, issue), known_files(issue), 8) if fault
        ]

    def _fault(self, issue: Issue, name: str) -> str | None:
        try:
            self._installer.read_copy(issue, name)
        except DamageFound as damage:
            return str(damage)
        return None

    def wrong_files(self, issue: Issue) -> list[tuple[str, str]]:
        """Published files that are not those of the issue, with what is wrong. Raises DamageFound."""
        return self._installer.wrong_files(issue)

    def is_waiting(self, issue: Issue) -> bool:
        """Whether the issue is not, or not wholly, in place."""
        return self._installer.is_waiting(issue)

    # Putting in place --------------------------------------------------------------------------

    def finish(self, date: dt.date) -> bool:
        """P1: install the newest issue if that was not finished; True when there was something to do."""
        newest = self.newest(date)
        if newest is None or not self._installer.is_waiting(newest):
            return False
        self._installer.install(newest)
        return True

    def restore(self, date: dt.date) -> bool:
        """Put back published files that were deleted or changed, from the immutable copy; True when any was.

        A run that publishes meanwhile may have its issue overwritten by this older one, so the newest is
        looked at until it is the one that was put back. Raises DamageFound when the copy is damaged too.
        """
        restored = False
        while (newest := self.newest(date)) is not None:
            is_newest = partial(self._is_newest, newest)
            restored = self._installer.restore(newest, is_newest) or restored
            if is_newest():
                break
            restored = self.finish(date) or restored
        return restored

    def _is_newest(self, issue: Issue) -> bool:
        return self.numbers(issue.date)[-1:] == [issue.number]

    def complete(self, issue: Issue) -> bool:
        """Put an issue on record whose publisher died before it could; True when it had."""
        return self.register.complete(issue, lambda: self.get_stored(issue.date, issue.number)[1])

    # Publishing --------------------------------------------------------------------------------

    def publish(self, source: Provenance, reports: Mapping[str, bytes], attach: Attach = _nothing) -> Issue:
        """P1 to P5: make `reports` (name to CSV) the next issue of the date and return it.

        An issue that read a newer state is never replaced; it is returned instead, and so is that of an
        attempt before this one.
        """
        self.finish(source.date)
        newest = self.newest(source.date)
        if newest is not None:
            self.complete(newest)
        while newest is None or newest.source.seq <= source.seq:
            if newest is not None and self._begun.get(newest.nonce) is source:
                return newest
            draft = self._compared(self._next(source, reports), reports, newest)
            files = attach(draft, reports)
            attachments = {name: described(content) for name, content in files.items()}
            issue = msgspec.structs.replace(draft, attachments=attachments)
            metas = {name: meta(issue, name, content) for name, content in reports.items()}
            issue = msgspec.structs.replace(
                issue, metas={name: described(content) for name, content in metas.items()}
            )
            files = {f"{name}.json": content for name, content in metas.items()} | {**files}
            files |= {f"{name}.csv": content for name, content in reports.items()}
            self._begun[issue.nonce] = source
            if self.register.record(issue, partial(self._take_number, issue, files)):
                self._installer.install(issue)
                del self._begun[issue.nonce]
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

    def _next(self, source: Provenance, reports: Mapping[str, bytes]) -> Issue:
        """Begin the issue after all that were ever published: also after one that is on record and gone."""
        numbers = self.numbers(source.date)
        last = max([*numbers, self.register.newest(source.date)])
        return msgspec.structs.replace(
            new_issue(source, reports, last + 1),
            previous=self.get_stored(source.date, last)[1] if last in numbers else None,
            missing=tuple(number for number in range(1, last + 1) if number not in numbers),
        )

    def _take_number(self, issue: Issue, files: Mapping[str, bytes]) -> bool:
        """P2 and P3; no call's answer counts, only what stands at the number afterwards.

        A publisher of a later issue deletes this one's staging, so even staging may fail for that reason.
        """
        staged = self._installer.staged(issue)
        try:
            self._stage(issue, files)
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

    def _stage(self, issue: Issue, files: Mapping[str, bytes]) -> None:
        """Write all files of the issue, its immutable copy, and its manifest aside."""
        staged, copy = self._installer.staged(issue), self._installer.copy(issue)
        self._calls.write_all(
            {f"{folder}/{name}": content for folder in (staged, copy) for name, content in files.items()}
            | {f"{staged}/issue.json": pretty(issue)}
        )
