"""One look after the other at a pipeline, for whoever watches it: lag, commits, newest dates, alarms, faults.

A look reads only. A server that does not answer costs the parts that it would have told, and is one of the
faults; the other parts are there. Between two looks nothing is asked.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from healthtrends import clock
from healthtrends.errors import FinalError, HealthTrendsError, TransientError
from healthtrends.ingest.continuity import identify_topic
from healthtrends.ingest.plan import Shard, TopicState, make_plan
from healthtrends.observe import Event
from healthtrends.orchestrate.alarm_list import REPORT as ALARMS
from healthtrends.orchestrate.alarm_list import read_published
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.health import LoopHealth
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.run_records import RunHistory
from healthtrends.orchestrate.status import attention
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State

T = TypeVar("T")

_BEAT = "watch.looked"


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
    """The alarms of the newest date that has such a list."""

    date: dt.date
    issue: int
    alarms: tuple[ObservedAlarm, ...]


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


class HaltedPartitions:
    """Finds partitions that do not move, as `/healthz` does; it outlives the servers' connections."""

    def __init__(self, max_silence: float) -> None:
        """`max_silence`: seconds a partition with messages may stand."""
        self._health = LoopHealth(_BEAT, max_silence)

    def faults(self, partitions: tuple[PartitionLag, ...]) -> list[str]:
        """Take the positions of a look, and say which have stood for too long."""
        now = clock.wall()
        self._health.write(Event(now, _BEAT, {}))
        for each in partitions:
            fields = {
                "partition": each.partition, "read": each.stored, "stored": each.stored, "end": each.end,
            }  # fmt: skip
            self._health.write(Event(now, "ingest.position", fields))
        return self._health.faults()


class Observer:
    """Looks at one root and its topic."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues, runs: RunHistory) -> None:
        self._dependencies = dependencies
        self._log = log
        self._issues = issues
        self._runs = runs
        self._alarms: ObservedAlarms | None = None

    def look(self, halted: HaltedPartitions, most_dates: int) -> Observation:
        """Look at everything, at the newest `most_dates` dates; never raises for a server."""
        parts = _Parts()
        where = self._dependencies.where
        state = parts.read(lambda: self._log.read_state(since=self._log.newest_seen))
        partitions, topic_faults = parts.read(lambda: self._topic(state)) or (None, [])
        commit = parts.read(lambda: self._commit(state)) if state else None
        dates, count = (parts.read(lambda: self._dates(state, most_dates)) if state else None) or ([], None)
        alarms = parts.read(lambda: self._newest_alarms([issue for _, issue in dates]))
        shown = [date for date, _ in dates]
        people = (parts.read(lambda: self._attention(state, shown)) if state else None) or []
        halted_faults = halted.faults(partitions) if partitions else []
        return Observation(
            clock.now(),
            clock.monotonic(),
            where,
            partitions,
            commit,
            None if count is None else tuple(shown),
            count or 0,
            alarms,
            tuple(dict.fromkeys([*parts.faults, *topic_faults, *people, *halted_faults])),
            parts.exit_code,
        )

    def _topic(self, state: State | None) -> tuple[tuple[PartitionLag, ...] | None, list[str]]:
        """Compare the topic with the log, and say why an ingest would not go on.

        Without a log the topic is asked all the same: whether it answers is to be seen.
        """
        topic = self._dependencies.topic()
        bounds = topic.bounds()
        if state is None:
            return None, []
        nexts = {partition: position.next for partition, position in state.parts.items()}
        found = tuple(
            PartitionLag(partition, nexts.get(partition, bound.first), bound.end + bound.hidden)
            for partition, bound in sorted(bounds.items())
        )
        try:
            accepts = self._dependencies.settings.accept_no_topic_id
            make_plan(state, TopicState(identify_topic(topic, state, accept_no_id=accepts), bounds), Shard())
        except FinalError as error:
            return found, [str(error)]
        return found, []

    def _commit(self, state: State) -> LastCommit:
        newest = state.newest
        if newest is None and state.seq:
            try:
                newest = self._log.read_manifest(state.seq)
            except FileNotFoundError:
                newest = None
        at = None if newest is None else dt.datetime.fromisoformat(newest.committed_at)
        return LastCommit(state.seq, at, state.messages_stored, state.messages_rejected)

    def _dates(self, state: State, most: int) -> tuple[list[tuple[ObservedDate, Issue | None]], int]:
        """Give the newest dates, each with its newest issue, and how many dates there are."""
        inputs = InputDigests(state, self._dependencies.edition.identity)
        today = self._dependencies.settings.today()
        dates = sorted({*map(dt.date.fromisoformat, state.dates), *self._issues.dates()})

        def observed(date: dt.date) -> tuple[ObservedDate, Issue | None]:
            issue = self._issues.newest(date)
            name = inputs.report_state(issue, today)
            until = issue.source.provisional_until if issue and name == "provisional" else None
            number = issue.number if issue else None
            lines = state.day_facts(date.isoformat()).lines
            return ObservedDate(date, name, until, number, lines), issue

        return list(self._dependencies.pool.map(observed, dates[-most:])), len(dates)

    def _attention(self, state: State, dates: list[ObservedDate]) -> list[str]:
        """What `status` says needs a person, of the dates that are shown."""
        return attention(
            {
                "last_run": self._runs.newest(),
                "commits": {"open_erasure": state.has_open_erasure},
                "dates": [{"date": each.date.isoformat(), "report": each.state} for each in dates],
                "kafka": {"hidden": 0},
            }
        )

    def _newest_alarms(self, issues: list[Issue | None]) -> ObservedAlarms | None:
        """Read the list of the newest date that has one; once for each issue."""
        today = self._dependencies.settings.today()
        found = [each for each in issues if each and not each.is_withdrawal and ALARMS in each.reports]
        past = [each for each in found if each.date <= today] or found
        if not past:
            return None
        newest = past[-1]
        if self._alarms is None or (self._alarms.date, self._alarms.issue) != (newest.date, newest.number):
            rows = [each.row for each in read_published(self._issues, newest, ()).alarms]
            names = ("severity", "code", "title", "observed", "expected")
            alarms = tuple(ObservedAlarm(*(row[name] for name in names)) for row in rows)
            self._alarms = ObservedAlarms(newest.date, newest.number, alarms)
        return self._alarms


class _Parts:
    """Reads the parts of a look; a server that does not answer, or damage, is a fault of it."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.exit_code = 0

    def read(self, part: Callable[[], T]) -> T | None:
        """Read a part; None: it cannot be read."""
        try:
            return part()
        except (HealthTrendsError, OSError) as error:
            self.faults.append(str(error))
            code = error.exit_code if isinstance(error, HealthTrendsError) else TransientError.exit_code
            self.exit_code = self.exit_code or code
            return None
