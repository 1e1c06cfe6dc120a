"""Issues and cubes go on record in the log while they are published; see `storage.recorder`."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from healthtrends.errors import Superseded
from healthtrends.publish.issue_manifest import Issue, encode_issue
from healthtrends.storage.cube_head import CubeHead
from healthtrends.storage.expired import Retired
from healthtrends.storage.manifest import RecordedIssue, digest
from healthtrends.storage.recorder import Recorder
from healthtrends.storage.store_pool import StorePool


class Register:
    """What one publisher puts on record; nothing, when it has no recorder."""

    def __init__(self, pool: StorePool, recorder: Recorder | None) -> None:
        self._pool = pool
        self._recorder = recorder

    def newest(self, date: dt.date) -> int:
        """Number of the newest issue of a date that is on record, as this process knows; 0: none is."""
        return self._recorder.newest(date.isoformat()) if self._recorder else 0

    def retired(self, date: dt.date) -> Retired:
        """Up to which number issues of a date, and their reports, are deleted, as the log says."""
        return self._recorder.retired(date.isoformat()) if self._recorder else (0, 0)

    def complete(self, issues: Sequence[Issue], sha256: Callable[[Issue], str]) -> bool:
        """Record issues of different dates whose publisher died before it could; True when there was any.

        One that differs from what is on record under its number stays what it is: `verify` tells of it.
        Raises HdfsUnavailable.
        """
        recorder = self._recorder
        if recorder is None:
            return False
        left = [issue for issue in issues if not recorder.has(issue.date.isoformat(), issue.number)]
        if left:
            recorder.record({issue.date.isoformat(): (issue.number, sha256(issue)) for issue in left})
        return bool(left)

    def record(self, issues: Sequence[Issue], publish: Callable[[], Sequence[bool]]) -> Sequence[bool]:
        """Publish, and record the issues once they stand at their numbers; the record is written meanwhile.

        Returns what `publish` does: whether the number of each was free. Raises HdfsUnavailable.
        """
        are_free: Future[Sequence[bool]] = Future()
        recording = self._pool.map(lambda _: self._record_all(issues, are_free), [None])
        try:
            are_free.set_result(publish())
        except BaseException as error:
            are_free.set_exception(error)
            raise
        list(recording)
        return are_free.result()

    def _record_all(self, issues: Sequence[Issue], are_free: "Future[Sequence[bool]]") -> None:
        if self._recorder is None:
            return

        def check_free() -> None:
            if not all(are_free.result()):
                raise Superseded("a number is another publisher's")

        try:
            self._recorder.record(_entries(issues), check_free)
        except Superseded:
            ours = [issue for issue, is_ours in zip(issues, are_free.result(), strict=True) if is_ours]
            if ours:
                self._recorder.record(_entries(ours))

    def note_cube(self, head: CubeHead, sha256: str) -> None:
        """Let a cube go on record with the next issue."""
        if self._recorder is not None:
            self._recorder.note_cube(head, sha256)

    def begin_seals(self) -> None:
        """Let the first sealed commit be made when a key is new. Raises HdfsUnavailable."""
        if self._recorder is not None:
            self._recorder.begin_seals()

    def record_cubes(self) -> None:
        """Let the cubes go on record that no issue came after. Raises HdfsUnavailable."""
        if self._recorder is not None:
            self._recorder.record_cubes()


def _entries(issues: Sequence[Issue]) -> dict[str, RecordedIssue]:
    return {issue.date.isoformat(): (issue.number, digest(encode_issue(issue))) for issue in issues}
