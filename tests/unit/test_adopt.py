"""A log goes on with another topic: nothing is lost or stored twice, and the decision is in the log."""

import datetime as dt
import json
from collections import Counter
from dataclasses import dataclass

import pytest

from healthtrends.errors import ConfigError, DataLossRefused, TransientError, UsageError
from healthtrends.ingest.adopt import adopt
from healthtrends.ingest.quarantine import RejectFilter
from healthtrends.ingest.repair import FileRepair
from healthtrends.ingest.replay import Replay, ReplaySummary
from healthtrends.ingest.topic_check import check_topic
from healthtrends.observe import SilentBar
from healthtrends.storage.compact import compact
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.maintenance_job import Change, run_job
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.ingesting import ingested, record, settings
from tests.unit.test_forget import DyingStore, Killed

pytestmark = pytest.mark.slow

ANOTHER_ID = "00000000000000000000000000000002"
FIRST = 1_000_000
MS = 1_766_400_000_000


@pytest.fixture
def new_log(tmp_path):
    pools = []

    def make(name="one", store=LocalStore, snapshot_every=200):
        pools.append(StorePool(store(tmp_path / name)))
        return CommitLog(pools[-1], Layout("/r"), snapshot_every)

    yield make
    for pool in pools:
        pool.close()


@pytest.fixture
def log(new_log):
    return new_log()


def filled(first=0, count=10, topic=None, **values):
    topic = topic or MemoryTopic(**values)
    for number in range(first, first + count):
        topic.send(number % 2, record(number), MS + number)
    return topic


def another(**values):
    return MemoryTopic(topic_id=ANOTHER_ID, **values)


def go_on(log, topic, offsets="start", **options):
    options = {"why": "the topic was made again", "dry_run": False, **options}
    return adopt(topic, log, settings(), offsets, **options)


def patients(log):
    state = log.read_state()
    return Counter(
        json.loads(line)["patient_id"]
        for date in state.files
        for path in state.paths(date)
        for line in log.store.read(path).splitlines()
    )


def sent(count):
    return Counter(f"P-{number}" for number in range(count))


def faults(log):
    return [finding for finding in verify(log) if not finding["ok"]]


def test_another_topic_is_stored_from_its_start(log):
    """What the first one gave stays, and the offsets of the two are never confused."""
    ingested(filled(), log)
    topic = filled(10, 6, another())
    done = go_on(log, topic)
    assert (done.stored, done.starts) == ({0: 5, 1: 5}, {FIRST: 0, FIRST + 1: 0})
    ingested(topic, log)
    assert (patients(log), faults(log)) == (sent(16), [])
    assert log.read_state().parts[FIRST].next == 3


def test_another_topic_is_stored_from_its_end(log):
    """What it held before is left out, on purpose."""
    ingested(filled(), log)
    topic = filled(100, 6, another())
    go_on(log, topic, "end")
    ingested(filled(10, 4, topic), log)
    assert (patients(log), faults(log)) == (sent(14), [])


def test_the_same_messages_are_read_on_at_the_same_offsets(log):
    """As of a mirror; its leaders count anew."""
    ingested(filled(), log)
    topic = filled(0, 14, another(epochs={0: 7, 1: 8}))
    done = go_on(log, topic, "same")
    assert done.starts == {0: 5, 1: 5}
    for _ in range(2):
        ingested(topic, log)
    assert (patients(log), faults(log)) == (sent(14), [])


@pytest.mark.parametrize(
    ("first", "count", "values", "words"),
    [
        (0, 8, {}, "before the next offset"),
        (50, 14, {}, "another message"),
        (0, 14, {"firsts": {0: 6}}, "no longer holds"),
        (0, 1, {}, "no partition 1"),
        (50, 14, {"firsts": {0: 5, 1: 5}}, "nothing shows"),
    ],
)
def test_a_topic_that_does_not_go_on_there_is_refused(log, first, count, values, words):
    """With the same offsets; nothing is written."""
    ingested(filled(), log)
    seq = log.read_state().seq
    with pytest.raises(DataLossRefused, match=words):
        go_on(log, filled(first, count, another(**values)), "same")
    assert log.read_state().seq == seq


def test_one_partition_that_can_be_compared_is_enough(log):
    """Retention may have taken the last message of the other."""
    ingested(filled(), log)
    topic = filled(0, 14, another(firsts={0: 5}))
    go_on(log, topic, "same")
    ingested(topic, log)
    assert (patients(log), faults(log)) == (sent(14), [])


def test_the_decision_is_in_the_log_and_in_its_snapshots(new_log):
    """With both topics, the reason and the commit."""
    log = new_log(snapshot_every=2)
    ingested(filled(), log)
    go_on(log, topic := filled(10, 4, another()))
    for number in range(4):
        ingested(filled(14 + number, 1, topic), log)
    state = log.read_state()
    assert state.snapshot > 3
    (found,) = state.adoptions
    assert (found.before.topic_id, found.after.topic_id) == (MemoryTopic().topic_id, ANOTHER_ID)
    assert (found.offsets, found.why, found.seq, found.committed_at != "") == (
        "start", "the topic was made again", 3, True,
    )  # fmt: skip
    assert (patients(log), faults(log)) == (sent(18), [])


def test_a_log_may_adopt_one_topic_after_the_other(log):
    """Each has numbers of its own."""
    ingested(filled(), log)
    for number, name in enumerate("abc"):
        topic = filled(10 + 2 * number, 2, MemoryTopic(topic_id=name * 32))
        assert min(go_on(log, topic).starts) == (number + 1) * FIRST
        ingested(topic, log)
    assert (patients(log), faults(log)) == (sent(16), [])


def test_an_adoption_by_mistake_is_taken_back(log):
    """The topic before goes on where it was left, and so does the other one then."""
    first, other = filled(), filled(10, 4, another())
    ingested(first, log)
    go_on(log, other)
    ingested(other, log)
    go_on(log, filled(14, 2, first), "same")
    ingested(first, log)
    go_on(log, filled(16, 2, other), "same")
    ingested(other, log)
    assert (patients(log), faults(log)) == (sent(18), [])


def test_a_topic_that_was_stored_before_is_known_by_its_id(log):
    """Although retention took all that could be compared with what the log stored last."""
    first, other = filled(), filled(10, 4, another())
    ingested(first, log)
    go_on(log, other)
    ingested(other, log)
    filled(14, 2, first)
    first.firsts.update({0: 5, 1: 5})
    go_on(log, first, "same")
    ingested(first, log)
    assert (patients(log), faults(log)) == (sent(16), [])


def test_a_topic_that_was_stored_before_is_not_stored_again(log):
    """From its start, or from its end with a hole behind it."""
    ingested(first := filled(), log)
    go_on(log, filled(10, 4, another()))
    for offsets in ("start", "end"):
        with pytest.raises(UsageError, match="before"):
            go_on(log, first, offsets)


def test_a_dry_run_writes_nothing(log):
    """And says the same."""
    ingested(filled(), log)
    seq = log.read_state().seq
    done = go_on(log, filled(10, 6, another()), dry_run=True)
    assert (done.starts, done.seq, log.read_state().seq) == ({FIRST: 0, FIRST + 1: 0}, 0, seq)


def test_what_is_no_other_topic_is_refused(log):
    """An empty log, the same topic, and none at all."""
    with pytest.raises(UsageError, match="no commit"):
        go_on(log, filled())
    ingested(filled(), log)
    with pytest.raises(UsageError, match="this topic already"):
        go_on(log, filled())
    with pytest.raises(ConfigError, match="no topic"):
        go_on(log, MemoryTopic(topic_id=None))


def test_a_decision_that_was_committed_is_told_again(log):
    """An attempt that lost its answer does not say that there is nothing to adopt."""
    ingested(filled(), log)
    topic = filled(10, 6, another())
    done = go_on(log, topic)
    assert (done.adoption.seq, go_on(log, topic)) == (done.seq, done)
    assert log.read_state().seq == done.seq
    ingested(topic, log)
    with pytest.raises(UsageError, match="this topic already"):
        go_on(log, topic)


@dataclass(slots=True)
class Overtaken(MemoryTopic):
    """Somebody adopts another topic while this one is read."""

    log: CommitLog | None = None
    when: str = ""

    def read(self, most, timeout):
        found = MemoryTopic.read(self, most, timeout)
        if found and self.when == "read":
            self._adopt()
        return found

    def cleanup_policy(self):
        if self.when == "plan":
            self._adopt()
        return MemoryTopic.cleanup_policy(self)

    def _adopt(self):
        self.when = ""
        go_on(self.log, filled(100, 4, another()))


@pytest.mark.parametrize("when", ["read", "plan"])
def test_a_writer_of_the_topic_before_stops(log, when):
    """Before its fence or behind it; the next one is refused."""
    ingested(filled(), log)
    topic = filled(0, 14, Overtaken(log=log, when=when))
    assert ingested(topic, log).superseded
    assert (patients(log), faults(log)) == (sent(10), [])
    with pytest.raises(DataLossRefused, match="another topic"):
        ingested(filled(0, 20), log)


def test_a_log_that_goes_on_meanwhile_refuses_the_adoption(log):
    """Its positions are those that were looked at, or none."""
    ingested(filled(), log)

    class Slow(MemoryTopic):
        def bounds(self):
            ingested(filled(0, 14), log)
            return MemoryTopic.bounds(self)

    with pytest.raises(TransientError, match="went on"):
        go_on(log, filled(100, 4, Slow(topic_id=ANOTHER_ID)))
    assert (patients(log), log.read_state().adoptions) == (sent(14), ())


def test_of_two_decisions_the_first_one_counts(log):
    """The other ends with an error, and does not adopt over it."""
    ingested(filled(), log)

    class Slow(MemoryTopic):
        def bounds(self):
            go_on(log, filled(10, 6, another()))
            return MemoryTopic.bounds(self)

    with pytest.raises(UsageError, match="another topic meanwhile"):
        go_on(log, filled(100, 4, Slow(topic_id="3" * 32)))
    assert [each.after.topic_id for each in log.read_state().adoptions] == [ANOTHER_ID]


def test_a_job_that_began_before_an_adoption_may_end_behind_it(log):
    """Its commit names the topic before, and the log goes on with the new one."""
    ingested(filled(), log)
    topic = filled(10, 6, another())

    def work(_):
        go_on(log, topic)
        return Change()

    run_job(log, lambda _: True, work)
    assert log.read_state().identity == topic.identity()
    ingested(topic, log)
    assert (patients(log), faults(log)) == (sent(16), [])


def test_files_of_both_topics_are_compacted_into_one(log):
    """Offsets of both are in its ranges."""
    ingested(filled(), log)
    go_on(log, topic := filled(10, 6, another()))
    ingested(topic, log)
    compact(log, dt.date(2025, 12, 20))
    assert (len(log.read_state().paths("2025-12-20")), patients(log), faults(log)) == (1, sent(16), [])


def test_rejects_are_replayed_and_files_made_again_under_the_new_numbers(log):
    """A file of the topic before can be made again only while that one is there."""
    ingested(filled(), log)
    before = log.read_state().paths("2025-12-20")[0]
    topic = filled(10, 5, another())
    topic.send(1, record(15, age="40"), MS + 15)
    go_on(log, topic)
    ingested(topic, log)
    (path,) = log.read_state().rejects
    assert json.loads(log.store.read(path))["partition"] == FIRST + 1
    summary = ReplaySummary()
    Replay(log, settings(), lambda value, *_: value.replace(b'"40"', b"40"), RejectFilter()).run(
        summary, SilentBar(), dry_run=False
    )
    lost = next(path for path in log.read_state().paths("2025-12-20") if path != before)
    for damaged in (lost, before):
        log.store.delete(damaged)
    job = FileRepair(topic, log, settings(), None, SilentBar())
    files = {file.dst: file for file in job.begin([lost, before])}
    assert job.make(files[lost]).same
    with pytest.raises(DataLossRefused):
        job.make(files[before])


def test_the_log_agrees_with_the_present_topic(log):
    """The partitions of the one before are not asked for."""
    ingested(filled(), log)
    go_on(log, topic := filled(10, 6, another()))
    ingested(topic, log)
    findings = list(check_topic(topic, log, SilentBar()))
    assert [(each["ok"], each["detail"]) for each in findings] == [
        (True, "files hold what Kafka still holds: 6 messages")
    ]


def test_offsets_are_reported_under_the_numbers_of_the_topic(log):
    """Lag monitors know no others."""
    ingested(filled(), log)
    go_on(log, topic := filled(10, 6, another()))
    ingested(topic, log)
    assert topic.reported == {0: 3, 1: 3}


def test_a_death_at_any_step_is_repeated_or_done(new_log):
    """Before each effect on the file store."""
    effect, died = 1, True
    while died:
        log, died = new_log(f"w{effect}", DyingStore), False
        ingested(filled(), log)
        topic = filled(10, 6, another())
        DyingStore.effects, DyingStore.dies_at = 0, effect
        try:
            go_on(log, topic)
        except Killed:
            died = True
        finally:
            DyingStore.dies_at = 0
        assert go_on(log, topic).seq == log.read_state().adoptions[0].seq
        ingested(topic, log)
        assert (patients(log), faults(log)) == (sent(16), [])
        effect += 1
    assert effect > 3
