"""What one look at a pipeline finds: values, without servers; see `observer`."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartitionLag:
    """How far one partition is stored."""

    partition: int
    stored: int
    """Next offset that is to be stored."""
    end: int
    """Offset after its newest message, hidden ones among them."""

    @property
    def lag(self) -> int:
        """Offsets to its end."""
        return max(0, self.end - self.stored)


@dataclass(frozen=True, slots=True)
class LastCommit:
    """The newest commit of the log."""

    seq: int
    committed_at: dt.datetime | None
    """UTC; None: an empty root, or its manifest is pruned."""
    records: int
    """Messages stored, over all commits."""
    rejects: int


@dataclass(frozen=True, slots=True)
class ObservedDate:
    """One date, and how its reports are."""

    date: dt.date
    state: str
    provisional_until: dt.date | None
    """Last day on which the state holds; None: no day ends it."""
    issue: int | None
    records: int
    """Lines stored."""


@dataclass(frozen=True, slots=True)
class ObservedAlarm:
    """One alarm as it was published."""

    severity: str
    code: str
    title: str
    observed: str
    expected: str


@dataclass(frozen=True, slots=True)
class ObservedAlarms:
    """The alarms of the newest date that has such a list; without a date none of those shown has one."""

    date: dt.date | None = None
    issue: int | None = None
    alarms: tuple[ObservedAlarm, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """What one look found; None: it could not be read, and `faults` say why."""

    at: dt.datetime
    """UTC, by the clock of the data."""
    moment: float
    """Seconds of the monotonic clock."""
    where: Mapping[str, Mapping[str, object]]
    """Addresses, as `status` has them."""
    partitions: tuple[PartitionLag, ...] | None = None
    commit: LastCommit | None = None
    dates: tuple[ObservedDate, ...] | None = None
    """The newest ones, oldest first."""
    all_dates: int = 0
    """How many there are."""
    alarms: ObservedAlarms | None = None
    faults: tuple[str, ...] = ()
    exit_code: int = 0
    """Of the first error that kept the look from being whole."""

    @property
    def lag(self) -> int | None:
        """Offsets of all partitions that are not stored."""
        return None if self.partitions is None else sum(each.lag for each in self.partitions)

    @property
    def is_whole(self) -> bool:
        """Whether both servers told what they were asked."""
        return self.exit_code == 0

    @property
    def stored(self) -> int | None:
        """Sum of the positions, of which two looks give a rate."""
        return None if self.partitions is None else sum(each.stored for each in self.partitions)
