"""A reader finds out that its broker is gone, and takes no broker that is back for one that is gone."""

import pytest
from confluent_kafka import Producer

from healthtrends import clock
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.errors import KafkaUnavailable
from tests.faults.servers import kill

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]

MESSAGES = 500
LONGEST = 60.0  # a silence, a question, and a busy machine


def send(sandbox, count):
    servers = {"bootstrap.servers": sandbox.servers.bootstrap_servers, **sandbox.servers.kafka_client}
    producer = Producer({**servers, "acks": "all"})
    for n in range(count):
        producer.produce(sandbox.topic, b"%d" % n, partition=0)
    assert producer.flush(30) == 0


@pytest.fixture
def sandbox(own_stack, make_sandbox):
    """A topic on servers of our own."""
    return make_sandbox(own_stack.up(print))


@pytest.fixture
def topic(sandbox):
    """Its reader, from the first offset of one partition on."""
    reader = KafkaTopic(sandbox.servers.bootstrap_servers, sandbox.topic, sandbox.servers.kafka_client)
    reader.assign({0: 0})
    yield reader
    reader.close()


def read_one(topic):
    """The first of many: the others lie in the client's queue then."""
    deadline = clock.Deadline(LONGEST)
    while not topic.read(1, 0.1):
        assert not deadline.passed()


def read_until(topic, deadline):
    while not deadline.passed():
        topic.read(MESSAGES // 5, 0.5)


def test_messages_left_in_the_queue_do_not_hide_that_the_broker_is_gone(sandbox, topic, own_stack):
    """They are handed out first; then a silence is looked into, as the client may never tell."""
    send(sandbox, MESSAGES)
    read_one(topic)
    kill(own_stack, "kafka")
    with pytest.raises(KafkaUnavailable, match="did not answer"):
        read_until(topic, clock.Deadline(LONGEST))


def test_a_broker_that_is_back_with_nothing_new_is_not_taken_for_gone(sandbox, topic, own_stack):
    """A follower of a quiet topic goes on."""
    send(sandbox, 1)
    read_one(topic)
    kill(own_stack, "kafka")
    assert not topic.read(1, 3)
    own_stack.up(print)
    assert not topic.read(1, 15)
    send(sandbox, 1)
    read_one(topic)
