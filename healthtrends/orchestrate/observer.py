"""One look after the other at a pipeline, for whoever watches it: lag, commits, newest dates, alarms, faults.

A look reads only. A server that does not answer costs the parts that it would have told, and is one of the
faults; the other parts are there. Between two looks nothing is asked.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from healthtrends import clock
from healthtrends.errors import FinalError, HealthTrendsError, TransientError
from healthtrends.ingest.continuity import identify_topic
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.open_transactions import find_hidden_offsets, total
from healthtrends.ingest.plan import Shard, TopicState, check_key, make_plan
from healthtrends.ingest.ports import Topic
from healthtrends.observe import Event
from healthtrends.orchestrate.alarm_list import REPORT as ALARMS
from healthtrends.orchestrate.alarm_list import read_published
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.health import LoopHealth
from healthtrends.orchestrate.input_digests import InputDigests
from healthtrends.orchestrate.observation import (
    LastCommit,
    Observation,
    ObservedAlarm,
    ObservedAlarms,
    ObservedDate,
    PartitionLag,
)
from healthtrends.orchestrate.run_records import RunHistory
from healthtrends.orchestrate.status import attention
from healthtrends.publish.issue_manifest import Issue
from healthtrends.publish.issue_store import Issues
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State
from healthtrends.storage.topic_identity import Identity

T = TypeVar("T")

_BEAT = "watch.looked"


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


class _Topic(NamedTuple):
    """The topic beside the log."""

    partitions: tuple[PartitionLag, ...] | None = None
    hidden: int = 0
    """Offsets that open transactions hide."""


class _Dates(NamedTuple):
    """The newest dates, oldest first."""

    shown: tuple[ObservedDate, ...]
    issues: tuple[Issue | None, ...]
    """The newest of each."""
    all_dates: int
    """How many there are."""


class Observer:
    """Looks at one root and its topic."""

    def __init__(self, dependencies: Dependencies, log: CommitLog, issues: Issues, runs: RunHistory) -> None:
        self._dependencies = dependencies
        self._log = log
        self._issues = issues
        self._runs = runs
        self._alarms = ObservedAlarms()

    def look(self, halted: HaltedPartitions, most_dates: int) -> Observation:
        """Look at everything, at the newest `most_dates` dates; never raises for a server."""
        parts = _Parts()
        state = parts.read(lambda: self._log.read_state(since=self._log.newest_seen))
        topic = parts.read(lambda: self._topic(parts, state)) or _Topic()
        commit = parts.read(lambda: self._commit(state)) if state else None
        dates = parts.read(lambda: self._dates(state, most_dates)) if state else None
        alarms = parts.read(lambda: self._newest_alarms(dates.issues)) if dates else None
        shown = dates.shown if dates else ()
        people = parts.read(lambda: self._attention(state, shown, topic.hidden)) if state else None
        halted_faults = halted.faults(topic.partitions) if topic.partitions else []
        return Observation(
            clock.now(),
            clock.monotonic(),
            self._dependencies.where,
            topic.partitions,
            commit,
            dates.shown if dates else None,
            dates.all_dates if dates else 0,
            alarms,
            tuple(dict.fromkeys([*parts.faults, *(people or []), *halted_faults])),
            parts.exit_code,
        )

    def _topic(self, parts: "_Parts", state: State | None) -> _Topic:
        """Compare the topic with the log; why an ingest would not go on is a fault.

        Without a log the topic is asked all the same: whether it answers is to be seen.
        """
        broker = self._dependencies.topic()
        if state is None:
            broker.bounds()
            return _Topic()
        identity = parts.check(lambda: self._identity(broker, state))
        bounds = in_log_numbers(broker, state).bounds()
        if identity is not None:
            parts.check(lambda: make_plan(state, TopicState(identity, bounds), Shard()))
        found = []
        for partition, bound in sorted(bounds.items()):
            known = state.parts.get(partition)
            stored = known.next if known else bound.first
            found.append(PartitionLag(partition, stored, bound.end + bound.hidden))
        return _Topic(tuple(found), total(find_hidden_offsets(bounds)))

    def _identity(self, broker: Topic, state: State) -> Identity:
        settings = self._dependencies.settings
        check_key(state, settings.key_id)
        return identify_topic(broker, state, accept_no_id=settings.accept_no_topic_id)

    def _commit(self, state: State) -> LastCommit:
        newest = state.newest
        if newest is None and state.seq:
            try:
                newest = self._log.read_manifest(state.seq)
            except FileNotFoundError:
                newest = None
        at = None if newest is None else dt.datetime.fromisoformat(newest.committed_at)
        return LastCommit(state.seq, at, state.messages_stored, state.messages_rejected)

    def _dates(self, state: State, most: int) -> _Dates:
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

        found = list(self._dependencies.pool.map(observed, dates[-most:]))
        return _Dates(tuple(date for date, _ in found), tuple(issue for _, issue in found), len(dates))

    def _attention(self, state: State, dates: Sequence[ObservedDate], hidden: int) -> list[str]:
        """What `status` says needs a person, of the dates that are shown."""
        return attention(
            {
                "last_run": self._runs.newest(),
                "commits": {"open_erasure": state.has_open_erasure},
                "dates": [{"date": each.date.isoformat(), "report": each.state} for each in dates],
                "kafka": {"hidden": hidden},
            }
        )

    def _newest_alarms(self, issues: Sequence[Issue | None]) -> ObservedAlarms:
        """Read the list of the newest date that has one; once for each issue."""
        today = self._dependencies.settings.today()
        found = [each for each in issues if each and not each.is_withdrawal and ALARMS in each.reports]
        past = [each for each in found if each.date <= today] or found
        if not past:
            return ObservedAlarms()
        newest = past[-1]
        if (self._alarms.date, self._alarms.issue) != (newest.date, newest.number):
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
        except HealthTrendsError as error:
            self._note(error.with_next_step, error.exit_code)
        except OSError as error:
            self._note(str(error), TransientError.exit_code)
        return None

    def check(self, check: Callable[[], T]) -> T | None:
        """Make a check of an ingest; None: it would be refused, which costs nothing of the look."""
        try:
            return check()
        except FinalError as error:
            self.faults.append(error.with_next_step)
            return None

    def _note(self, fault: str, exit_code: int) -> None:
        self.faults.append(fault)
        self.exit_code = self.exit_code or exit_code
