"""Ingest as the commands do it: as a step of `run`, or alone, once or as a follower.

`run` does not take partitions away from another writer: it waits for what that one stores.
"""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from healthtrends import clock
from healthtrends.errors import HealthTrendsError
from healthtrends.ingest.continuity import identify_topic
from healthtrends.ingest.hole_reasons import check_compaction
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.open_transactions import find_hidden_offsets
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.runner import ingest, plan_ingest
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.observe import counted, event, progress
from healthtrends.orchestrate.dependencies import Dependencies
from healthtrends.orchestrate.run_records import RunRecord
from healthtrends.orchestrate.steps import StepRecord, Steps
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State

Stopping = Callable[[], AbstractContextManager[threading.Event]]
"""Inside, a person's wish to stop sets the event; the end raises KeyboardInterrupt for it."""

_LOOK_SECONDS = 0.5
_PATIENCE_INTERVALS = 3


class IngestStep:
    """Stores the messages of one topic under one root."""

    def __init__(self, dependencies: Dependencies, log: CommitLog) -> None:
        self._dependencies = dependencies
        self._log = log

    def check_topic(self) -> None:
        """Check that the topic can be read; one question after the other, as each waits for ten seconds."""
        topic, settings = self._dependencies.topic(), self._dependencies.settings
        identify_topic(topic, self._log.read_state(), accept_no_id=settings.accept_no_topic_id)
        topic.check_readable()
        check_compaction(topic, settings)

    def run(self, steps: Steps, record: RunRecord, stopping: Stopping) -> None:
        """Store what the topic holds, or wait until another writer has stored it."""
        summary = IngestSummary()

        def work(step: StepRecord) -> None:
            self._store_or_wait(summary, stopping)
            step.note = f"{summary.stored} stored, {summary.rejected} rejected"
            # Another writer may have done it; and what was committed meanwhile is new, not hidden.
            summary.hidden = self._hidden()

        try:
            steps.run("ingest", work, progress=lambda: summary.progress)
        finally:
            record.stored, record.rejected, record.reasons = summary.stored, summary.rejected, summary.reasons
            record.skipped, record.skips, record.hidden = summary.skipped, summary.skips, summary.hidden

    def plan_only(self, steps: Steps) -> int:
        """Count the offsets that `run` would read."""

        def work(step: StepRecord) -> int:
            topic, settings = self._dependencies.topic(), self._dependencies.settings
            _, plan = plan_ingest(topic, self._log, settings, dry_run=True)
            step.note = f"would read {counted(plan.messages, 'offset')}"
            return plan.messages

        return steps.run("ingest", work)

    def hidden_offsets(self) -> dict[int, tuple[int, int]]:
        """Find what open transactions hide; nothing when the topic cannot be read."""
        try:
            return self._hidden()
        except HealthTrendsError as error:
            event("run.hidden_not_known", error=str(error))
            return {}

    def _hidden(self) -> dict[int, tuple[int, int]]:
        topic = in_log_numbers(self._dependencies.topic(), self._log.newest_seen)
        return dict(find_hidden_offsets(topic.bounds()))

    def run_alone(
        self, follow: bool, shard: Shard, stop: threading.Event, *, new_key: bool, on_cluster: bool
    ) -> IngestSummary:
        """Store what the topic holds, or follow it until `stop`; tried again as in a run.

        `on_cluster`: staged by executors of the configured Spark master, once, all partitions.
        """
        summary = IngestSummary()
        settings = replace(
            self._dependencies.settings, mode="follow" if follow else "once", shard=shard, new_key=new_key,
            executor_pool=self._dependencies.executor_pool() if on_cluster else None,
        )  # fmt: skip
        steps = Steps(self._dependencies.deadline)
        steps.run("ingest", lambda _: self._store(settings, stop, summary), progress=lambda: summary.progress)
        return summary

    def _store_or_wait(self, summary: IngestSummary, stopping: Stopping) -> None:
        topic, settings = self._dependencies.topic(), self._dependencies.settings
        while not _await_other_writer(topic, self._log, settings, superseded=summary.superseded is not None):
            summary.superseded = None
            with stopping() as stop:
                self._store(settings, stop, summary)
            if summary.superseded is None:
                break

    def _store(self, settings: IngestSettings, stop: threading.Event, summary: IngestSummary) -> None:
        with progress("ingest", None, "messages") as bar:
            ingest(self._dependencies.topic(), self._log, settings, stop, bar, summary)


def _await_other_writer(topic: Topic, log: CommitLog, settings: IngestSettings, *, superseded: bool) -> bool:
    """Wait until another writer has stored what the topic holds now.

    That writer is a follower, or whoever has just `superseded` this run. False: there is none, or it made no
    progress for three commit intervals, so the caller should ingest itself.
    """
    if not superseded and "follow" not in {part.mode for part in log.read_state().parts.values()}:
        return False  # only beside another writer it must be known here what is left to read
    state, plan = plan_ingest(topic, log, settings)
    if not plan.starts:
        return superseded
    if not superseded and not _has_follower(state, set(plan.starts)):
        return False
    event("ingest.waiting", reason="another writer stores these partitions", messages=plan.messages)
    patience = clock.Deadline(_PATIENCE_INTERVALS * settings.commit_interval)
    while not patience.passed():
        clock.sleep(_LOOK_SECONDS)
        seq = state.seq
        state = log.read_state(since=state)
        if all(p in state.parts and state.parts[p].next >= end for p, end in plan.ends.items()):
            return True
        if state.seq != seq:
            patience = clock.Deadline(_PATIENCE_INTERVALS * settings.commit_interval)
    event("ingest.taking_over", reason="the other writer made no progress")
    return False


def _has_follower(state: State, partitions: set[int]) -> bool:
    modes = {state.parts[p].mode for p in partitions if p in state.parts}
    return modes == {"follow"}
