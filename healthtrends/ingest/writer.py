"""R2 to B7: the writer between its fence and its end.

While one batch commits in a second thread, the next is consumed; there is never more than one commit
under way, so a batch that fails leaves at most its successor unwritten.
"""

import datetime as dt
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import msgspec

from healthtrends import __version__, clock
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.batch import Batch, BatchPlace
from healthtrends.ingest.plan import Plan
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.ingest.staging import Writers
from healthtrends.model.decode import RecordDecoder
from healthtrends.observe import Bar, debug_event, event
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Gap, Identity, Kind, Manifest, Mode, Position
from healthtrends.storage.state import State

_MESSAGES_PER_READ = 2_000
_READ_TIMEOUT = 0.1


class Writer:
    """State of one ingest between its fence and its end."""

    def __init__(
        self, topic: Topic, log: CommitLog, settings: IngestSettings, summary: IngestSummary, bar: Bar
    ) -> None:
        self._topic = topic
        self._log = log
        self._settings = settings
        self._summary = summary
        self._bar = bar
        self._identity: Identity = topic.identity()
        self._clock_date = clock.today()
        self._decoder = self._new_decoder()
        self._writers = Writers(log.store)
        self._committer = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._committing: Future[State] | None = None
        self._epoch = 0
        self._own: tuple[int, ...] = ()

    def close(self) -> None:
        """End the threads; a commit under way is finished first."""
        self._committer.shutdown()
        self._writers.stop()

    def write(self, state: State, plan: Plan, stop: threading.Event) -> None:
        """R2 to B7 until the plan's ends, or until `stop` in mode `follow`."""
        # The client fetches while the fence is written; what it gets counts only under the fence's state.
        self._topic.assign(plan.starts)
        state = self._fence(state, plan)
        gaps = tuple(gap for gap in plan.gaps if state.parts[gap.partition].next == gap.first)
        starts = _starts(plan, state, gaps)
        if starts != plan.starts:
            self._topic.assign(starts)
        self._log.collect(state, self._epoch)
        nexts = {p: state.parts[p].next for p in starts}
        follow = self._settings.mode == "follow"
        self._committing = _done(state)
        finished = False
        while not finished:
            batch = self._new_batch(nexts)
            finished = self._consume(batch, plan, stop, follow=follow)
            nexts = {**nexts, **self._topic.positions()}
            self._commit_later(batch, dict(nexts), gaps)
            gaps = ()
        state = self._committing.result()
        if follow:
            self._release(state, nexts)

    def _fence(self, state: State, plan: Plan) -> State:
        parts = {partition: Position(next=start, owner=0) for partition, start in plan.starts.items()}
        draft = self._draft("fence", new_nonce(), self._settings.mode, parts)
        fenced = self._log.commit(draft, 0, state, lambda _: None)
        self._epoch, self._own = fenced.seq, tuple(parts)
        debug_event("ingest.fence", seq=fenced.seq, partitions=len(parts))
        return fenced

    def _release(self, state: State, nexts: dict[int, int]) -> None:
        """Fence once more as one who does not follow, so that a `run` need not wait for this writer."""
        parts = {partition: Position(next=n, owner=0) for partition, n in nexts.items()}
        draft = self._draft("fence", new_nonce(), "once", parts)
        self._log.commit(draft, self._epoch, state, self._claim(nexts))

    def _new_decoder(self) -> RecordDecoder:
        """Make the date rule of one clock date; a batch keeps it, a follower sees many."""
        latest = self._clock_date + dt.timedelta(days=self._settings.future_days)
        return RecordDecoder(latest, self._settings.pseudonymise)

    def _new_batch(self, starts: dict[int, int]) -> Batch:
        if clock.today() != self._clock_date:
            self._clock_date = clock.today()
            self._decoder = self._new_decoder()
        place = BatchPlace(self._log.layout, self._epoch, self._clock_date, self._identity.topic)
        return Batch(place, self._writers, starts)

    def _consume(self, batch: Batch, plan: Plan, stop: threading.Event, *, follow: bool) -> bool:
        """B2: fill one batch; True when there is nothing more to do after it."""
        settings, topic, decoder = self._settings, self._topic, self._decoder
        deadline = clock.Deadline(settings.commit_interval)
        while True:
            # Asking for more than is there would wait out the whole timeout.
            room = settings.batch_records - batch.messages
            left = _MESSAGES_PER_READ if follow else self._left(plan)
            if stop.is_set() or not left:
                return True
            messages = topic.read(min(_MESSAGES_PER_READ, room, left), _READ_TIMEOUT)
            batch.add(messages, decoder)
            self._bar.advance(len(messages))
            self._raise_commit_failure()
            if (
                batch.messages >= settings.batch_records
                or batch.bytes >= settings.batch_bytes
                or batch.has_many_dates
                or deadline.passed()
            ):
                return False

    def _left(self, plan: Plan) -> int:
        """Offsets up to the planned ends; a position passes transaction markers too."""
        positions = self._topic.positions()
        return sum(max(0, end - positions[partition]) for partition, end in plan.ends.items())

    def _raise_commit_failure(self) -> None:
        """Stop consuming at once when the commit in the other thread failed or was superseded."""
        if self._committing is not None and self._committing.done():
            self._committing.result()

    def _commit_later(self, batch: Batch, nexts: dict[int, int], gaps: tuple[Gap, ...]) -> None:
        unknown = self._decoder.take_unknown_fields()
        before = self._committing
        if before is None:
            raise RuntimeError("no batch is committed before the fence")
        state = before.result()
        if nexts == batch.starts and not gaps:
            return
        self._committing = self._committer.submit(self._commit, batch, state, nexts, gaps, unknown)

    def _commit(
        self, batch: Batch, state: State, nexts: dict[int, int], gaps: tuple[Gap, ...], unknown: int
    ) -> State:
        """B3's end to B7."""
        closed = batch.finish()
        add, rejects = batch.staged(nexts)
        counts = batch.counts(unknown)
        draft = msgspec.structs.replace(
            self._draft(
                "data",
                batch.nonce,
                self._settings.mode,
                self._positions(nexts),
            ),
            clock_date=batch.clock_date.isoformat(),
            add=add,
            rejects=rejects,
            gaps=gaps,
            counts=counts,
            watermark=batch.newest_ms or None,
        )
        committed = self._log.commit(draft, self._epoch, state, self._claim(batch.starts), closed)
        committed = self._log.snapshot_if_due(committed)
        self._topic.note_progress(nexts)
        self._log.store.delete(self._log.layout.staged(self._epoch, batch.nonce))
        self._summary.seq = committed.seq
        self._summary.count(counts)
        event(
            "ingest.commit",
            seq=committed.seq,
            stored=counts.messages_stored,
            rejected=counts.messages_rejected,
        )
        return committed

    def _positions(self, nexts: Mapping[int, int]) -> dict[int, Position]:
        return {p: Position(n, self._epoch, self._settings.mode) for p, n in nexts.items()}

    def taken_over(self) -> str | None:
        """Say which partition another writer has taken since the own fence; None: none."""
        owners = {p: position.owner for p, position in self._log.read_state().parts.items()}
        lost = [p for p in self._own if owners[p] != self._epoch]
        return (
            f"partition {lost[0]} was taken over by the writer of commit {owners[lost[0]]}" if lost else None
        )

    def _claim(self, starts: Mapping[int, int]) -> Callable[[State], str | None]:
        def refused(state: State) -> str | None:
            for partition, start in starts.items():
                position = state.parts[partition]
                if position.owner != self._epoch:
                    return f"partition {partition} was taken over by the writer of commit {position.owner}"
                if position.next != start:
                    return f"partition {partition} was committed to offset {position.next} by another writer"
            return None

        return refused

    def _draft(self, kind: Kind, nonce: str, mode: Mode, parts: dict[int, Position]) -> Manifest:
        identity = self._identity
        return Manifest(
            seq=0,
            nonce=nonce,
            kind=kind,
            mode=mode,
            cluster_id=identity.cluster_id,
            topic=identity.topic,
            topic_id=identity.topic_id,
            clock_date=self._clock_date.isoformat(),
            key_id=self._settings.key_id,
            program_version=__version__,
            committed_at=clock.now().isoformat(timespec="milliseconds"),
            parts=parts,
        )


def _starts(plan: Plan, state: State, gaps: tuple[Gap, ...]) -> dict[int, int]:
    """Where to read under the fence's state: at its next offsets, or behind a gap that was accepted.

    Raises KafkaUnavailable when the log moved so that the plan would leave offsets out: plan again.
    """
    behind = {gap.partition: gap.next for gap in gaps}
    starts = {p: behind.get(p, state.parts[p].next) for p in plan.starts}
    for partition, start in starts.items():
        if start < plan.starts[partition]:
            raise KafkaUnavailable(
                f"partition {partition} was fenced at {start} by another writer meanwhile",
                f"the topic begins at {plan.starts[partition]}",
            )
    return starts


def _done(state: State) -> Future[State]:
    future: Future[State] = Future()
    future.set_result(state)
    return future
