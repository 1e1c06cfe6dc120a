"""One step of a run: tried again while its failure is transient, and written down as it went.

pending -> running -> done
              |  ^
   transient  v  |  after a jittered pause, inside the deadline
           waiting -> failed (exit 5)        any final error -> failed at once
"""

import datetime as dt
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
    """How one step went."""

    name: str
    date: dt.date | None = None
    """The date it worked on; None: the whole run."""
    state: StepState = "running"
    seconds: float = 0.0
    failures: list[str] = msgspec.field(default_factory=list)
    """One line for every failed attempt."""
    note: str = ""
    """What it did, or why there was nothing to do."""


class Steps:
    """Runs steps and keeps their records, in order."""

    def __init__(self, deadline: float) -> None:
        """Spend at most `deadline` seconds of a step on transient failures in a row."""
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
            record.state = "done"
            return result
        finally:
            record.seconds = round(clock.monotonic() - begin, 3)
            said = {"note": record.note} if record.note else {}
            event(f"step.{record.state}", step=name, **_date(date), seconds=record.seconds, **said)

    def _tried(self, record: StepRecord, work: Callable[[StepRecord], T], progress: Callable[[], int]) -> T:
        while True:
            before = progress()
            try:
                for attempt in stamina.retry_context(
                    on=TransientError,
                    attempts=None,
                    timeout=self._deadline,
                    wait_initial=_FIRST_PAUSE,
                    wait_max=_LONGEST_PAUSE,
                ):
                    with attempt:
                        return self._attempt(record, work)
            except TransientError:
                if progress() == before:
                    raise

    def _attempt(self, record: StepRecord, work: Callable[[StepRecord], T]) -> T:
        try:
            return work(record)
        except HealthTrendsError as error:
            record.failures.append(f"{type(error).__name__}: {error}")
            event("step.attempt_failed", step=record.name, attempt=len(record.failures), error=str(error))
            raise


def _date(date: dt.date | None) -> dict[str, str]:
    return {"date": date.isoformat()} if date else {}
