"""`run` beside another writer: wait for what that one stores instead of taking its partitions away."""

import time

from healthtrends import clock
from healthtrends.ingest.ports import Topic
from healthtrends.ingest.runner import plan_ingest
from healthtrends.ingest.settings import IngestSettings
from healthtrends.observe import event
from healthtrends.storage.log import CommitLog
from healthtrends.storage.state import State

_LOOK_SECONDS = 0.5
_PATIENCE_INTERVALS = 3


def stored_by_another(
    topic: Topic, log: CommitLog, settings: IngestSettings, *, superseded: bool = False
) -> bool:
    """Wait until another writer has stored what the topic holds now.

    That writer is a follower, or whoever has just `superseded` this run. False: there is none, or it
    made no progress for three commit intervals, so the caller should ingest itself.
    """
    state, plan = plan_ingest(topic, log, settings)
    if not plan.starts:
        return superseded
    if not superseded and not _has_follower(state, set(plan.starts)):
        return False
    event("ingest.waiting", reason="another writer stores these partitions", messages=plan.messages)
    patience = clock.Deadline(_PATIENCE_INTERVALS * settings.commit_interval)
    while not patience.passed():
        time.sleep(_LOOK_SECONDS)
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
