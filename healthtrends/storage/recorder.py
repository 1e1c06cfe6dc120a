"""Records issues, releases and cubes in the log, so that `verify` finds one deleted, changed or invented.

    aside    the manifest of the record is written while the issue is being staged
    there    wait until the issue stands at its number
    commit   take the next number of the log; no partition is owned or moved, so no fence is needed

A publisher that dies before the commit leaves an issue that is not recorded; the next run of the date
records it.

An issue has a number, so who records late changes nothing. A cube has none: another run may put its own in
place between a put and its record. So what goes on record is read from the disk for each number that is
tried, after the state before that number was read; see docs/explanation/commit-protocol.md.
"""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import Literal

import msgspec

from healthtrends import clock
from healthtrends.storage.cube_head import CubeHead
from healthtrends.storage.cubes import Cubes
from healthtrends.storage.expired import Retired
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import job_draft
from healthtrends.storage.manifest import RecordedCube, RecordedIssue
from healthtrends.storage.state import State

Recorded = Literal["issues", "releases"]
NotedCube = tuple[CubeHead, str]
"""Head of a cube, and its SHA-256."""


def on_record(state: State, kind: Recorded) -> Mapping[str, RecordedIssue]:
    """Newest of each date that the log has on record."""
    return state.issues if kind == "issues" else state.releases


class Recorder:
    """Recorder of one process, of issues or of releases; several threads may call it."""

    def __init__(self, log: CommitLog, kind: Recorded = "issues") -> None:
        self._log = log
        self._kind: Recorded = kind
        self._stored = Cubes(log.pool, log.layout)
        self._cubes: dict[str, NotedCube] = {}
        """Cubes that are written and not recorded yet, by date."""
        self._lock = Lock()

    def note_cube(self, head: CubeHead, sha256: str) -> None:
        """Take a cube, whose head has that hash, into the next record."""
        with self._lock:
            self._cubes[head.date.isoformat()] = (head, sha256)

    def record_cubes(self) -> None:
        """Commit what was noted of cubes, if there is any. Raises HdfsUnavailable."""
        if self._cubes:
            self.record({})

    def begin_seals(self) -> None:
        """Commit once when a key is new, so that the newest commit is sealed. Raises HdfsUnavailable."""
        if self._log.wants_seal(self._log.newest_seen):
            self.record({})

    def newest(self, date: str) -> int:
        """Number of the newest issue of a date that is on record, as this process knows; 0: none is."""
        return on_record(self._log.newest_seen, self._kind).get(date, (0, ""))[0]

    def retired(self, date: str) -> Retired:
        """Up to which number issues of a date, and their reports, are gone, as this process knows."""
        return self._log.newest_seen.retired.get(date, (0, 0)) if self._kind == "issues" else (0, 0)

    def has(self, date: str, number: int) -> bool:
        """Whether an issue, or a later one, is on record; the log is read when this process does not know."""
        if self.newest(date) < number:
            self._log.read_state(since=self._log.newest_seen)
        return self.newest(date) >= number

    def record(self, issues: Mapping[str, RecordedIssue], there: Callable[[], None] = lambda: None) -> None:
        """Commit that these issues are published, once `there` returns. Raises HdfsUnavailable.

        On a log without any commit there is nothing to be proved, and nothing happens.
        """
        state = self._log.read_state(since=self._log.newest_seen)
        if state.identity is None:
            there()
            return
        with self._lock:
            cubes, self._cubes = self._cubes, {}
        draft = msgspec.structs.replace(job_draft(state, "job", clock.today()), parts={})
        if self._kind == "issues":
            attempt = msgspec.structs.replace(draft, issues=dict(issues))
        else:
            attempt = msgspec.structs.replace(draft, releases=dict(issues))
        try:
            committed = self._log.commit(
                attempt, 0, state, lambda _: None, there, lambda before: self._to_record(cubes, before)
            )
        except BaseException:
            with self._lock:  # for the next record; what was noted meanwhile is newer
                self._cubes = {**cubes, **self._cubes}
            raise
        self._log.store.delete(self._log.layout.staged_by(committed.seq))
        self._log.snapshot_if_due(committed)

    def _to_record(self, cubes: Mapping[str, NotedCube], state: State) -> dict[str, RecordedCube]:
        found = self._log.pool.map(lambda noted: cube_to_record(self._stored, noted, state), cubes.values())
        return {date: cube for date, cube in zip(cubes, found, strict=True) if cube is not None}


def cube_to_record(cubes: Cubes, noted: NotedCube, state: State) -> RecordedCube | None:
    """What the commit after `state` records for a cube that was put in place; None: nothing.

    Another run may have replaced it. The same cube by another goes on record as it lies there. Another cube
    that the log has already stays on record. Any other will be recorded by who wrote it, later than this
    one; if nobody does, `verify` tells of it. One that an erasure came after is none any more.
    """
    head, sha256 = noted
    date = head.date.isoformat()
    if state.erased.get(date, 0) > head.seq:
        return None
    if found := cubes.current(head.date):
        present, there = found[0], (found[0].attempt, found[1])
        if present.is_same_as(head) or state.cubes.get(date) == there:
            return there
    return head.attempt, sha256
