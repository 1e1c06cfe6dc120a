"""Committer of one ingest (steps R2 to B7): fence, then one batch after another, until its end.

While one batch commits in a second thread, the next is consumed; there is never more than one commit
under way, so a batch that fails leaves at most its successor unwritten.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future

import msgspec
from msgspec import UNSET

from healthtrends import clock, runtime
from healthtrends.errors import HealthTrendsError, KafkaUnavailable, UnreadableBatch
from healthtrends.ingest.batch_check import check_batch
from healthtrends.ingest.continuity import Continuity
from healthtrends.ingest.hole_reasons import explain_holes
from healthtrends.ingest.partition_monitor import PartitionMonitor
from healthtrends.ingest.plan import Plan
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.ingest.stager import Stager, Staging
from healthtrends.ingest.worker_protocol import Task
from healthtrends.observe import debug_event, event, measure
from healthtrends.storage.commit_counts import Counts
from healthtrends.storage.file_measures import measure_files
from healthtrends.storage.layout import new_nonce
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import DraftFacts, Kind, Manifest, Mode, Position, draft
from healthtrends.storage.offset_gaps import Gap
from healthtrends.storage.staged_file import USUAL_FORMAT
from healthtrends.storage.state import State

_LOOK_SECONDS = 0.1  # between two looks at the stop while a commit is under way


class Committer:
    """State of one ingest between its fence and its end."""

    def __init__(
        self,
        continuity: Continuity,
        log: CommitLog,
        settings: IngestSettings,
        summary: IngestSummary,
        stager: Stager,
    ) -> None:
        self._continuity = continuity
        self._log = log
        self._settings = settings
        self._summary = summary
        self._stager = stager
        self._commit_thread = runtime.current().background("commit")
        self._committing: Future[State] | None = None
        self._waited = 0.0
        """Seconds that consuming stood still before the newest batch, for the commit of the one before."""
        self._is_halted = False
        self._is_cut = False
        """A batch was halted: what was staged behind it does not meet it, and is not committed."""
        self.unreadable: tuple[UnreadableBatch, ...] = ()
        """Why partitions were left before their ends."""
        self._kept_rejects = 0
        """Bytes of reject files written since `_kept_day` began."""
        self._kept_day = settings.today()
        self._epoch = 0
        self._own: tuple[int, ...] = ()
        self._stored: Mapping[int, Position] = {}
        """How far the partitions are committed, as this writer knows."""

    def close(self) -> None:
        """End the commit thread, after a commit under way, and what was started for staging."""
        self._commit_thread.shutdown()
        self._stager.close()

    def write(self, state: State, plan: Plan, monitor: PartitionMonitor) -> None:
        """R2 to B7 until the ends of the plan, or until the monitor halts it."""
        # The client fetches while the fence is written; what it gets counts only under the fence's state.
        follow = self._settings.mode == "follow"
        ends = {} if follow else plan.ends
        self._stager.prepare(plan.starts, ends)
        state = self._fence(state, plan)
        gaps = tuple(gap for gap in plan.gaps if state.parts[gap.partition].next == gap.first)
        starts = _starts(plan, state, gaps)
        if not follow:
            # Before the fence another writer may have gone past the end that was planned.
            ends = {p: max(end, starts[p]) for p, end in plan.ends.items()}
        self._log.collect(state, self._epoch)
        nexts = {p: state.parts[p].next for p in starts}
        self._committing = _done(state)
        more = True
        while more:
            before, task = nexts, self._task(starts, ends)
            staging = self._stager.stage(task, monitor.halt, lambda: self._check(monitor))
            starts = nexts = dict(staging.nexts)
            self._commit_later(task, staging, before, gaps, monitor)
            if nexts == before and all(nexts[p] >= end for p, end in plan.ends.items()):
                self._summary.caught_up += 1
            gaps, more, self.unreadable = (), staging.more, staging.unreadable
        state = self._await_commit(self._committing, monitor)
        if follow and not self.unreadable:
            self._release(state, nexts)

    def _task(self, starts: Mapping[int, int], ends: Mapping[int, int]) -> Task:
        return Task(
            epoch=self._epoch,
            nonce=new_nonce(),
            clock_date=self._settings.today().isoformat(),
            starts=dict(starts),
            ends=dict(ends),
            reject_bytes=self._reject_bytes_left(),
        )

    def _reject_bytes_left(self) -> int:
        """Bytes of rejected messages that may still be kept in this run, or on a follower's day."""
        today = self._settings.today()
        if today != self._kept_day:
            self._kept_day, self._kept_rejects = today, 0
        return max(0, self._settings.kept_reject_bytes - self._kept_rejects)

    def _fence(self, state: State, plan: Plan) -> State:
        parts = {partition: Position(next=start, owner=0) for partition, start in plan.starts.items()}
        attempt = self._draft("fence", self._settings.mode, parts)
        fenced = self._log.commit(attempt, 0, state, self._other_topic)
        self._epoch, self._own, self._stored = fenced.seq, tuple(parts), fenced.parts
        debug_event("ingest.fence", seq=fenced.seq, partitions=len(parts))
        return fenced

    def _release(self, state: State, nexts: Mapping[int, int]) -> None:
        """Fence once more as one who does not follow, so that a `run` need not wait for this writer."""
        parts = {partition: Position(next=n, owner=0) for partition, n in nexts.items()}
        attempt = self._draft("fence", "once", parts)
        self._log.commit(attempt, self._epoch, state, self._claim(nexts))

    def _check(self, monitor: PartitionMonitor) -> None:
        """Stop consuming at once when the commit in the other thread failed or was superseded."""
        monitor.poll(self._stored)
        if self._committing is not None and self._committing.done():
            self._committing.result()

    def _await_commit(self, committing: Future[State], monitor: PartitionMonitor) -> State:
        """Wait for a commit; asked to stop meanwhile, only for what its batch has read by now."""
        while not runtime.current().wait(committing, _LOOK_SECONDS):
            monitor.poll(self._stored)
            if monitor.halt.is_set():
                self._is_halted = True
                self._stager.halt()
        return committing.result()

    def _commit_later(
        self,
        task: Task,
        staging: Staging,
        before: Mapping[int, int],
        gaps: tuple[Gap, ...],
        monitor: PartitionMonitor,
    ) -> None:
        """Commit when the batch before is; `before` is where the log stands then."""
        earlier = self._committing
        if earlier is None:
            raise RuntimeError("no batch is committed before the fence")
        consumed = clock.monotonic()
        state = self._await_commit(earlier, monitor)
        self._waited = clock.monotonic() - consumed
        if self._is_cut or (staging.nexts == before and not gaps):
            return
        self._committing = self._commit_thread.submit(self._commit, task, staging, before, state, gaps)

    def _commit(
        self, task: Task, staging: Staging, before: Mapping[int, int], state: State, gaps: tuple[Gap, ...]
    ) -> State:
        """B3's end to B7."""
        begin, waited = clock.monotonic(), self._waited
        staged = staging.written()
        self._kept_rejects += sum(file.bytes for file in staged.rejects)
        nexts = staged.nexts
        self._is_cut = nexts != staging.nexts
        if nexts == before and not gaps:
            return state
        check_batch(task, staging, staged, is_halted=self._is_halted)
        empty = explain_holes(self._continuity.topic, staged.holes, self._settings)
        # All of it is read: from here on, what was found to hold before the first read must hold still.
        self._continuity.check([p for p, n in nexts.items() if n > before[p]])
        parts = {
            p: Position(n, self._epoch, self._settings.mode, staged.lasts.get(p, state.parts[p].last))
            for p, n in nexts.items()
        }
        attempt = msgspec.structs.replace(
            self._draft("data", self._settings.mode, parts),
            nonce=task.nonce,
            clock_date=task.clock_date,
            format=UNSET if (name := self._settings.source.stored_name) == USUAL_FORMAT else name,
            opt_out=self._settings.opt_out.digest if self._settings.opt_out else UNSET,
            add=staged.records,
            rejects=staged.rejects,
            facts=staged.facts,
            gaps=gaps,
            empty=empty,
            counts=staged.counts,
            watermark=staged.newest_ms,
        )
        committed = self._log.commit(attempt, self._epoch, state, self._claim(before), staging.closed)
        self._stored = committed.parts
        seconds = clock.monotonic() - begin
        debug_event("ingest.committed", seq=committed.seq, seconds=seconds, consuming_waited=waited)
        self._measure(committed.seq, seconds, staged.counts)
        measure_files(self._log.layout, committed.seq, attempt)
        self._summary.seq = committed.seq
        self._summary.count(staged.counts)
        event(
            "ingest.commit",
            seq=committed.seq,
            stored=staged.counts.messages_stored,
            rejected=staged.counts.messages_rejected,
        )
        committed = self._log.snapshot_if_due(committed)
        self._continuity.topic.report_progress(nexts)
        self._clean_up(task)
        return committed

    def _measure(self, seq: int, seconds: float, counts: Counts) -> None:
        measure(
            "ingest.stored",
            topic=self._continuity.identity.topic,
            seq=seq,
            seconds=seconds,
            stored=counts.messages_stored,
            rejected=counts.messages_rejected,
            skipped=counts.messages_skipped,
            reasons=counts.reasons,
        )

    def _clean_up(self, task: Task) -> None:
        """B7; its failure is no failure of the commit, and whoever takes the partitions over collects."""
        try:
            self._log.store.delete(self._log.layout.staged(self._epoch, task.nonce))
        except (HealthTrendsError, OSError) as error:
            debug_event("ingest.staging_left", epoch=self._epoch, error=type(error).__name__)

    def takeover_reason(self) -> str | None:
        """Return which partition another writer has taken since the own fence; None: none."""
        owners = {p: position.owner for p, position in self._log.read_state().parts.items()}
        lost = [p for p in self._own if owners[p] != self._epoch]
        return (
            f"partition {lost[0]} was taken over by the writer of commit {owners[lost[0]]}" if lost else None
        )

    def _other_topic(self, state: State) -> str | None:
        is_own = state.identity in (None, self._continuity.identity)
        return None if is_own else "the log adopted another topic meanwhile"

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

    def _draft(self, kind: Kind, mode: Mode, parts: dict[int, Position]) -> Manifest:
        facts = DraftFacts(self._continuity.identity, self._settings.key_id, self._settings.today())
        return draft(kind, mode, parts, facts)


def _starts(plan: Plan, state: State, gaps: tuple[Gap, ...]) -> dict[int, int]:
    """Offsets to read first under the fence's state: its next ones, or those behind an accepted gap.

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
