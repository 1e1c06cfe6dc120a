"""One step of a run: tried again while its failure is transient, and written down as it went.

pending -> running -> done
              |  ^
   transient  v  |  after a jittered pause, inside the deadline
           waiting -> failed (exit 5)        any final error -> failed at once
"""

import datetime as dt
import random
from collections.abc import Callable
from typing import Literal, TypeVar

import msgspec
import stamina

from healthtrends import clock
from healthtrends.errors import HealthTrendsError, TransientError
from healthtrends.observe import event

T = TypeVar("T")

_FIRST_PAUSE = 0.3
_LONGEST_PAUSE = 5.0

# Every failed attempt has its line already; stamina would log another for each pause.
stamina.instrumentation.set_on_retry_hooks([])

StepState = Literal["running", "done", "skipped", "failed"]


class StepRecord(msgspec.Struct):
    """One step of a run: its result and its failures."""

    name: str
    date: dt.date | None = None
    """The date it worked on; None: the whole run."""
    state: StepState = "running"
    seconds: float = 0.0
    failures: list[str] = msgspec.field(default_factory=list)
    """One line for every failed attempt."""
    note: str = ""
    """What it did, or why there was nothing to do."""

    def skip(self, why: str) -> None:
        """Say, at work, that there is nothing to do after all."""
        self.state, self.note = "skipped", why


class Steps:
    """Runs steps and keeps their records, in order."""

    def __init__(self, deadline: float) -> None:
        """Spend at most `deadline` seconds of a step on transient failures without progress in between."""
        self.records: list[StepRecord] = []
        self._deadline = deadline

    def skip(self, name: str, note: str, date: dt.date | None = None) -> None:
        """Write down that a step was done before, or not asked for."""
        self.records.append(StepRecord(name, date, "skipped", note=note))
        event("step.skipped", step=name, **_date(date), reason=note)

    def run(
        self,
        name: str,
        work: Callable[[StepRecord], T],
        date: dt.date | None = None,
        progress: Callable[[], int] = int,
    ) -> T:
        """Do `work`, again after a transient failure; a grown `progress` starts the deadline anew.

        Raises what the last attempt raised.
        """
        record = StepRecord(name, date)
        self.records.append(record)
        begin = clock.monotonic()
        try:
            result = self._tried(record, work, progress)
        except BaseException:
            record.state = "failed"
            raise
        else:
            if record.state == "running":
                record.state = "done"
            return result
        finally:
            record.seconds = round(clock.monotonic() - begin, 3)
            said = {"note": record.note} if record.note else {}
            event(f"step.{record.state}", step=name, **_date(date), seconds=record.seconds, **said)

    def _tried(self, record: StepRecord, work: Callable[[StepRecord], T], progress: Callable[[], int]) -> T:
        patience = _Patience(self._deadline, progress)
        for attempt in stamina.retry_context(on=patience.pause, attempts=None, timeout=None):
            with attempt:
                return self._attempt(record, work)
        raise AssertionError  # pragma: no cover  the context ends by a result or an error

    def _attempt(self, record: StepRecord, work: Callable[[StepRecord], T]) -> T:
        try:
            return work(record)
        except HealthTrendsError as error:
            record.failures.append(f"{type(error).__name__}: {error}")
            event("step.attempt_failed", step=record.name, attempt=len(record.failures), error=str(error))
            raise


class _Patience:
    """Pauses between failed attempts, and the end of them.

    The deadline begins at the first failure after the last progress: not with the attempt, which may have
    worked, or waited for messages, for hours before.
    """

    def __init__(self, seconds: float, progress: Callable[[], int]) -> None:
        self._seconds = seconds
        self._progress = progress
        self._reached = progress()
        self._failures = 0
        self._deadline: clock.Deadline | None = None

    def pause(self, error: Exception) -> float | bool:
        """Seconds before the next attempt; False: none."""
        if not isinstance(error, TransientError):
            return False
        reached = self._progress()
        if self._deadline is None or reached != self._reached:
            self._deadline, self._reached, self._failures = clock.Deadline(self._seconds), reached, 0
        if self._deadline.passed():
            return False
        longest = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** min(self._failures, 10))
        self._failures += 1
        # Half of it by chance, so that several processes do not come back at the same moment.
        return longest * random.uniform(0.5, 1.0)  # noqa: S311  no secret


def _date(date: dt.date | None) -> dict[str, str]:
    return {"date": date.isoformat()} if date else {}
