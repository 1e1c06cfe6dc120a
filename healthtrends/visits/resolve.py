"""Job of the log that brings the records of visits up to date with the facts: what differs is written.

A date whose records do not change keeps its files, so its reports stay what they are.
"""

import hashlib
import tempfile
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import msgspec

from healthtrends.observe import Bar, event
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_writer import JobFile
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, JobContext, read_lines, run_job
from healthtrends.storage.staged_file import StagedFile
from healthtrends.storage.state import State
from healthtrends.storage.verify import find_problem
from healthtrends.visits.differences import fill
from healthtrends.visits.fact_reader import FactReader
from healthtrends.visits.workspace import LineChange, Workspace

_MOST_FILES = 8
"""Files of a date that computed records may lie in; then they become one."""
_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(slots=True)
class ResolveSummary:
    """What a job did."""

    facts: int = 0
    """New facts."""
    added: int = 0
    """Records written."""
    removed: int = 0
    """Records taken out."""
    dates: list[str] = field(default_factory=list)
    """Dates whose records or counts changed."""
    merge_circles: int = 0
    """Merges that would lead back to their own id, of all that are known; they are left out."""
    seq: int = 0
    """Number of its commit; 0: there was nothing to do."""


class _Inconsistent(Exception):
    """A line that should go is in no file: other facts or other rules made the files."""


def resolved_files(state: State, date: str) -> list[StagedFile]:
    """Files of a date with computed records, in the order of their names."""
    return [file for _, file in sorted(state.files.get(date, {}).items()) if file.is_resolved]


def fact_files(state: State) -> list[StagedFile]:
    """All live fact files, oldest day first."""
    return [file for files in state.fact_files.values() for _, file in sorted(files.items())]


def has_visits(state: State) -> bool:
    """Whether there are facts, or records of facts that were given up since."""
    return bool(fact_files(state)) or any(resolved_files(state, date) for date in state.files)


def resolve(log: CommitLog, bar: Bar, *, rebuild: bool = False) -> ResolveSummary:
    """Compute the records that new facts change, and commit them; with `rebuild` those of all facts."""
    summary = ResolveSummary()
    lost = _lost_files(log) if rebuild else frozenset()

    def needed(state: State) -> bool:
        return bool(state.unresolved) or (rebuild and has_visits(state))

    def work(context: JobContext) -> Change:
        try:
            return _Job(log, context, bar, summary, lost).change(rebuild=rebuild)
        except _Inconsistent:
            event("resolve.again", reason="stored records are not those of the stored facts")
            return _Job(log, context, bar, summary, lost).change(rebuild=True)

    committed = run_job(log, needed, work)
    if committed is not None:
        summary.seq = committed.seq
    return summary


def resolve_again(
    log: CommitLog, context: JobContext, files: Sequence[StagedFile], bar: Bar
) -> tuple[Change, list[str]]:
    """Compute all records from these fact files, as part of another job; return the dates that change too."""
    summary = ResolveSummary()
    change = _Job(log, context, bar, summary, ()).change(rebuild=True, files=files)
    return change, summary.dates


def _lost_files(log: CommitLog) -> frozenset[str]:
    """Find files of computed records that are damaged or gone; from here on the log accepts that."""
    state = log.read_state()
    files = [file for date in state.files for file in resolved_files(state, date)]
    lost = frozenset(file.dst for file in files if find_problem(log, file) is not None)
    log.waive(lost)
    return lost


class _Job:
    """One attempt."""

    def __init__(
        self,
        log: CommitLog,
        context: JobContext,
        bar: Bar,
        summary: ResolveSummary,
        lost: Collection[str],
    ) -> None:
        """`lost`: files that cannot be read, and are written anew."""
        self._log = log
        self._context = context
        self._bar = bar
        self._lost = lost
        self._summary = summary
        self._add: list[StagedFile] = []
        self._remove: list[str] = []

    def change(self, *, rebuild: bool, files: Sequence[StagedFile] | None = None) -> Change:
        """Bring the records up to date with `files`, or with all that are live."""
        state, summary = self._context.state, self._summary
        files = fact_files(state) if files is None else files
        rebuild = rebuild or any(_is_changed(file) for file in files if file.dst in state.unresolved)
        new = [file for file in files if rebuild or file.dst in state.unresolved]
        known = [] if rebuild else [file for file in files if file.dst not in state.unresolved]
        summary.facts, summary.added, summary.removed = sum(file.lines for file in new), 0, 0
        self._bar.set_total(summary.facts)
        with tempfile.TemporaryDirectory(prefix="facts-") as folder, Workspace(Path(folder)) as workspace:
            merges = fill(workspace, FactReader(self._log), known, new, self._bar)
            summary.merge_circles = merges.circles
            if rebuild:
                add_stored(self._log, state, workspace, self._lost)
            self._write(workspace)
        summary.dates = sorted({file.date for file in self._add} | {_date(path) for path in self._remove})
        return Change(
            add=tuple(self._add),
            remove=tuple(self._remove),
            resolved=tuple(sorted(state.unresolved)),
            counts=Counts(lines=summary.added - summary.removed),
        )

    def _write(self, workspace: Workspace) -> None:
        left = {date: counts for date, counts in workspace.counts.items() if date and any(counts.values())}
        left |= {_date(path): workspace.counts.get(_date(path), Counter()) for path in self._lost}
        for date, changes in groupby(workspace.changes(), attrgetter("date")):
            self._write_date(date, changes, left.pop(date, Counter()))
        for date, counts in sorted(left.items()):
            self._write_date(date, (), counts)

    def _write_date(self, date: str, changes: Iterable[LineChange], counts: Counter[str]) -> None:
        """Write a new file of what comes; what goes is left out of the files that hold it."""
        stored = resolved_files(self._context.state, date)
        gone: Counter[bytes] = Counter()
        rest: list[StagedFile] = []
        fresh = _NewFile(self._log, self._context, date)
        with fresh.file:
            for change in changes:
                if change.number < 0:
                    gone[_digest(change.line)] -= change.number
                else:
                    fresh.write(change.line, change.number)
            self._summary.added += fresh.lines
            self._summary.removed += gone.total()
            is_whole = gone or len(stored) >= _MOST_FILES or not fresh.lines
            rest = [file for file in stored if is_whole or file.dst in self._lost]
            for file in rest:
                if file.dst in self._lost:
                    self._summary.removed += file.lines
                    continue
                for line in read_lines(self._log, file):
                    if gone[_digest(line)] > 0:
                        gone[_digest(line)] -= 1
                    else:
                        fresh.write(line, 1)
            if gone.total():
                raise _Inconsistent
            fresh.flush()
        for file in rest:
            if file.dst not in self._lost:
                counts.update(file.resolved or {})
        self._remove += [file.dst for file in rest]
        self._add.append(fresh.entry(counts))


class _NewFile:
    """A file of computed records of one date."""

    def __init__(self, log: CommitLog, context: JobContext, date: str) -> None:
        self._target = log.layout.record_file(date, context.epoch, nonce := new_nonce())
        self._date = date
        self.file = JobFile(log.store, f"{context.folder}/{nonce}.jsonl")
        self.lines = 0
        """Lines so far."""
        self._held = bytearray()
        self._held_lines = 0

    def write(self, line: bytes, number: int) -> None:
        self._held += (line + b"\n") * number
        self.lines += number
        self._held_lines += number
        if len(self._held) >= _CHUNK_BYTES:
            self.flush()

    def flush(self) -> None:
        self.file.write(bytes(self._held), self._held_lines)
        self._held.clear()
        self._held_lines = 0

    def entry(self, counts: Counter[str]) -> StagedFile:
        entry = self.file.entry(self._target, self._date, ())
        found = {name: number for name, number in sorted(counts.items()) if number}
        return msgspec.structs.replace(entry, resolved=found)


def add_stored(log: CommitLog, state: State, workspace: Workspace, lost: Collection[str] = ()) -> None:
    """Put the stored computed records into `workspace` as what was there before, but for `lost` files."""
    for date in state.files:
        for file in resolved_files(state, date):
            if file.dst in lost:
                continue
            for line in read_lines(log, file):
                workspace.add_line(date, line, -1)
            day = workspace.counts.setdefault(date, Counter())
            for name, number in (file.resolved or {}).items():
                day[name] -= number


def _digest(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()


def _is_changed(file: StagedFile) -> bool:
    """Whether a waiting file was made again with other facts: only the records tell what the earlier gave."""
    return len(file.inputs) > 1


def _date(path: str) -> str:
    return path.rsplit("/", 2)[1].removeprefix("date=")
