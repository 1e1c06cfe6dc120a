"""Stagers (steps B2 and B3) turn offset ranges into staged files; here the one of this process.

A task is what the committer wants staged next. A stager returns at once how far it reads, and later, when
everything is written, the files.
"""

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from healthtrends import clock
from healthtrends.errors import UnreadableBatch
from healthtrends.ingest.batch import Batch, BatchLimits, BatchPlace, Staged
from healthtrends.ingest.file_writers import FileWriters
from healthtrends.ingest.ports import Message, Reader
from healthtrends.ingest.settings import IngestSettings
from healthtrends.ingest.worker_protocol import Task
from healthtrends.model.decoder import Decoder
from healthtrends.observe import Bar
from healthtrends.storage.file_names import NameSeries
from healthtrends.storage.layout import Layout
from healthtrends.storage.ports import FileStore

_MESSAGES_PER_READ = 2_000
_FIRST_READ = 20
_BYTES_PER_READ = 16 * 1024 * 1024
_READ_TIMEOUT = 0.1


@dataclass(frozen=True, slots=True)
class Staging:
    """A task that is consumed, but perhaps not written yet."""

    nexts: Mapping[int, int]
    """Offset after the last one to be staged, by partition; halted, `written` may have fewer."""
    more: bool
    """A limit of the batch ended it, not the task's ends and not the stop."""
    written: Callable[[], Staged]
    """Waits until the files are written, so that their facts are final. Raises what a thread met."""
    closed: Callable[[], None]
    """Waits until the files are closed; after `written`."""
    unreadable: tuple[UnreadableBatch, ...] = ()
    """Why partitions were left before their ends."""


def nothing_staged(task: Task) -> Staging:
    """A task that was stopped before it began."""
    return Staging(task.starts, more=False, written=lambda: Staged(nexts=task.starts), closed=lambda: None)


class Stager(Protocol):
    """Turns tasks into staged files."""

    def prepare(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Get ready for about this task; called before the fence, so that both go on at once."""
        ...

    def stage(self, task: Task, stop: threading.Event, check: Callable[[], None]) -> Staging:
        """Consume until the task's ends, a limit of the batch, or `stop`; `check` may raise meanwhile."""
        ...

    def halt(self) -> None:
        """End early what `stage` handed over and did not wait for; may be called again."""
        ...

    def close(self) -> None:
        """End what was started for staging."""
        ...


class LocalStager:
    """Stages in this process: one consumer, a few writing threads."""

    def __init__(
        self, topic: Reader, store: FileStore, layout: Layout, settings: IngestSettings, bar: Bar
    ) -> None:
        self._topic = topic
        self._layout = layout
        self._settings = settings
        self._bar = bar
        self._writers = FileWriters(store)
        self._names = NameSeries()
        self._kept = "", 0
        """Newest task's nonce, and the bytes of rejected messages kept for it."""
        self._most = _FIRST_READ
        """Messages to ask for: fewer while they are large."""
        self._clock_date = ""
        self._decoder: Decoder | None = None
        self._positions: dict[int, int] = {}
        """Where the client stands; a task that begins there needs no new assignment."""
        self._ends: Mapping[int, int] = {}
        self._ended: set[int] = set()
        """Partitions that wait at the end of their range."""
        self._unreadable: dict[int, UnreadableBatch] = {}
        """Partitions that wait before a batch that the client cannot unpack."""

    def close(self) -> None:
        """End the threads; chunks still queued are written first."""
        self._writers.stop()

    def halt(self) -> None:
        """Nothing: what is handed over is read."""

    def prepare(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> None:
        """Let the client fetch already what the first task is likely to begin with."""
        del ends
        self.fetch(starts)

    def fetch(self, starts: Mapping[int, int]) -> None:
        """Let the client begin at these offsets."""
        self._topic.assign(starts)
        self._positions, self._ended, self._unreadable = dict(starts), set(), {}
        self._most = _FIRST_READ

    def stage(self, task: Task, stop: threading.Event, check: Callable[[], None]) -> Staging:
        """Consume until the task's ends, a limit of the batch, or `stop`; `check` may raise meanwhile."""
        if task.starts != self._positions or (self._ended and task.ends != self._ends):
            self.fetch(task.starts)
        self._ends = task.ends
        place = BatchPlace(
            self._layout,
            task.epoch,
            task.nonce,
            task.clock_date,
            self._topic.name,
            self._names,
            self._settings.cipher,
        )
        batch = Batch(place, self._limits(task), self._writers, task.starts)
        more = self._fill(batch, task, stop, check)
        self._kept = task.nonce, task.reject_bytes - batch.limits.kept_bytes + batch.kept
        nexts = dict(self._positions)
        unknown = self._decoder.take_unknown_fields() if self._decoder else 0
        closing: list[Callable[[], None]] = []

        def written() -> Staged:
            closing.append(batch.finish())
            return batch.staged(nexts, unknown)

        def closed() -> None:
            closing[0]()

        return Staging(nexts, more, written, closed, tuple(self._unreadable.values()))

    def _limits(self, task: Task) -> BatchLimits:
        """Limits of the next batch; where one ends before its task, the next goes on with what it left."""
        settings, (nonce, kept) = self._settings, self._kept
        left = task.reject_bytes - (kept if nonce == task.nonce else 0)
        return BatchLimits(settings.batch_bytes, settings.batch_dates, settings.reject_bytes, left)

    def _fill(self, batch: Batch, task: Task, stop: threading.Event, check: Callable[[], None]) -> bool:
        settings, decoder = self._settings, self._decoder_of(task.clock_date)
        deadline = clock.Deadline(settings.commit_interval)
        while True:
            # Asking for more than is there would wait out the whole timeout.
            room = min(settings.batch_records - batch.messages, batch.room)
            left = self._left(task)
            if stop.is_set() or not left:
                return False
            before = self._positions
            messages = self._read(min(self._most, room, left), task.ends)
            batch.holes.note(before, messages, self._positions)
            batch.add(messages, decoder)
            if messages:
                # How large the next ones are is not known before.
                fitting = _BYTES_PER_READ // max(1, decoder.longest)
                self._most = max(1, min(_MESSAGES_PER_READ, 2 * self._most, fitting))
            batch.note_lasts(messages, [p for p, now in self._positions.items() if now != before[p]])
            self._bar.advance(len(messages))
            check()
            if batch.messages >= settings.batch_records or batch.is_full or deadline.passed():
                return bool(self._left(task))

    def _left(self, task: Task) -> int:
        """Offsets up to the ends; a position passes transaction markers too."""
        if not task.ends:
            # A follower has no end to read the other partitions to: it commits what it has, and stops.
            return 0 if self._unreadable else _MESSAGES_PER_READ
        return sum(
            max(0, end - self._positions[p]) for p, end in task.ends.items() if p not in self._unreadable
        )

    def _read(self, most: int, ends: Mapping[int, int]) -> list[Message]:
        """Messages before the ends; a partition that reached its own is left alone from there on."""
        try:
            messages = list(self._topic.read(most, _READ_TIMEOUT))
        except UnreadableBatch as fault:
            self._topic.pause({fault.partition})
            self._unreadable[fault.partition] = fault
            return []
        positions = self._topic.positions()
        reached = {p for p, end in ends.items() if positions[p] >= end}
        if any(positions[p] > ends[p] for p in reached):
            messages = [each for each in messages if each.offset() < ends[each.partition()]]
        if reached > self._ended:
            # Not the last one: a client with nothing to fetch takes up to a second to begin again.
            if len(reached) < len(ends):
                self._topic.pause(reached - self._ended)
            self._ended = reached
        self._positions = {p: min(position, ends.get(p, position)) for p, position in positions.items()}
        return messages

    def _decoder_of(self, clock_date: str) -> Decoder:
        """Keep the date rule of one clock date; a follower sees many."""
        if self._decoder is None or clock_date != self._clock_date:
            self._clock_date = clock_date
            self._decoder = self._settings.decoder(dt.date.fromisoformat(clock_date))
        return self._decoder
