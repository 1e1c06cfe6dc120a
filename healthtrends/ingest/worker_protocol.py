"""Messages between the committer and its workers: tasks one way, reports or facts the other way."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from healthtrends import errors
from healthtrends.ingest.batch import Staged

KEPT_REJECT_BYTES = 256 * 1024 * 1024


class Task(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Offsets to be staged, and the names to use."""

    epoch: int
    nonce: str
    """Names the staging folder."""
    clock_date: str
    starts: dict[int, int]
    """First offset by partition."""
    ends: dict[int, int]
    """Offset to stop before, by partition; empty: whatever comes, until a limit or the stop."""
    reject_bytes: int = KEPT_REJECT_BYTES
    """Kept of rejected messages, about; of those beyond, only the beginning."""


class Prefetch(msgspec.Struct, frozen=True, tag=True):
    """Start of the first task, sent early: the client may fetch already."""

    starts: dict[int, int]
    """First offset by partition."""


class Halt(msgspec.Struct, frozen=True, tag=True):
    """End every task early with what was read so far."""


class Advanced(msgspec.Struct, frozen=True, tag=True):
    """Number of messages read since the last such report."""

    messages: int


class Written(msgspec.Struct, frozen=True, tag=True):
    """The oldest unreported task is written."""

    staged: Staged


class Closed(msgspec.Struct, frozen=True, tag=True):
    """The oldest written task is closed."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """It cannot go on."""

    kind: str
    """Name of a class of `errors`."""
    what: str
    why: str
    next_step: str

    @classmethod
    def of(cls, error: Exception, what: str) -> "Failed":
        """Make it of what was raised; `what` could not be done.

        Only the kind of an unexpected error is kept: its text may hold a value of a message.
        """
        if not isinstance(error, errors.HealthTrendsError):
            why = str(error) if isinstance(error, OSError) else type(error).__name__
            error = errors.StagingFailed(what, why)
        return cls(type(error).__name__, error.what, error.why, error.next_step)

    def error(self) -> errors.HealthTrendsError:
        """Return what was raised there."""
        kind: type[errors.HealthTrendsError] = getattr(errors, self.kind)
        return kind(self.what, self.why, self.next_step)


Command = Task | Prefetch | Halt
WorkerReport = Advanced | Written | Closed | Failed


class Worker(Protocol):
    """A process that stages the tasks it gets."""

    def send(self, command: Command) -> None:
        """Hand over one more order. Raises StagingFailed when the process is gone."""
        ...

    def receive(self) -> WorkerReport | None:
        """Wait for its next report; None: it has ended."""
        ...

    def end(self) -> None:
        """Let it end at once; what it has not reported is lost and will be staged again."""
        ...


class Executors(Protocol):
    """A cluster that stages pieces; used by two threads at once."""

    def start(self) -> None:
        """Start what is needed, if it does not run. Raises ConfigError or DependencyDown."""
        ...

    def stage(self, pieces: Sequence[Task]) -> Sequence[Staged]:
        """Stage pieces of one partition each, and wait for their facts.

        Raises StagingFailed or another TransientError when it is worth another try, ConfigError when the
        executors lack what they need.
        """
        ...

    def cancel(self) -> None:
        """Cancel what `stage` has under way, which then raises."""
        ...
