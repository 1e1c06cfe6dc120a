"""Runs the commit protocol for a set of partitions: plan, stage, commit, and find out who won.

    R1 recover   R2 fence   R3 collect   B1 plan   B2 consume   B3 stage   B4 commit   B5 roll forward
    B6 report offsets   B7 clean up

A failure between any two steps leaves what docs/explanation/commit-protocol.md lists; the next run starts at
R1 and needs to know nothing else.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from healthtrends.errors import HealthTrendsError, Superseded, UnreadableBatch
from healthtrends.ingest.committer import Committer
from healthtrends.ingest.continuity import Continuity, identify_topic
from healthtrends.ingest.hole_reasons import check_compaction
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.open_transactions import log_open_transactions
from healthtrends.ingest.opt_out_check import check_opt_out
from healthtrends.ingest.partition_monitor import PartitionMonitor
from healthtrends.ingest.plan import Plan, TopicState, check_key, make_plan
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.positions import Positions
from healthtrends.ingest.process_stager import ProcessStager
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.ingest.spark_stager import SparkStager
from healthtrends.ingest.stager import LocalStager, Stager
from healthtrends.ingest.unreadable_batches import find_unreadable_batches, measure_gaps
from healthtrends.observe import Bar, debug_event, event, measure
from healthtrends.storage.log import CommitLog
from healthtrends.storage.offset_gaps import Gap
from healthtrends.storage.state import State


def plan_ingest(
    topic: Topic,
    log: CommitLog,
    settings: IngestSettings,
    unreadable: Sequence[Gap] = (),
    *,
    dry_run: bool = False,
) -> tuple[State, Plan]:
    """R1 and B1: the state with its files in place (not in a dry run), and what is left to read.

    `unreadable` are batches that are accepted as lost.
    """
    state = log.read_state() if dry_run else log.recover()
    identity = identify_topic(topic, state, accept_no_id=settings.accept_no_topic_id)
    topic = in_log_numbers(topic, state)
    if not settings.new_key:
        check_key(state, settings.key_id)
    plan = make_plan(
        state,
        TopicState(identity, topic.bounds()),
        settings.shard,
        settings.on_data_loss,
        unreadable=unreadable,
        all_partitions=settings.mode == "follow",
    )
    return state, plan


def ingest(
    broker_topic: Topic,
    log: CommitLog,
    settings: IngestSettings,
    stop: threading.Event,
    bar: Bar,
    summary: IngestSummary,
) -> None:
    """Store everything up to the topic's present end; with mode `follow`, until `stop` is set.

    What is committed is added to `summary`. Raises TransientError when a server does not answer; the
    same call again goes on from the log. Raises UnreadableBatch once everything before such a batch, and the
    other partitions, are committed; with `on_data_loss` skip it is recorded as lost.
    """
    accepted_gaps: Sequence[Gap] = ()
    # Tried again after a failure, it may have been stopped meanwhile.
    while not stop.is_set():
        state, plan = plan_ingest(broker_topic, log, settings, accepted_gaps)
        topic = in_log_numbers(broker_topic, state)
        check_compaction(topic, settings)
        check_opt_out(log, state, settings)
        summary.seq, summary.hidden = state.seq, dict(plan.hidden)
        measure("log.read", seq=state.seq)
        log_open_transactions(plan.hidden)
        monitor = PartitionMonitor(topic, settings, plan, stop)
        continuity = Continuity(topic, plan.identity, plan.leader_epochs)
        continuity.check_stored(state.parts)
        faults = _faults_before_fence(topic, state, plan)
        if plan.starts and not faults:
            bar.set_total(plan.messages)
            committer = Committer(
                continuity, log, settings, summary, _stager(topic, log, settings, plan, bar)
            )
            try:
                _write(committer, state, plan, monitor, summary)
            except UnreadableBatch:
                # A worker process met it and cannot say how far the others got: the next attempt has none.
                if settings.worker_pool is None:
                    raise
                settings = replace(settings, worker_pool=None)
                continue
            faults = committer.unreadable
        elif not plan.starts and settings.mode == "follow":
            monitor.wait()
        if summary.superseded or not (faults or monitor.found_more):
            _report_positions(topic, log, settings)
            return
        accepted_gaps = _accept_gaps(topic, log, settings, faults)
        if not faults:
            event("ingest.partitions_added")


def _report_positions(topic: Topic, log: CommitLog, settings: IngestSettings) -> None:
    """Measure how far it got; a follower does so while it works."""
    if settings.mode == "follow":
        return
    try:
        Positions(topic, settings.shard).report(log.newest_seen.parts, {})
    except HealthTrendsError as error:
        debug_event("ingest.positions_not_known", reason=error.what)


def _faults_before_fence(topic: Topic, state: State, plan: Plan) -> Sequence[UnreadableBatch]:
    """Look for unreadable batches when the newest fence led to nothing, so that none is written in vain."""
    return find_unreadable_batches(topic, plan) if state.newest and state.newest.kind == "fence" else ()


def _accept_gaps(
    topic: Topic, log: CommitLog, settings: IngestSettings, faults: Sequence[UnreadableBatch]
) -> list[Gap]:
    """Offsets that are lost with unreadable batches; raises the first fault unless the loss is accepted."""
    if faults and settings.on_data_loss == "stop":
        raise faults[0]
    return (
        measure_gaps(topic, faults, {p: at.next for p, at in log.read_state().parts.items()})
        if faults
        else []
    )


def _write(
    committer: Committer, state: State, plan: Plan, monitor: PartitionMonitor, summary: IngestSummary
) -> None:
    """R2 to B7, and who won."""
    try:
        committer.write(state, plan, monitor)
    except (HealthTrendsError, OSError) as failure:
        # Whoever takes partitions over also collects the staging of the one who had them, so a late
        # writer may trip over a missing file before it asks for its number.
        reason = failure.what if isinstance(failure, Superseded) else committer.takeover_reason()
        if reason is None:
            raise
        summary.superseded = reason
        event("ingest.superseded", reason=reason)
    finally:
        committer.close()


def _stager(topic: Topic, log: CommitLog, settings: IngestSettings, plan: Plan, bar: Bar) -> Stager:
    """A cluster when one is given, several processes for a large backlog, this one for everything else."""
    if settings.executor_pool is not None:
        return SparkStager(settings.executor_pool, settings.batch_records, bar)
    worker_pool = settings.worker_pool
    workers = min(worker_pool.workers, plan.messages // worker_pool.least_messages) if worker_pool else 0
    if worker_pool is None or settings.mode == "follow" or workers <= 1:
        return LocalStager(topic, log.store, log.layout, settings, bar)
    return ProcessStager(worker_pool.start, workers, settings.batch_records, bar)
