"""Which partitions a reader waits for in vain."""

import pytest
from confluent_kafka.admin import PartitionMetadata

from healthtrends.adapters.kafka_metadata import check_answered
from healthtrends.adapters.kafka_topic import leaderless
from healthtrends.errors import KafkaUnavailable


def partition(leader):
    found = PartitionMetadata()
    found.leader = leader
    return found


def test_a_partition_without_a_leader_is_waited_for_in_vain():
    assert leaderless({0: partition(1), 1: partition(-1)}, [0, 1]) == [1]


def test_a_partition_that_is_gone_is_waited_for_in_vain():
    assert leaderless({0: partition(1)}, [0, 2]) == [2]


def test_a_partition_that_nobody_asked_for_may_be_without_a_leader():
    assert leaderless({0: partition(1), 1: partition(-1)}, [0]) == []


def test_a_negative_offset_is_no_offset_but_a_broker_that_is_silent():
    """The client gives -1001, and no error, for a partition whose leader does not answer in time."""
    with pytest.raises(KafkaUnavailable, match="no broker gives the offsets of partition 1, 2 of topic t"):
        check_answered("t", {0: 0, 1: -1001, 2: -1})


def test_offsets_from_0_on_are_answers():
    assert check_answered("t", {0: 0, 1: 7}) is None
