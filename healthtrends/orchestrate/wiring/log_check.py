"""The check of `doctor` that compares the log with the topic: it must be the one whose offsets it holds."""

from contextlib import closing

from healthtrends.adapters.hdfs import HdfsStore
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.config import Settings
from healthtrends.devstack.doctor import Finding
from healthtrends.errors import HealthTrendsError
from healthtrends.ingest.continuity import Continuity, check_identity
from healthtrends.ingest.numbered_topic import in_log_numbers
from healthtrends.ingest.plan import Shard, TopicState, make_plan
from healthtrends.observe import counted
from healthtrends.orchestrate.more_quality import pseudonym_keys
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.root_format import GuardedStore
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool

_DATES = 28
"""Dates that reports look at together."""


def log_finding(settings: Settings) -> Finding:
    """Look as an ingest would before it reads, and change nothing."""
    try:
        return _compared(settings)
    except HealthTrendsError as error:
        return Finding("log", "error", str(error), error.next_step)


def key_finding(settings: Settings) -> Finding | None:
    """Say when the newest dates hold records under several keys; None: under one, or nobody can say."""
    try:
        state = _state(settings)
        newest = sorted(state.files)[-_DATES:]
        keys = {key for date in newest for key in pseudonym_keys(state, date)}
    except HealthTrendsError:
        return None  # the finding about the log says why
    if len(keys) < 2:
        return None
    return Finding(
        "keys",
        "warning",
        f"the newest {counted(len(newest), 'date')} hold records under {counted(len(keys), 'key')}:"
        " a person counts once under each",
        "`healthtrends key list --dates` names them; see docs/explanation/pseudonyms.md",
    )


def _compared(settings: Settings) -> Finding:
    state = _state(settings)
    if state.identity is None:
        return Finding("log", "ok", f"{settings.hdfs.root} holds no commit yet")
    kafka = settings.kafka
    with closing(KafkaTopic(kafka.bootstrap_servers or "", kafka.topic, kafka.client)) as broker:
        check_identity(broker, state.identity)
        topic = in_log_numbers(broker, state)
        plan = make_plan(state, TopicState(state.identity, topic.bounds()), Shard(), all_partitions=True)
        Continuity(topic, plan.identity, plan.leader_epochs).check_stored(state.parts)
    return Finding(
        "log", "ok", f"commit {state.seq}; {counted(plan.messages, 'offset')} of the topic to be stored"
    )


def _state(settings: Settings) -> State:
    layout = Layout(settings.hdfs.root)
    store = GuardedStore(HdfsStore(settings.hdfs.url or "", settings.hdfs.client), layout)
    with closing(StorePool(store)) as pool:
        return CommitLog(pool, layout, settings.ingest.snapshot_every).read_state()
