"""`run` beside `ingest --follow`: wait for the follower instead of taking its partitions away."""

import threading

from healthtrends import clock
from healthtrends.ingest.ingest import plan_ingest
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.settings import IngestSettings
from healthtrends.observe import event
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State

_LOOK_SECONDS = 0.5
_PATIENCE_INTERVALS = 3


def followed_to_the_end(
    topic: Topic, log: CommitLog, settings: IngestSettings, stop: threading.Event
) -> bool:
    """Wait until a follower has stored what the topic holds now.

    False: no follower owns these partitions, or it made no progress for three commit intervals, so
    the caller should ingest itself.
    """
    state, plan = plan_ingest(topic, log, settings)
    if not plan.starts or not _has_follower(log, state, set(plan.starts)):
        return False
    event("ingest.waiting", reason="a follower stores these partitions", messages=plan.messages)
    patience = clock.Deadline(_PATIENCE_INTERVALS * settings.commit_interval)
    while not patience.passed() and not stop.wait(_LOOK_SECONDS):
        seq = state.seq
        state = log.read_state(since=state)
        if all(p in state.parts and state.parts[p].next >= end for p, end in plan.ends.items()):
            return True
        if state.seq != seq:
            patience = clock.Deadline(_PATIENCE_INTERVALS * settings.commit_interval)
    event("ingest.taking_over", reason="the follower made no progress")
    return False


def _has_follower(log: CommitLog, state: State, partitions: set[int]) -> bool:
    owners = {state.parts[p].owner for p in partitions if p in state.parts}
    return bool(owners) and all(log.read_manifest(owner).mode == "follow" for owner in owners)
