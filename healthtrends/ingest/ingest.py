"""One pass through the commit protocol for a set of partitions: plan, write, and say who won.

    R1 recover   R2 fence   R3 collect   B1 plan   B2 consume   B3 stage   B4 commit   B5 roll forward
    B6 tell the broker   B7 clean up

A failure between any two steps leaves what docs/explanation/commit-protocol.md lists; the next run starts at
R1 and needs to know nothing else.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace

from healthtrends.errors import HealthTrendsError, Superseded, UnreadableBatch
from healthtrends.ingest.continuity import Continuity, known_topic
from healthtrends.ingest.crew import CrewStager
from healthtrends.ingest.explain import check_compaction
from healthtrends.ingest.hidden import say_hidden
from healthtrends.ingest.plan import Plan, Seen, check_key, make_plan
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import IngestSettings, IngestSummary
from healthtrends.ingest.spread import SpreadStager
from healthtrends.ingest.stager import LocalStager, Stager
from healthtrends.ingest.unreadable import all_unreadable, gaps_of
from healthtrends.ingest.watch import Watch
from healthtrends.ingest.writer import Writer
from healthtrends.observe import Bar, event
from healthtrends.storage.log import CommitLog
from healthtrends.storage.manifest import Gap
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

    `unreadable` are batches that are given up.
    """
    state = log.read_state() if dry_run else log.recover()
    identity = known_topic(topic, state, accept_no_id=settings.accept_no_topic_id)
    if not settings.new_key:
        check_key(state, settings.key_id)
    plan = make_plan(
        state,
        Seen(identity, topic.bounds()),
        settings.shard,
        settings.on_data_loss,
        unreadable=unreadable,
        all_partitions=settings.mode == "follow",
    )
    return state, plan


def ingest(
    topic: Topic,
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
    given_up: Sequence[Gap] = ()
    # Tried again after a failure, it may have been stopped meanwhile.
    while not stop.is_set():
        state, plan = plan_ingest(topic, log, settings, given_up)
        check_compaction(topic, settings)
        summary.seq, summary.hidden = state.seq, dict(plan.hidden)
        say_hidden(plan.hidden)
        watch = Watch(topic, settings, plan, stop)
        continuity = Continuity(topic, plan.identity, plan.leader_epochs)
        continuity.check_stored(state.parts)
        faults = _faults_before_fence(topic, state, plan)
        if plan.starts and not faults:
            bar.set_total(plan.messages)
            writer = Writer(continuity, log, settings, summary, _stager(topic, log, settings, plan, bar))
            try:
                _write(writer, state, plan, watch, summary)
            except UnreadableBatch:
                # A worker process met it and cannot say how far the others got: the next attempt has none.
                if settings.crew is None:
                    raise
                settings = replace(settings, crew=None)
                continue
            faults = writer.unreadable
        elif not plan.starts and settings.mode == "follow":
            watch.wait()
        if summary.superseded or not (faults or watch.found_more):
            return
        given_up = _given_up(topic, log, settings, faults)
        if not faults:
            event("ingest.partitions_added")


def _faults_before_fence(topic: Topic, state: State, plan: Plan) -> Sequence[UnreadableBatch]:
    """Look for unreadable batches when the newest fence led to nothing, so that none is written in vain."""
    return all_unreadable(topic, plan) if state.newest and state.newest.kind == "fence" else ()


def _given_up(
    topic: Topic, log: CommitLog, settings: IngestSettings, faults: Sequence[UnreadableBatch]
) -> list[Gap]:
    """Offsets that are lost with unreadable batches; raises the first fault unless the loss is accepted."""
    if faults and settings.on_data_loss == "stop":
        raise faults[0]
    return gaps_of(topic, faults, {p: at.next for p, at in log.read_state().parts.items()}) if faults else []


def _write(writer: Writer, state: State, plan: Plan, watch: Watch, summary: IngestSummary) -> None:
    """R2 to B7, and who won."""
    try:
        writer.write(state, plan, watch)
    except (HealthTrendsError, OSError) as failure:
        # Whoever takes partitions over also collects the staging of the one who had them, so a late
        # writer may trip over a missing file before it asks for its number.
        reason = failure.what if isinstance(failure, Superseded) else writer.taken_over()
        if reason is None:
            raise
        summary.superseded = reason
        event("ingest.superseded", reason=reason)
    finally:
        writer.close()


def _stager(topic: Topic, log: CommitLog, settings: IngestSettings, plan: Plan, bar: Bar) -> Stager:
    """A cluster when one is given, several processes for a large backlog, this one for everything else."""
    if settings.spread is not None:
        return SpreadStager(settings.spread, settings.batch_records, bar)
    crew = settings.crew
    workers = min(crew.workers, plan.messages // crew.least_messages) if crew else 0
    if crew is None or settings.mode == "follow" or workers <= 1:
        return LocalStager(topic, log.store, log.layout, settings, bar)
    return CrewStager(crew.start, workers, settings.batch_records, bar)
