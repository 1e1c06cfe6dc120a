"""Offsets that gave no message: found, explained, recorded, and never passed over in silence."""

import json

import msgspec
import pytest

from healthtrends.errors import ConfigError, DataLossRefused, KafkaUnavailable, StagingFailed
from healthtrends.ingest import holes as holes_
from healthtrends.ingest.hole_reasons import MOST_MARKERS
from healthtrends.ingest.holes import Hole, Holes, bounded
from healthtrends.ingest.plan import Shard, TopicState, make_plan
from healthtrends.storage import manifest as manifests
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.offset_gaps import EmptyRange
from healthtrends.storage.state import State
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryMessage, MemoryTopic
from tests.unit.ingesting import ingested, record


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 3)
    pool.close()


def send(topic, number, partition=0):
    for each in range(number):
        topic.send(partition, record(each))


def run(topic, log, **changes):
    ingested(topic.reader(), log, **changes)


def empty_of_newest(log):
    return log.read_manifest(log.read_state().seq).empty


def said(log, check):
    """What `verify` says of a check; it must be ok as a whole."""
    findings = verify(log)
    assert [each for each in findings if not each["ok"]] == []
    return next(each["detail"] for each in findings if each["check"] == check)


def test_a_batch_without_holes_records_that_there_were_none(log):
    """As a version that records nothing could not."""
    topic = MemoryTopic()
    send(topic, 5)
    run(topic, log)
    assert empty_of_newest(log) == ()


def test_markers_and_aborted_messages_are_recorded_each_with_its_reason(log):
    """A hole of an aborted transaction holds both."""
    topic = MemoryTopic()
    send(topic, 2)
    topic.skip(0)
    topic.skip(0, 5, aborted=True)
    topic.skip(0)
    send(topic, 1)
    run(topic, log)
    assert empty_of_newest(log) == (EmptyRange(0, 2, 9, "aborted", 5), EmptyRange(0, 2, 9, "marker", 2))
    assert "7 without a message (5 of aborted transactions, 2 transaction markers)" in said(log, "totals")


def test_a_hole_at_the_first_offset_of_a_partition_is_recorded(log):
    """The first offset read is compared with the one expected."""
    topic = MemoryTopic({}, {0: 3})
    topic.skip(0, 5)
    send(topic, 1)
    run(topic, log)
    assert empty_of_newest(log) == (EmptyRange(0, 3, 5, "marker", 2),)


def test_a_partition_of_nothing_but_holes_is_recorded(log):
    """There is no file that could tell of it."""
    topic = MemoryTopic()
    topic.skip(1, 7, aborted=True)
    run(topic, log)
    assert empty_of_newest(log) == (EmptyRange(1, 0, 7, "aborted", 7),)
    assert said(log, "chain")


def test_messages_that_are_missing_for_no_reason_stop_the_ingest(log):
    """With partition and offsets; nothing is committed."""
    topic = MemoryTopic()
    send(topic, 3)
    topic.skip(0, MOST_MARKERS + 4)
    send(topic, 1)
    with pytest.raises(
        DataLossRefused, match="partition 0 are missing in Kafka between the offsets 3 and 1006"
    ):
        run(topic, log)
    assert log.read_state().messages_stored == 0


def test_the_holes_of_a_partition_share_what_may_be_markers(log):
    """Else each of them could hide as many lost messages."""
    topic = MemoryTopic()
    for _ in range(2):
        send(topic, 3)
        topic.skip(0, MOST_MARKERS - 3)
    send(topic, 1)
    with pytest.raises(DataLossRefused, match="missing in Kafka between the offsets 1003 and 1999"):
        run(topic, log)
    run(topic, log, on_data_loss="skip")
    assert log.read_state().offsets_empty == {"marker": MOST_MARKERS - 3, "lost": MOST_MARKERS - 3}


def test_the_partitions_do_not_share_it(log):
    """Each has transactions of its own."""
    topic = MemoryTopic()
    topic.skip(0, MOST_MARKERS)
    topic.skip(1, MOST_MARKERS)
    run(topic, log)
    assert log.read_state().offsets_empty == {"marker": 2 * MOST_MARKERS}


def test_many_producers_that_commit_together_again_and_again_are_no_loss(log):
    """Between their markers lie their messages."""
    topic = MemoryTopic()
    for _ in range(5):
        send(topic, MOST_MARKERS // 2)
        topic.skip(0, MOST_MARKERS // 2)
    run(topic, log)
    assert log.read_state().offsets_empty == {"marker": 5 * (MOST_MARKERS // 2)}


def test_missing_messages_that_are_accepted_are_recorded_as_lost(log):
    """`--on-data-loss skip`; `verify` names them."""
    topic = MemoryTopic()
    topic.skip(0, 2000)
    send(topic, 1)
    run(topic, log, on_data_loss="skip")
    assert empty_of_newest(log) == (EmptyRange(0, 0, 2000, "lost", 2000),)
    assert "2,000 missing in Kafka and accepted as lost" in said(log, "totals")


class Forgetful(MemoryTopic):
    """A client that leaves out messages, as after a reset to another offset."""

    def reader(self):
        return Forgetful(self.partitions, self.firsts, self.topic_id, self.reported)

    def another(self, *, committed):
        return MemoryTopic.another(MemoryTopic(self.partitions), committed=committed)

    def read(self, most, timeout):
        return [each for each in super().read(most, timeout) if not 2 <= each.offset() < 5]


def test_messages_that_the_client_left_out_are_read_again(log):
    """They are there: the attempt fails, and may be repeated; nothing is committed."""
    topic = Forgetful()
    send(topic, 10)
    with pytest.raises(KafkaUnavailable, match="offsets 2 and 4 were not handed out"):
        run(topic, log)
    assert log.read_state().messages_stored == 0


@pytest.mark.parametrize("policy", [("compact",), ("compact", "delete")])
def test_a_compacted_topic_is_refused(log, policy):
    """The key is the patient, so all but the newest message of each would be lost, unread."""
    topic = MemoryTopic(policy=policy)
    send(topic, 1)
    with pytest.raises(ConfigError, match=r"cleanup\.policy=compact") as caught:
        run(topic, log)
    assert "kafka.accept_compacted" in caught.value.next_step


def test_a_compacted_topic_that_is_accepted_may_have_holes_of_any_size(log):
    """They are recorded as compacted away."""
    topic = MemoryTopic(policy=("compact",))
    topic.skip(0, 5000)
    send(topic, 1)
    run(topic, log, accept_compacted=True)
    assert empty_of_newest(log) == (EmptyRange(0, 0, 5000, "compacted", 5000),)


def test_a_topic_whose_policy_may_not_be_known_is_read(log):
    """The right to describe settings is not asked of everybody."""
    topic = MemoryTopic(policy=None)
    send(topic, 1)
    run(topic, log)
    assert log.read_state().messages_stored == 1


def test_a_marker_behind_every_message_does_not_blow_up_the_manifest(log):
    """Neighbouring holes are united beyond a number, and the counts stay exact."""
    topic = MemoryTopic()
    for each in range(2 * holes_.MOST):
        topic.send(0, record(each))
        topic.skip(0)
    run(topic, log)
    found = empty_of_newest(log)
    assert len(found) <= holes_.MOST
    assert sum(each.offsets for each in found) == 2 * holes_.MOST
    assert said(log, "chain")


def test_united_holes_are_still_looked_at(log):
    """Aborted messages and markers among messages, each counted."""
    topic = MemoryTopic()
    for each in range(2 * holes_.MOST):
        topic.send(0, record(each))
        topic.skip(0, aborted=True)
        topic.skip(0)
    run(topic, log)
    totals = log.read_state().offsets_empty
    assert totals == {"aborted": 2 * holes_.MOST, "marker": 2 * holes_.MOST}


def test_holes_that_meet_are_one():
    """As where a partition is cut for two workers."""
    assert bounded([Hole(0, 5, 7, 2), Hole(0, 3, 5, 2), Hole(1, 7, 8, 1)]) == (
        Hole(0, 3, 7, 4),
        Hole(1, 7, 8, 1),
    )


def test_a_message_that_comes_twice_is_refused():
    """It would be stored twice."""
    messages = [MemoryMessage(0, offset, b"", 0) for offset in (4, 4)]
    with pytest.raises(StagingFailed, match="offset 4 of partition 0 came twice"):
        Holes().note({0: 4}, messages, {0: 5})


def unrecorded(log, seq):
    """Take out of a manifest what the version before did not know."""
    path = log.layout.commit(seq)
    old = msgspec.structs.replace(manifests.decode(log.store.read(path), path), empty=None)
    log.store.delete(path)
    log.pool.write(path, manifests.encode(old))


def test_what_an_older_version_read_is_named_as_not_recorded(log):
    """And up to which commit."""
    topic = MemoryTopic()
    topic.skip(0, 3)
    send(topic, 1)
    run(topic, log)
    unrecorded(log, 2)
    send(topic, 1)
    topic.skip(0)
    run(topic, log)
    assert (
        "4 without a message (1 transaction markers, 3 not recorded by the version that read them, up to"
        " commit 2)" in said(log, "totals")
    )


def test_an_offset_that_no_reason_explains_is_a_fault(log):
    """The sums of the log as a whole, and those of the commit."""
    topic = MemoryTopic()
    topic.skip(0, 3)
    send(topic, 1)
    run(topic, log)
    path = log.layout.commit(2)
    found = manifests.decode(log.store.read(path), path)
    log.store.delete(path)
    log.pool.write(path, manifests.encode(msgspec.structs.replace(found, empty=())))
    faults = [each for each in verify(log) if not each["ok"]]
    assert [each["check"] for each in faults] == ["chain", "totals"]
    assert "3 are not accounted for" in faults[1]["detail"]


def test_the_reasons_outlive_the_manifests(log):
    """A snapshot holds their sums."""
    topic = MemoryTopic()
    for _ in range(3):
        topic.skip(0, 2)
        send(topic, 1)
        run(topic, log)
    assert log.read_state().snapshot
    assert log.read_state().offsets_empty == {"marker": 6}
    assert "6 without a message (6 transaction markers)" in said(log, "totals")


def test_a_snapshot_of_an_older_version_leaves_its_rest_unrecorded(log):
    """Which is then no fault."""
    topic = MemoryTopic()
    for _ in range(2):
        topic.skip(0, 2)
        send(topic, 1)
        run(topic, log)
    snapshot = log.read_state().snapshot
    newer = ("offsets_empty", "offsets_unrecorded", "unrecorded_until", "head", "previous", "snapshot")
    for path in (log.layout.snapshot(snapshot), *map(log.layout.commit, range(1, snapshot + 1))):
        fields = json.loads(log.store.read(path))
        log.store.delete(path)
        kept = {name: value for name, value in fields.items() if name not in newer}
        log.pool.write(path, json.dumps(kept).encode())
    assert f"not recorded by the version that read them, up to commit {snapshot}" in said(log, "totals")


def test_what_an_open_transaction_hides_is_part_of_the_lag():
    """And is read once it has ended."""
    topic = MemoryTopic()
    send(topic, 10)
    topic.open_at[0] = 4
    plan = make_plan(State(), TopicState(topic.identity(), topic.bounds()), Shard())
    assert (plan.messages, plan.lag, plan.hidden) == (4, 10, {0: (4, 10)})


def test_an_ingest_reads_up_to_an_open_transaction(log):
    """And on from there, when it has ended."""
    topic = MemoryTopic()
    send(topic, 10)
    topic.open_at[0] = 4
    run(topic, log)
    assert log.read_state().messages_stored == 4
    del topic.open_at[0]
    run(topic, log)
    assert log.read_state().messages_stored == 10
