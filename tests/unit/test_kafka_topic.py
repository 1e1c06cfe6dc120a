"""Which partitions a reader waits for in vain."""

from confluent_kafka.admin import PartitionMetadata

from healthtrends.adapters.kafka_topic import leaderless


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
