"""Lag and headroom of each partition, as the sinks get them, on a topic in memory."""

import datetime as dt
import math

import pytest

from healthtrends import runtime
from healthtrends.ingest.plan import Shard
from healthtrends.ingest.positions import Positions
from healthtrends.observe import attached
from healthtrends.storage.manifest import JOB, Last, Position
from healthtrends.testing import MemoryTopic

NOON = dt.datetime(2025, 12, 22, 12, tzinfo=dt.UTC)


class Clock(runtime.System):
    """Goes only when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def wall(self) -> dt.datetime:
        return NOON + dt.timedelta(seconds=self.seconds)


class Taken:
    """Keeps what it gets."""

    def __init__(self) -> None:
        self.newest = {}

    def write(self, event):
        if event.name == "ingest.position":
            self.newest[event.fields["partition"]] = event.fields


@pytest.fixture
def moment():
    """A clock that stands."""
    clock = Clock()
    with runtime.replaced(clock):
        yield clock


@pytest.fixture
def taken():
    """A sink for the measured positions."""
    sink = Taken()
    with attached(sink):
        yield sink.newest


def topic_of(messages: int, **fields) -> MemoryTopic:
    topic = MemoryTopic(**fields)
    for _ in range(messages):
        topic.send(0, b"{}")
    return topic


def at(offset: int, minutes_ago: float | None = None) -> dict[int, Position]:
    """A stored position, and when its last message came."""
    time = int((NOON.timestamp() - minutes_ago * 60) * 1000) if minutes_ago is not None else 0
    last = Last(offset - 1, time) if minutes_ago is not None else None
    return {JOB: Position(3, 3), 0: Position(offset, 1, "follow", last)}


def test_what_is_stored_to_the_end_has_no_lag(moment, taken):
    """However old its last message is."""
    Positions(topic_of(10), Shard()).report(at(10, minutes_ago=600), {})
    assert (taken[0]["lag"], taken[0]["lag_seconds"], taken[0]["headroom"]) == (0, 0.0, 10)
    assert taken[0]["headroom_seconds"] == 604_800.0


def test_the_lag_in_time_counts_from_the_look_at_which_nothing_was_left(moment, taken):
    """A message into a quiet topic is as old as it is, not as the one before it."""
    topic = topic_of(10)
    positions = Positions(topic, Shard())
    positions.report(at(10, minutes_ago=600), {})
    moment.seconds = 10
    topic.send(0, b"{}")
    positions.report(at(10, minutes_ago=600), {})
    moment.seconds = 25
    positions.report(at(10, minutes_ago=600), {0: 11})
    assert (taken[0]["lag"], taken[0]["lag_seconds"], taken[0]["read"]) == (1, 25.0, 11)
    assert taken[0]["headroom_seconds"] == 604_800.0 - 25
    moment.seconds = 40
    positions.report(at(11), {})
    assert taken[0]["lag_seconds"] == 0.0


def test_a_backlog_that_was_there_at_the_start_is_as_old_as_the_last_stored_message(moment, taken):
    """Nobody looked before; without a stored message it is not known."""
    Positions(topic_of(10), Shard()).report(at(4, minutes_ago=30), {})
    assert taken[0]["lag_seconds"] == 1800.0
    Positions(topic_of(10), Shard()).report(at(4), {})
    assert (taken[0]["lag_seconds"], taken[0]["headroom_seconds"]) == (None, None)


def test_a_long_backlog_does_not_fill_the_memory(moment, taken):
    """Of many looks every second one goes; the lag stays an upper bound."""
    topic = topic_of(1)
    positions = Positions(topic, Shard())
    for look in range(5000):
        moment.seconds = 10.0 * look
        topic.send(0, b"{}")
        positions.report(at(1), {})
    assert len(positions._looks[0]) <= 720
    assert taken[0]["lag_seconds"] is None
    positions.report(at(4000), {})
    assert 10.0 * (4999 - 3998) <= taken[0]["lag_seconds"] <= 49_990


def test_headroom_ends_where_retention_has_come_to_the_position(moment, taken):
    """The next offset that Kafka deletes is not stored."""
    Positions(topic_of(10, firsts={0: 4}), Shard()).report(at(4), {})
    assert taken[0]["headroom"] == 0


@pytest.mark.parametrize(("retention", "headroom"), [(math.inf, math.inf), (60.0, 0.0), (None, None)])
def test_headroom_in_time_follows_the_topic(moment, taken, retention, headroom):
    """Without a limit there is no end; it never falls below zero; what nobody may know is not told."""
    topic = topic_of(10, retention_seconds=retention)
    Positions(topic, Shard()).report(at(4, minutes_ago=30), {})
    assert taken[0]["headroom_seconds"] == headroom


def test_only_partitions_of_the_shard_are_told(moment, taken):
    """Its neighbours tell of theirs."""
    topic = topic_of(3)
    topic.send(1, b"{}")
    stored = {**at(3), 1: Position(1, 1)}
    Positions(topic, Shard(1, 2)).report(stored, {})
    assert set(taken) == {1}


def test_nobody_is_asked_when_nobody_takes_numbers(moment):
    """A follower without metrics asks its broker no more than before."""

    class Silent(MemoryTopic):
        def bounds(self):
            raise AssertionError

    Positions(Silent(), Shard()).report(at(3), {})
