"""Sending to a real broker: each record confirmed, in order, once; and failures in bounded time."""

import collections
import dataclasses
import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping

import pytest
from confluent_kafka import Consumer, Message, TopicPartition

from healthtrends import clock, observe
from healthtrends.adapters.kafka_admin import TopicInfo, cluster_id, ensure_topic, topic_info
from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.adapters.kafka_scan import held_values
from healthtrends.devstack.stack import StackAddresses
from healthtrends.errors import ConfigError, KafkaUnavailable, UsageError, WriteFailed
from healthtrends.produce.deduplicate import skip_held
from healthtrends.produce.send import ProduceResult, produce
from healthtrends.sources.input_files import read_files
from healthtrends.sources.source_record import SourceRecord
from healthtrends.sources.synthetic import SyntheticPlan, synthetic

LAST = dt.date(2025, 12, 22)
PLAN = SyntheticPlan(records=12_000, seed=7, first=LAST, last=LAST)


class TopicTarget:
    """One topic of three partitions on the stack, and what the tests do with it."""

    def __init__(self, stack: StackAddresses, topic: str) -> None:
        self.servers, self.client, self.topic = stack.bootstrap_servers, stack.kafka_client, topic
        self.info: TopicInfo = ensure_topic(self.servers, topic, 3, 1, self.client)

    def send(self, records: Iterable[SourceRecord], conf: Mapping[str, str] | None = None) -> ProduceResult:
        """Produce and close."""
        sender = KafkaSender(self.servers, self.topic, {**self.client, **(conf or {})})
        try:
            with observe.progress("send", None, "records") as bar:
                return produce(records, sender, bar=bar)
        finally:
            sender.close()

    def values(self) -> Iterator[bytes]:
        """What the topic holds, as resuming reads it."""
        return held_values(self.servers, self.topic, self.info.partitions, self.client)

    def messages(self, count: int) -> list[Message]:
        """The first `count` messages over all partitions, each partition in order."""
        consumer = Consumer({"bootstrap.servers": self.servers, **self.client, "group.id": "test"})
        consumer.assign([TopicPartition(self.topic, part, 0) for part in self.info.partitions])
        found: list[Message] = []
        while len(found) < count:
            found += consumer.consume(count - len(found), timeout=10)
        consumer.close()
        return found


@pytest.fixture
def topic_target(stack, topic) -> TopicTarget:
    """A fresh topic."""
    return TopicTarget(stack, topic)


@pytest.fixture
def nowhere() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def test_every_record_is_confirmed_and_in_the_topic(topic_target):
    """The counts agree with the source, and the topic holds the same bytes."""
    result = topic_target.send(synthetic(PLAN))
    sent = collections.Counter(record.value for record in synthetic(PLAN))
    assert (result.sent, result.confirmed, result.failed, result.unconfirmed) == (12_000, 12_000, 0, 0)
    assert collections.Counter(topic_target.values()) == sent


def test_a_patient_stays_in_one_partition_and_in_order(topic_target):
    """What came first for a patient is read first."""
    topic_target.send(synthetic(PLAN))
    read = collections.defaultdict(list)
    partitions = collections.defaultdict(set)
    for message in topic_target.messages(PLAN.records):
        read[message.key()].append(message.value())
        partitions[message.key()].add(message.partition())
    assert {len(numbers) for numbers in partitions.values()} == {1}
    sent = collections.defaultdict(list)
    for record in synthetic(PLAN):
        sent[record.key].append(record.value)
    assert read == sent


def test_all_partitions_are_used(topic_target):
    """Keys spread."""
    topic_target.send(synthetic(PLAN))
    counts = collections.Counter(message.partition() for message in topic_target.messages(PLAN.records))
    assert min(counts[part] for part in topic_target.info.partitions) > 3_000


@pytest.mark.parametrize(
    "conf", [{"queue.buffering.max.messages": "10"}, {"queue.buffering.max.kbytes": "512"}], ids=str
)
def test_a_full_queue_slows_down_and_loses_nothing(topic_target, conf):
    """Large and small records of one patient keep their order while the queue is full again and again."""
    source = [
        SourceRecord(b"%06d" % n + b"x" * (200_000 if n % 50 == 0 else 20), b"patient") for n in range(1_000)
    ]
    topic_target.send(source, conf)
    assert [message.value() for message in topic_target.messages(1_000)] == [
        record.value for record in source
    ]


def test_a_record_too_large_for_the_broker_is_counted_and_the_others_arrive(topic_target):
    """The error names the cause and never the content."""
    source = [SourceRecord(b"secret" * 400_000 if n == 500 else b"%d" % n) for n in range(1_000)]
    with pytest.raises(WriteFailed, match=r"1 of 1,000 records .*too large") as caught:
        topic_target.send(source)
    assert "secret" not in str(caught.value)
    assert sorted(map(int, topic_target.values())) == [n for n in range(1_000) if n != 500]


def test_message_times_are_those_given_or_the_moment_of_sending(topic_target):
    """In milliseconds since 1970."""
    before = clock.now().timestamp() * 1000
    topic_target.send([SourceRecord(b"given", b"k", 1_700_000_000_123), SourceRecord(b"none", b"k")])
    given, moment = (message.timestamp()[1] for message in topic_target.messages(2))
    assert given == 1_700_000_000_123
    assert before - 1 <= moment <= clock.now().timestamp() * 1000


def test_a_second_send_adds_nothing(topic_target):
    """All is held already."""
    topic_target.send(synthetic(PLAN))
    assert topic_target.send(skip_held(synthetic(PLAN), topic_target.values())).sent == 0


def test_an_interrupted_send_goes_on_with_exactly_the_rest(topic_target):
    """Whatever part arrived, the topic ends with each record once."""
    topic_target.send(record for n, record in enumerate(synthetic(PLAN)) if n < 4_000 or n % 7 == 0)
    result = topic_target.send(skip_held(synthetic(PLAN), topic_target.values()))
    assert result.sent == sum(n >= 4_000 and n % 7 != 0 for n in range(PLAN.records))
    assert collections.Counter(topic_target.values()) == collections.Counter(r.value for r in synthetic(PLAN))


def test_reading_what_is_held_ends_at_the_end_seen_at_the_start(topic_target):
    """Somebody who goes on sending does not keep it busy for ever."""
    topic_target.send([SourceRecord(b"first")])
    held = topic_target.values()
    assert next(held) == b"first"
    topic_target.send([SourceRecord(b"later")])
    assert list(held) == []


def test_an_empty_topic_holds_nothing(topic_target):
    """And says so at once."""
    assert list(topic_target.values()) == []


def test_a_missing_topic_is_made_with_its_settings(stack, topic):
    """Partitions, and what else is asked for."""
    servers, client, missing = stack.bootstrap_servers, stack.kafka_client, f"{topic}-missing"
    assert topic_info(servers, missing, client) is None
    made = ensure_topic(servers, missing, 5, 1, client, {"retention.ms": "-1"})
    assert made.partitions == (0, 1, 2, 3, 4)
    assert (made.is_new, topic_info(servers, missing, client)) == (
        True,
        dataclasses.replace(made, is_new=False),
    )


def test_a_topic_that_was_just_made_answers_at_once(stack, topic):
    """Each of its partitions: a leader takes a moment to begin."""
    servers, client = stack.bootstrap_servers, stack.kafka_client
    for number in range(5):
        ensure_topic(servers, f"{topic}-{number}", 12, 1, client)
        assert len(TopicMetadata(servers, f"{topic}-{number}", client).bounds()) == 12


def test_a_topic_that_is_there_stays_as_it_is(topic_target):
    """Asking for other numbers changes nothing."""
    assert (
        ensure_topic(topic_target.servers, topic_target.topic, 7, 1, topic_target.client) == topic_target.info
    )


def test_more_copies_than_brokers_is_an_error_of_the_configuration(stack, topic):
    """The message says which setting."""
    with pytest.raises(ConfigError, match="cannot be made") as caught:
        ensure_topic(stack.bootstrap_servers, f"{topic}-missing", 1, 3, stack.kafka_client)
    assert "kafka.replication" in caught.value.next_step


def test_the_cluster_has_an_id(stack):
    """The same each time."""
    servers, client = stack.bootstrap_servers, stack.kafka_client
    assert len(cluster_id(servers, client)) == 22
    assert cluster_id(servers, client) == cluster_id(servers, client)


@pytest.mark.parametrize(
    "ask",
    [
        cluster_id,
        pytest.param(
            lambda servers, conf: ensure_topic(servers, "t", 1, 1, conf), marks=pytest.mark.long, id="ensure"
        ),
    ],
)
def test_a_broker_that_is_not_there_is_said_within_seconds(nowhere, ask):
    """With its address."""
    begin = time.monotonic()
    with pytest.raises(KafkaUnavailable, match=nowhere):
        ask(nowhere, {})
    assert time.monotonic() - begin < 15


def test_sending_to_a_broker_that_is_not_there_ends_with_the_delivery_time(nowhere):
    """Two seconds here, sixty by default; nothing is confirmed, and reading stopped."""
    sender = KafkaSender(nowhere, "t", {"delivery.timeout.ms": "2000"})
    begin = time.monotonic()
    with (
        pytest.raises(KafkaUnavailable, match="not in the topic for certain"),
        observe.progress("send", None, "records") as bar,
    ):
        produce((SourceRecord(b"x") for _ in range(10_000_000)), sender, bar=bar)
    sender.close()
    assert sender.tally().confirmed == 0
    assert time.monotonic() - begin < 15


def test_sending_to_a_topic_that_is_not_there_is_an_error(stack):
    """It is not made by the way."""
    conf = {**stack.kafka_client, "topic.metadata.propagation.max.ms": "500"}
    sender = KafkaSender(stack.bootstrap_servers, "never-made", conf)
    with (
        pytest.raises(WriteFailed, match="Unknown topic"),
        observe.progress("send", None, "records") as bar,
    ):
        produce([SourceRecord(b"x")], sender, bar=bar)
    sender.close()
    assert topic_info(stack.bootstrap_servers, "never-made", stack.kafka_client) is None


@pytest.mark.parametrize("conf", [{"no.such.key": "1"}, {"linger.ms": "long"}], ids=str)
def test_settings_that_the_client_refuses_are_an_error_of_the_configuration(stack, conf):
    """A key that it does not know, and a value that is none."""
    with pytest.raises(ConfigError, match="refuses its settings"):
        KafkaSender(stack.bootstrap_servers, "t", conf)


SENDING = """
import dataclasses, itertools, json, sys
from healthtrends import clock, observe
from healthtrends.adapters.kafka_metadata import TopicMetadata
from healthtrends.adapters.kafka_producer import KafkaSender
from healthtrends.produce.send import produce
from healthtrends.sources.input_files import read_files
from healthtrends.sources.source_record import SourceRecord

servers, client, topic, source = sys.argv[1:]

def endless():
    for n in itertools.count():
        if n == 20_000:
            print("running", flush=True)
        yield SourceRecord(b"%d" % n, b"%d" % (n % 97))

records = endless() if source == "endless" else read_files([source])
sender = KafkaSender(servers, topic, json.loads(client))
with observe.progress("send", None, "records") as bar:
    result = produce(records, sender, bar=bar)
sender.close()
print(json.dumps(dataclasses.asdict(result)), flush=True)
"""


def start(servers: str, client: Mapping[str, str], topic: str, source: str) -> subprocess.Popen[bytes]:
    """Send in a process of its own."""
    command = [sys.executable, "-c", SENDING, servers, json.dumps(client), topic, source]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_after_ctrl_c_the_topic_holds_exactly_what_is_confirmed(topic_target):
    """Reading stops, what is in flight is waited for, and the counts are told."""
    with start(topic_target.servers, topic_target.client, topic_target.topic, "endless") as process:
        assert process.stdout.readline() == b"running\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    result = json.loads(out)
    assert result["interrupted"]
    assert (result["failed"], result["unconfirmed"]) == (0, 0)
    assert sorted(map(int, topic_target.values())) == list(range(result["confirmed"]))


def test_ctrl_c_ends_the_wait_for_a_line_that_does_not_come(topic_target):
    """Lines that came before it are in the topic."""
    with start(topic_target.servers, topic_target.client, topic_target.topic, "-") as process:
        process.stdin.write(b'{"patient_id":"a"}\n{"patient_id":"b"}\n')
        process.stdin.flush()
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    assert json.loads(out)["confirmed"] == 2
    assert sorted(topic_target.values()) == [b'{"patient_id":"a"}', b'{"patient_id":"b"}']


def test_ctrl_c_ends_the_wait_for_a_writer_that_does_not_come(topic_target, tmp_path):
    """Nobody may ever open the other end of a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with start(
        topic_target.servers, topic_target.client, topic_target.topic, str(tmp_path / "pipe")
    ) as process:
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    assert json.loads(out)["interrupted"]
    assert json.loads(out)["sent"] == 0


def test_all_lines_of_a_pipe_are_in_the_topic(topic_target, tmp_path):
    """Its writer is not cut off, and no line falls between two openings."""
    os.mkfifo(tmp_path / "pipe")
    lines = [record.value for record in synthetic(PLAN)]
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(b"\n".join(lines),))
    writer.start()
    assert topic_target.send(read_files([str(tmp_path / "pipe")])).confirmed == PLAN.records
    writer.join(10)
    assert collections.Counter(topic_target.values()) == collections.Counter(lines)


def test_damage_in_a_pipe_ends_with_the_count_of_what_is_in_the_topic(topic_target, tmp_path):
    """The line is named; the records before it are all there, and none behind it."""
    os.mkfifo(tmp_path / "pipe")
    content = b'{"patient_id":"a"}\n' * 3_000 + b"{}{}\n" + b"{}\n"
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    with pytest.raises(UsageError, match="pipe, line 3001: several JSON objects") as caught:
        topic_target.send(read_files([str(tmp_path / "pipe")]))
    writer.join(10)
    assert caught.value.next_step.startswith("3,000 of 3,000 records sent are confirmed")
    assert list(topic_target.values()) == [b'{"patient_id":"a"}'] * 3_000


def test_a_csv_with_an_open_quote_leaves_the_topic_empty(topic_target, tmp_path):
    """Not 500 rows as one record."""
    (tmp_path / "a.csv").write_text('patient_id,visit_date\np,"d\n' + "q,d\n" * 500)
    with pytest.raises(UsageError, match=r"a\.csv, line 2: not CSV"):
        topic_target.send(read_files([str(tmp_path / "a.csv")]))
    assert list(topic_target.values()) == []


def test_ctrl_c_does_not_wait_long_for_a_broker_that_is_gone(nowhere):
    """After ten seconds it says how many records have no answer."""
    with start(nowhere, {}, "t", "endless") as process:
        assert process.stdout.readline() == b"running\n"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err.decode()
    result = json.loads(out)
    assert result["interrupted"]
    assert result["unconfirmed"] == result["sent"] > 0


def test_a_second_ctrl_c_ends_the_wait(nowhere):
    """At once, without counts."""
    with start(nowhere, {}, "t", "endless") as process:
        assert process.stdout.readline() == b"running\n"
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        begin = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert out == b""
    assert b"KeyboardInterrupt" in err
    assert time.monotonic() - begin < 5
