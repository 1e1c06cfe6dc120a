"""The group's offsets in Kafka, which lag monitors read: one request at a time, and never waited for."""

import json
import subprocess
import sys
import time
from contextlib import closing

import pytest
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException
from confluent_kafka.admin import AdminClient

from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.devstack.stack import StackAddresses

LONGEST = 30.0
STANDS_STILL = """
import json, os, signal, subprocess, sys
from healthtrends.adapters.kafka_access import Access
from healthtrends.adapters.kafka_admin import Admin

servers, client, topic = json.loads(sys.argv[1])
clients = [Admin(Access(servers, client)) for _ in range(20)]
for admin in clients:
    admin.cluster_id(10)
awakened = subprocess.Popen(["sh", "-c", f"sleep 12; kill -CONT {os.getpid()}"])
asked = [admin.report(f"group-{number}", topic, {0: 0}) for number, admin in enumerate(clients)]
os.kill(os.getpid(), signal.SIGSTOP)
awakened.wait()
print(len([each.result(30) for each in asked]))
"""


@pytest.fixture
def group_offset(stack: StackAddresses):
    """Give what Kafka has of partition 0 for a group; -1: nothing, or its coordinator is still loading."""
    admin = AdminClient({"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client})

    def found(group: str) -> int:
        asked = admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])
        try:
            known = asked[group].result().topic_partitions
        except KafkaException:
            return -1
        return {each.partition: each.offset for each in known}.get(0, -1)

    return found


def test_the_newest_offset_is_written_at_the_end(stack: StackAddresses, topic: str, group_offset) -> None:
    """Those that come while a request is on its way are written together."""
    conf = {**stack.kafka_client, "group.id": "lag"}
    with closing(KafkaTopic(stack.bootstrap_servers, topic, conf)) as reader:
        end = time.monotonic() + LONGEST
        while group_offset("lag") != 0:  # a new cluster makes its topic of offsets first
            assert time.monotonic() < end
            reader.report_progress({0: 0})
        for offset in range(1, 40):
            reader.report_progress({0: offset})
    assert group_offset("lag") == 39


@pytest.mark.long
def test_a_process_that_stood_still_is_not_aborted(stack: StackAddresses, topic: str) -> None:
    """As on a machine that slept: a request that had timed out meanwhile aborted the process."""
    where = json.dumps([stack.bootstrap_servers, stack.kafka_client, topic])
    done = subprocess.run(
        [sys.executable, "-c", STANDS_STILL, where], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "20"), done.stderr
