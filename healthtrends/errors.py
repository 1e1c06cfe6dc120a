"""One error tree: what went wrong, why, and what to do next.

    HealthTrendsError
    ├── TransientError          worth another try inside the deadline; exit 5 when it ends
    │   ├── KafkaUnavailable
    │   ├── HdfsUnavailable
    │   ├── RegistryUnavailable
    │   └── StagingFailed
    └── FinalError              another try gives the same; the run stops
        ├── UsageError          exit 2   the command line
        ├── ConfigError         exit 2   the configuration, a missing key file; a server refuses this client
        ├── QualityGate         exit 3   stored and published, but too much was rejected
        │   └── ReleaseRefused           a release would tell small counts of people
        ├── DataLossRefused     exit 4   wrong topic, retention passed the next offset
        ├── UnreadableBatch     exit 4   the topic holds what the client cannot unpack
        ├── DamageFound         exit 4   a committed file is gone or differs
        ├── RootRefused         exit 4   a root of a newer format, or one whose restore is not finished
        ├── NothingHere         exit 6   a root without a log: new, mistyped or deleted
        ├── DependencyDown      exit 5   a server that will not come back by waiting
        ├── EngineFailed        exit 1   the query engine; carries the root cause line
        ├── WriteFailed         exit 1   a report or file that could not be written
        ├── Superseded          exit 0   another writer owns the partitions; nothing is lost
        └── Interrupted         exit 130 a person stopped the run by Ctrl-C

The type says whether to retry; every class has its exit code. No message may hold a patient value.
"""

from collections.abc import Sequence
from typing import ClassVar


class HealthTrendsError(Exception):
    """Base of all errors a user can meet: one sentence each for what, why and next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, why: str = "", next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.next_step = next_step

    def __str__(self) -> str:
        """One line: what, then why in brackets."""
        return f"{self.what} ({self.why})" if self.why else self.what

    @property
    def with_next_step(self) -> str:
        """One line: what, why, and what to do next."""
        return f"{self}; {self.next_step}" if self.next_step else str(self)


class TransientError(HealthTrendsError):
    """May succeed when tried again; becomes exit 5 once the deadline has passed."""

    exit_code = 5


class KafkaUnavailable(TransientError):
    """The broker does not answer, or answers that it cannot serve now."""


class HdfsUnavailable(TransientError):
    """The NameNode or a DataNode does not answer, or is in safe mode."""


class RegistryUnavailable(TransientError):
    """The schema registry does not answer, or answers that it cannot serve now."""


class StagingFailed(TransientError):
    """A worker process of the ingest ended before its work did."""


class FinalError(HealthTrendsError):
    """The same call would fail again."""


class UsageError(FinalError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class ConfigError(FinalError):
    """The configuration is incomplete or contradicts itself, or a server refuses who is named there."""

    exit_code = 2


class QualityGate(FinalError):
    """Everything is stored and published, but a quality limit was passed."""

    exit_code = 3


class ReleaseRefused(QualityGate):
    """A release would tell small counts of people."""

    def __init__(self, what: str, why: str, next_step: str, findings: Sequence[str]) -> None:
        """`findings` say which counts, and how; they are for the user's screen and for no log."""
        super().__init__(what, why, next_step)
        self.findings = tuple(findings)


class ReleaseOvertaken(ReleaseRefused):
    """Another release was made while this one was judged; it has to be judged again, together with that."""


class DataLossRefused(FinalError):
    """Going on would lose messages or mix two topics."""

    exit_code = 4


class UnreadableBatch(FinalError):
    """The client cannot unpack a batch of the topic; another try gives the same."""

    exit_code = 4

    def __init__(
        self, what: str, why: str = "", next_step: str = "", *, partition: int = -1, offset: int = -1
    ) -> None:
        super().__init__(what, why, next_step)
        self.partition = partition
        self.offset = offset
        """First offset of the batch, as the client names it."""


class DamageFound(FinalError):
    """A committed file is missing or differs from its manifest."""

    exit_code = 4


class RootRefused(FinalError):
    """A root that this program may neither read nor write: of a newer format, or not whole yet."""

    exit_code = 4


class NothingHere(FinalError):
    """A root that nothing was ever committed to: it is new, mistyped or deleted."""

    exit_code = 6


class DependencyDown(FinalError):
    """A server is unreachable and waiting will not help."""

    exit_code = 5


class EngineFailed(FinalError):
    """The query engine could not give a result; `why` is the root cause line."""


class WriteFailed(FinalError):
    """A file or report could not be written after all retries."""


class Superseded(FinalError):
    """Another writer took over these partitions; what was read is not lost."""

    exit_code = 0


class Interrupted(FinalError):
    """A person stopped the run; what it had stored and published stays."""

    exit_code = 130
