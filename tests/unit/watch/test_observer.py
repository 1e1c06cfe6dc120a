"""What a look finds, and what a server that does not answer takes away from it; on fakes."""

import datetime as dt
from contextlib import contextmanager
from dataclasses import replace

import pytest

from healthtrends import runtime
from healthtrends.cli.watch.looks import Looks
from healthtrends.cli.watch.screen import OpenedReport
from healthtrends.errors import ConfigError, DependencyDown, HdfsUnavailable, KafkaUnavailable
from healthtrends.orchestrate.observation import ObservedAlarms, ObservedDate, PartitionLag
from healthtrends.orchestrate.observer import HaltedPartitions
from healthtrends.orchestrate.pipeline import Pipeline
from healthtrends.testing import MemoryTopic
from tests.unit.test_cubes import BEFORE, LAST
from tests.unit.test_releasing import OneAge

pytestmark = pytest.mark.slow

FINAL = ObservedDate(BEFORE, "final", None, 1, 12)
STALE = ObservedDate(LAST, "stale", None, 1, 40)


class Cut(MemoryTopic):
    """A broker that does not answer."""

    def bounds(self):
        raise KafkaUnavailable("the broker does not answer")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Two dates with reports; ten records of the last came later, five more are in the topic."""
    monkeypatch.setenv("HEALTHTRENDS_NOW", "2025-12-23T08:00:00+00:00")
    place = OneAge(tmp_path, None)
    place.receive(BEFORE, 12)
    place.receive(LAST, 30)
    place.run([BEFORE, LAST])
    place.receive(LAST, 10)
    place.run([], only="ingest")
    place.receive(LAST, 5)
    yield place
    place.close()


def look(place, *, dates=14, halted=None):
    return Pipeline(place).observer.look(halted or HaltedPartitions(60.0), dates)


def test_a_look_finds_lag_commit_dates_alarms_and_what_needs_a_person(place):
    """What `status`, `alarms` and the health of a follower say."""
    found = look(place)
    assert (found.partitions, found.lag) == ((PartitionLag(0, 52, 57),), 5)
    assert (found.commit.records, found.commit.rejects) == (52, 0)
    assert found.commit.committed_at == dt.datetime(2025, 12, 23, 8, tzinfo=dt.UTC)
    assert (found.dates, found.all_dates, found.is_whole) == ((FINAL, STALE), 2, True)
    assert (found.alarms.date, found.alarms.issue, found.alarms.alarms) == (LAST, 1, ())
    assert [fault.partition(":")[0] for fault in found.faults] == ["the reports of 1 date are stale"]


def test_a_look_shows_the_newest_dates_only(place):
    """Of a root of years a look must stay cheap."""
    found = look(place, dates=1)
    assert (found.dates, found.all_dates) == ((STALE,), 2)


def test_a_provisional_date_says_until_when(place):
    """The last day on which it holds."""
    place.run([LAST])
    assert look(place).dates[-1] == ObservedDate(LAST, "provisional", LAST + dt.timedelta(days=2), 2, 45)


def test_a_broker_that_does_not_answer_costs_the_lag_alone(place):
    """And is the first fault."""
    place.messages = Cut()
    found = look(place)
    assert found.exit_code == 5
    assert (found.partitions, found.is_whole, found.faults[0]) == (None, False, "the broker does not answer")
    assert (found.commit.records, found.dates) == (52, (FINAL, STALE))


def test_hdfs_that_does_not_answer_costs_what_lies_there(place, monkeypatch):
    """Said once, not for each file."""

    def refuse(*_):
        raise HdfsUnavailable("HDFS does not answer")

    monkeypatch.setattr(place.pool.store, "list", refuse)
    found = look(place)
    assert (found.partitions, found.commit, found.dates, found.alarms) == (None, None, None, None)
    assert found.faults == ("HDFS does not answer",)


def test_a_topic_that_is_another_one_is_a_fault(place):
    """An ingest would refuse it."""
    place.messages.topic_id = "2" * 22
    found = look(place)
    assert "belongs to another topic" in found.faults[0]
    assert found.lag == 5


def test_an_adopted_topic_has_the_lag_of_its_own_partitions(place):
    """The log gives them other numbers than Kafka; those of the topic before are not asked for."""
    place.messages = MemoryTopic(topic_id="2" * 22)
    place.receive(LAST, 3)
    Pipeline(place).topics.adopt("start", "the topic was made again", dry_run=False)
    found = look(place)
    assert (found.partitions, found.lag) == ((PartitionLag(1_000_000, 0, 3),), 3)
    assert [fault.partition(":")[0] for fault in found.faults] == ["the reports of 1 date are stale"]


def test_another_pseudonym_key_is_a_fault(place):
    """An ingest would refuse it."""
    place.settings = replace(place.settings, key_id="another")
    assert "the pseudonym key is not the one" in look(place).faults[0]


def test_offsets_that_an_open_transaction_hides_are_a_fault_and_count_as_lag(place):
    """As `status` says."""
    place.messages.open_at[0] = 54
    found = look(place)
    assert found.lag == 5
    assert found.faults[-1] == "an open transaction hides 3 offsets of the topic; end its producer"


def test_a_partition_that_stands_with_messages_is_a_fault(place):
    """As on `/healthz`; nobody may be ingesting."""

    class Clock(runtime.System):
        seconds = 1000.0

        def monotonic(self):
            return self.seconds

    clock, halted = Clock(), HaltedPartitions(60.0)
    with runtime.replaced(clock):
        assert len(look(place, halted=halted).faults) == 1
        clock.seconds += 61
        fault = look(place, halted=halted).faults[-1]
    assert fault == "partition 0 stands at offset 52, 5 offsets before its end, for 61 s"


def test_an_empty_root_has_no_commit_and_no_dates(tmp_path):
    """Which is no fault."""
    place = OneAge(tmp_path, None)
    found = look(place)
    place.close()
    assert (found.commit.seq, found.commit.committed_at, found.dates, found.faults) == (0, None, (), ())
    assert found.alarms == ObservedAlarms()


@pytest.fixture
def looks(place):
    """Starts looks whose connections are opened by `opened`; gives what they tell."""
    import queue

    started = []

    def start(opened):
        found = queue.Queue()
        looks = Looks(opened, HaltedPartitions(60.0), 14, 0.05, found.put)
        looks.start()
        started.append(looks)
        return looks, lambda: found.get(timeout=60)

    yield start
    assert [each.end() for each in started] == [True] * len(started)


def test_connections_are_kept_while_servers_answer_and_opened_anew_after_that(place, looks):
    """The local stack has other ports when it is started again."""
    topic, opened = place.messages, []

    @contextmanager
    def open_place():
        opened.append("open")
        yield Pipeline(place)
        opened.append("close")

    _, told = looks(open_place)
    assert [told().is_whole, told().is_whole, opened] == [True, True, ["open"]]
    place.messages = Cut()
    while told().is_whole:
        pass
    place.messages = topic
    while not told().is_whole:
        pass
    assert opened[:3] == ["open", "close", "open"]


def test_a_stack_that_does_not_run_is_a_fault_and_asked_again(place, looks):
    """It may be started any time."""
    is_down = [True, False]

    @contextmanager
    def open_place():
        if is_down.pop(0):
            raise DependencyDown("the local stack does not run", "", "`healthtrends up`")
        yield Pipeline(place)

    _, told = looks(open_place)
    assert [told().faults, told().lag] == [("the local stack does not run; `healthtrends up`",), 5]


def test_a_wrong_configuration_is_told_once_and_ends_the_looks(looks):
    """No look would mend it."""

    @contextmanager
    def open_place():
        raise ConfigError("there is no such edition")
        yield

    _, told = looks(open_place)
    assert isinstance(told(), ConfigError)


@pytest.mark.parametrize(("date", "problem"), [(LAST, False), (LAST + dt.timedelta(days=1), True)])
def test_a_report_that_is_asked_for_is_read_between_two_looks(place, looks, date, problem):
    """One that is not there says so."""

    @contextmanager
    def open_place():
        yield Pipeline(place)

    running, told = looks(open_place)
    running.read(date)
    while not isinstance(found := told(), OpenedReport):
        pass
    assert (found.date, bool(found.problem), [row[:2] for row in found.rows]) == (
        date, problem, [] if problem else [("E11", "30")],
    )  # fmt: skip
