"""What a consumer of the ingest does with offsets that Kafka no longer has, or that hold no message."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from confluent_kafka import Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from healthtrends.adapters import kafka_topic
from healthtrends.adapters.kafka_topic import KafkaTopic
from healthtrends.devstack.stack import StackAddresses
from healthtrends.errors import KafkaUnavailable
from healthtrends.ingest.ports import Message

EVERYBODYS = {
    "auto.offset.reset": "earliest",
    "enable.auto.commit": "true",
    "enable.partition.eof": "true",
    "isolation.level": "read_uncommitted",
}
"""Keys of many properties files, each of which would break the reading."""
LONGEST = 30.0


def client(stack: StackAddresses) -> dict[str, str]:
    return {"bootstrap.servers": stack.bootstrap_servers, **stack.kafka_client}


def record(number: int) -> bytes:
    return json.dumps({"patient_id": f"synthetic-{number}"}).encode()


def send(stack: StackAddresses, topic: str, number: int) -> None:
    producer = Producer(client(stack))
    for each in range(number):
        producer.produce(topic, record(each), partition=0)
    assert producer.flush(30) == 0


def abort(stack: StackAddresses, topic: str, number: int) -> None:
    producer = Producer({**client(stack), "transactional.id": f"aborts in {topic}"})
    producer.init_transactions(30)
    producer.begin_transaction()
    for each in range(number):
        producer.produce(topic, record(each), partition=0)
    producer.flush(30)
    producer.abort_transaction(30)


@pytest.fixture
def reader(stack: StackAddresses, topic: str) -> Iterator[KafkaTopic]:
    """A reader whose configuration holds what everybody's does."""
    with closing(KafkaTopic(stack.bootstrap_servers, topic, {**stack.kafka_client, **EVERYBODYS})) as found:
        yield found


def read_until(reader: KafkaTopic, done: Callable[[], bool]) -> list[Message]:
    messages: list[Message] = []
    end = time.monotonic() + LONGEST
    while not done():
        assert time.monotonic() < end
        messages += reader.read(100, 0.1)
    return messages


def test_offsets_that_retention_passed_are_an_error_whatever_the_configuration_says(stack, topic, reader):
    """A reset to the earliest offset would leave out what lies between, without a word."""
    send(stack, topic, 50)
    part = TopicPartition(topic, 0, 40)
    admin = AdminClient(client(stack))
    admin.delete_records([part])[TopicPartition(topic, 0)].result(30)
    reader.assign({0: 10})
    with pytest.raises(KafkaUnavailable, match="Offset out of range"):
        read_until(reader, lambda: False)


def test_the_end_of_a_partition_is_no_error_whatever_the_configuration_says(stack, topic, reader):
    """A follower waits there."""
    send(stack, topic, 5)
    reader.assign({0: 0})
    assert len(read_until(reader, lambda: reader.positions()[0] == 5)) == 5
    assert list(reader.read(100, 1.0)) == []


def test_a_partition_that_was_left_keeps_its_position_and_gives_nothing(stack, topic, reader):
    """The others go on."""
    send(stack, topic, 5)
    reader.assign({0: 2, 1: 0})
    reader.pause([0])
    assert [message for _ in range(10) for message in reader.read(100, 0.1)] == []
    assert reader.positions() == {0: 2, 1: 0}


def test_a_partition_that_was_left_is_read_again_once_it_is_assigned_anew(stack, topic, reader):
    """From where the assignment says."""
    send(stack, topic, 5)
    reader.assign({0: 0})
    reader.pause([0])
    reader.assign({0: 3})
    assert len(read_until(reader, lambda: reader.positions()[0] == 5)) == 2


def test_a_client_that_gives_nothing_although_there_is_more_is_replaced(stack, topic, monkeypatch):
    """A client may wait for ever, and never say so: here a partition was paused behind our back."""
    monkeypatch.setattr(kafka_topic, "SILENCE_SECONDS", 0.2)
    monkeypatch.setattr(kafka_topic, "BUSY_SECONDS", 1.0)
    send(stack, topic, 5)
    with closing(KafkaTopic(stack.bootstrap_servers, topic, stack.kafka_client)) as reader:
        reader.assign({0: 0})
        reader._consumer.client.pause([TopicPartition(topic, 0)])
        assert len(read_until(reader, lambda: reader.positions()[0] == 5)) == 5


def test_progress_that_cannot_be_told_is_no_failure(stack, topic):
    """A commit may end while reading goes on with another client, and this one is closed."""
    reader = KafkaTopic(stack.bootstrap_servers, topic, stack.kafka_client)
    reader.close()
    reader.report_progress({0: 1})


def test_aborted_messages_are_not_read_whatever_the_configuration_says(stack, topic, reader):
    """They were never sent, for the one who sent them."""
    abort(stack, topic, 5)
    send(stack, topic, 1)
    reader.assign({0: 0})
    assert len(read_until(reader, lambda: reader.positions()[0] == 7)) == 1
