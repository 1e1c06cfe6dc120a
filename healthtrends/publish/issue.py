"""Reports are published as numbered, immutable issues, committed like a batch.

    P1 finish    the newest issue, when its publisher died half-way
    P2 stage     all files of all reports, and an immutable copy beside them
    P3 commit    rename the issue's manifest onto its number, without overwriting
    P4 install   per report: drop _SUCCESS, rename CSV and _meta.json over the old ones, write _SUCCESS
    P5 clean up  the staging folder; its existence is what says that an issue is not installed yet

HDFS cannot replace a non-empty folder, so a reader of the folders trusts `_SUCCESS`; whoever needs one
consistent state of all reports reads an issue.
"""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import DamageFound, HdfsUnavailable, UsageError
from healthtrends.observe import debug_event
from healthtrends.storage.layout import ISSUE_DIGITS, Layout, new_nonce
from healthtrends.storage.parallel import SideBySide

VERSION = 1
CSV_NAME = "part-00000.csv"
META_NAME = "_meta.json"
SUCCESS_NAME = "_SUCCESS"

IssueState = Literal["final", "provisional"]


class IssuedReport(msgspec.Struct, frozen=True):
    """One CSV of an issue."""

    sha256: str
    bytes: int


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where the numbers of an issue come from."""

    date: dt.date
    seq: int
    """Commit number whose files were read."""
    inputs: tuple[str, ...]
    """Record files, sorted; what `done?` compares with the log."""
    input_records: int
    engine: str
    engine_version: str
    run_id: str
    reason: str
    """Why it was made: missing, stale, asked."""
    state: IssueState


class Issue(msgspec.Struct, frozen=True, kw_only=True):
    """Issue `number` of all reports of one date."""

    version: int = VERSION
    number: int
    nonce: str
    published_at: str
    program_version: str
    source: Provenance
    reports: dict[str, IssuedReport]


class Issues:
    """All issues under one root."""

    def __init__(self, calls: SideBySide, layout: Layout) -> None:
        self._calls = calls
        self._store = calls.store
        self._layout = layout

    def newest(self, date: dt.date) -> Issue | None:
        """Return the newest issue of a date; None when nothing was ever published."""
        numbers = self._numbers(date)
        return self.get(date, numbers[-1]) if numbers else None

    def get(self, date: dt.date, number: int) -> Issue:
        """Return one issue. Raises UsageError when there is none of that number."""
        path = self._layout.issue(date, number)
        try:
            return msgspec.json.decode(self._store.read(path), type=Issue)
        except FileNotFoundError:
            numbers = self._numbers(date)
            raise UsageError(
                f"there is no issue {number} of {date}",
                f"issues 1 to {numbers[-1]} exist" if numbers else "nothing was published for this date",
                f"`healthtrends run {date}` publishes it",
            ) from None
        except msgspec.DecodeError as error:
            raise DamageFound(f"{path} cannot be read", str(error), "restore it from a backup") from error

    def read(self, issue: Issue, report: str) -> bytes:
        """Return the CSV of one report as it was published. Raises UsageError, DamageFound."""
        if report not in issue.reports:
            raise UsageError(
                f"there is no report {report!r}", f"there are {', '.join(issue.reports)}", "check --name"
            )
        path = f"{self._copy(issue)}/{report}.csv"
        content = self._store.read(path)
        if hashlib.sha256(content).hexdigest() != issue.reports[report].sha256:
            raise DamageFound(f"{path} differs from its issue", "", "restore it from a backup")
        return content

    def finish(self, date: dt.date) -> bool:
        """P1: install the newest issue if that was not finished; True when there was something to do."""
        staged = self._store.list(self._layout.issue_staging(date))
        newest = self.newest(date)
        if newest is None or _folder(newest) not in {entry.name for entry in staged}:
            return False
        self._install(newest)
        return True

    def restore(self, date: dt.date) -> bool:
        """Make report folders that somebody deleted again, from the immutable copy; True when any was."""
        newest = self.newest(date)
        if newest is None or self._is_installed(newest):
            return False
        try:
            self._stage_again(newest)
        except FileExistsError:
            return False  # another run is at it
        self._install(newest)
        return True

    def _is_installed(self, issue: Issue) -> bool:
        marks = [f"{self._layout.report(name, issue.source.date)}/{SUCCESS_NAME}" for name in issue.reports]
        return all(length is not None for length in self._calls.map(self._store.length, marks))

    def _stage_again(self, issue: Issue) -> None:
        """Put the files of the immutable copy where `_install` takes them from."""
        names = [f"{report}.{suffix}" for report in issue.reports for suffix in ("csv", "json")]
        contents = self._calls.map(lambda name: self._store.read(f"{self._copy(issue)}/{name}"), names)
        staged = self._staged(issue)
        self._calls.write_all({f"{staged}/{name}": c for name, c in zip(names, contents, strict=True)})

    def publish(self, source: Provenance, reports: Mapping[str, bytes]) -> Issue:
        """P1 to P5: make `reports` (name to CSV) the next issue of the date and return it.

        An issue that read a newer state is never replaced; it is returned instead.
        """
        self.finish(source.date)
        newest = self.newest(source.date)
        while newest is None or newest.source.seq <= source.seq:
            issue = _issue(source, reports, newest.number + 1 if newest else 1)
            if self._commit(issue, reports):
                self._install(issue)
                return issue
            newest = self.newest(source.date)
        return newest

    def _numbers(self, date: dt.date) -> list[int]:
        names = [entry.name for entry in self._store.list(self._layout.issues(date))]
        return sorted(int(name[:ISSUE_DIGITS]) for name in names if name.endswith(".json"))

    def _copy(self, issue: Issue) -> str:
        return self._layout.issue_copy(issue.source.date, issue.number, issue.nonce)

    def _staged(self, issue: Issue) -> str:
        return f"{self._layout.issue_staging(issue.source.date)}/{_folder(issue)}"

    def _commit(self, issue: Issue, reports: Mapping[str, bytes]) -> bool:
        """P2 and P3; no call's answer counts, only what stands at the number afterwards.

        A publisher of a later issue deletes this one's staging, so even staging may fail for that reason.
        """
        try:
            self._stage(issue, reports)
            self._store.rename(
                f"{self._staged(issue)}/issue.json", self._layout.issue(issue.source.date, issue.number)
            )
        except (OSError, HdfsUnavailable) as error:
            debug_event("publish.unclear", issue=issue.number, error=type(error).__name__)
            if issue.number not in self._numbers(issue.source.date):
                raise HdfsUnavailable(f"issue {issue.number} could not be written", str(error)) from error
        return self.get(issue.source.date, issue.number).nonce == issue.nonce

    def _stage(self, issue: Issue, reports: Mapping[str, bytes]) -> None:
        """Write all files of the issue, its immutable copy, and its manifest aside."""
        files = {f"{self._staged(issue)}/issue.json": _pretty(issue)}
        for name, content in reports.items():
            meta = _meta(issue, name)
            for folder in (self._staged(issue), self._copy(issue)):
                files[f"{folder}/{name}.csv"] = content
                files[f"{folder}/{name}.json"] = meta
        self._calls.write_all(files)

    def _install(self, issue: Issue) -> None:
        """P4 and P5. A paused publisher of an older issue finds its staging gone, and nothing to rename."""
        staging = self._layout.issue_staging(issue.source.date)
        names = [entry.name for entry in self._store.list(staging)]
        # Not those of the same number: their publisher has just lost it and takes the next.
        older = [name for name in names if int(name[:ISSUE_DIGITS]) < issue.number]
        self._calls.delete_all(f"{staging}/{name}" for name in older)
        list(self._calls.map(lambda report: self._install_report(issue, report), issue.reports))
        self._store.delete(self._staged(issue))

    def _install_report(self, issue: Issue, report: str) -> None:
        target = self._layout.report(report, issue.source.date)
        self._store.delete(f"{target}/{SUCCESS_NAME}")
        for suffix, name in (("csv", CSV_NAME), ("json", META_NAME)):
            with contextlib.suppress(FileNotFoundError):  # done by whoever finished this issue before
                self._store.rename(
                    f"{self._staged(issue)}/{report}.{suffix}", f"{target}/{name}", replace=True
                )
        if self._store.length(f"{target}/{CSV_NAME}") is None:
            return  # a restoring run died before it had staged this one; `restore` takes it up again
        try:
            self._calls.write(f"{target}/{SUCCESS_NAME}", b"")
        except FileExistsError:
            return  # of another installer; should it delete it once more, it writes it once more too
        except HdfsUnavailable:
            if self._store.length(f"{target}/{SUCCESS_NAME}") is None:
                raise


def _folder(issue: Issue) -> str:
    return f"{issue.number:0{ISSUE_DIGITS}d}-{issue.nonce}"


def _issue(source: Provenance, reports: Mapping[str, bytes], number: int) -> Issue:
    return Issue(
        number=number,
        nonce=new_nonce(),
        published_at=clock.now().isoformat(timespec="milliseconds"),
        program_version=__version__,
        source=source,
        reports={
            name: IssuedReport(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
            for name, content in reports.items()
        },
    )


def _meta(issue: Issue, report: str) -> bytes:
    source = issue.source
    return _pretty(
        {
            "report": report,
            "date": source.date,
            "issue": issue.number,
            "commit_sequence": source.seq,
            "input_records": source.input_records,
            "input_files": len(source.inputs),
            "engine": source.engine,
            "engine_version": source.engine_version,
            "program_version": issue.program_version,
            "run_id": source.run_id,
            "generated_at": issue.published_at,
            "state": source.state,
            "sha256": issue.reports[report].sha256,
        }
    )


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"
