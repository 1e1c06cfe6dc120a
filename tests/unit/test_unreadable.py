"""A batch that no client can unpack: named, the others committed, given up only when that is accepted."""

import pytest

from healthtrends.errors import UnreadableBatch
from healthtrends.storage.layout import Layout
from healthtrends.storage.log import CommitLog
from healthtrends.storage.offset_gaps import Gap
from healthtrends.storage.store_pool import StorePool
from healthtrends.storage.verify import verify
from healthtrends.testing import LocalStore, MemoryTopic
from tests.unit.ingesting import ingested, record

RECORD = record(1)


@pytest.fixture
def log(tmp_path):
    pool = StorePool(LocalStore(tmp_path))
    yield CommitLog(pool, Layout("/r"), 200)
    pool.close()


@pytest.fixture
def topic():
    """Two partitions of 100 messages; offsets 10 to 36 of the first are one batch that cannot be unpacked."""
    topic = MemoryTopic(unreadable=[(0, 10, 37)])
    for number in range(200):
        topic.send(number % 2, RECORD)
    return topic


def run(topic, log, **changes):
    return ingested(topic.reader(), log, batch_records=30, **changes)


def nexts(log):
    return {partition: position.next for partition, position in log.read_state().parts.items()}


@pytest.mark.parametrize("mode", ["once", "follow"])
def test_the_batch_is_named_and_what_is_before_it_is_committed(topic, log, mode):
    """By partition and offset, as a final error."""
    with pytest.raises(UnreadableBatch, match="offset 10 of partition 0"):
        run(topic, log, mode=mode)
    assert nexts(log)[0] == 10


def test_the_other_partitions_are_committed_to_their_ends(topic, log):
    """Over several batches."""
    with pytest.raises(UnreadableBatch, match="offset 10"):
        run(topic, log)
    assert nexts(log)[1] == 100


def test_repeated_tries_do_not_fill_the_log(topic, log):
    """Once a fence led to nothing, the next attempts look first."""
    for _ in range(2):
        with pytest.raises(UnreadableBatch, match="offset 10"):
            run(topic, log)
    seq = log.read_state().seq
    for _ in range(3):
        with pytest.raises(UnreadableBatch, match="offset 10"):
            run(topic, log)
    assert log.read_state().seq == seq


def test_other_partitions_go_on_after_a_fence_that_led_to_nothing(topic, log):
    """What arrives there is stored, whatever stands still."""
    for _ in range(3):
        with pytest.raises(UnreadableBatch, match="offset 10"):
            run(topic, log)
    topic.send(1, RECORD)
    with pytest.raises(UnreadableBatch, match="offset 10"):
        run(topic, log)
    assert nexts(log)[1] == 101


@pytest.mark.parametrize("before", [0, 1, 2], ids=["at once", "after a commit", "after a fence"])
def test_skip_records_exactly_the_batch_as_lost(topic, log, before):
    """Its reason is not that of retention."""
    for _ in range(before):
        with pytest.raises(UnreadableBatch, match="offset 10"):
            run(topic, log)
    run(topic, log, on_data_loss="skip")
    gaps = [gap for seq in range(1, log.read_state().seq + 1) for gap in log.read_manifest(seq).gaps]
    assert gaps == [Gap(0, 10, 37, "unreadable_batch")]
    assert nexts(log) == {0: 100, 1: 100}


def test_a_batch_that_ends_the_partition_is_given_up_whole(topic, log):
    """Beside another one before it, and nothing is behind it."""
    topic.unreadable.append((0, 90, 100))
    run(topic, log, on_data_loss="skip")
    assert (log.read_state().offsets_lost, nexts(log)[0]) == (37, 100)


def test_two_unreadable_batches_side_by_side_are_two(topic, log):
    """Their errors name different offsets."""
    topic.unreadable.append((0, 37, 40))
    run(topic, log, on_data_loss="skip")
    gaps = [gap for seq in range(1, log.read_state().seq + 1) for gap in log.read_manifest(seq).gaps]
    assert [(gap.first, gap.next) for gap in gaps] == [(10, 37), (37, 40)]


def test_verify_tells_how_many_offsets_were_in_unreadable_batches(topic, log):
    """They are part of what was accepted as lost."""
    run(topic, log, on_data_loss="skip")
    findings = list(verify(log))
    assert all(finding["ok"] for finding in findings)
    assert any("27 accepted as lost (27 in unreadable batches)" in each["detail"] for each in findings)
