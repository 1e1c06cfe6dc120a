"""Scan of a whole topic, from its first message to the end seen at the start; no consumer group."""

from collections.abc import Generator, Iterator

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from healthtrends import clock
from healthtrends.adapters.kafka_access import Access, ClientConf, Right
from healthtrends.adapters.kafka_client import (
    PARTITION_EOF,
    merged,
    open_client,
    translate_error,
    unreadable_batch,
    without_group,
)
from healthtrends.adapters.kafka_metadata import check_answered
from healthtrends.adapters.kafka_refusal import Refusals
from healthtrends.config.kafka_keys import required
from healthtrends.errors import KafkaUnavailable

ANSWER_SECONDS = 10.0
SILENCE_SECONDS = 30.0  # without a message or an end of partition: the broker is gone
_AT_ONCE = 5_000


def held_values(
    bootstrap_servers: str, topic: str, partitions: tuple[int, ...], client_conf: ClientConf
) -> Generator[bytes]:
    """Yield the values of all messages, partition by partition mixed; null values are passed over.

    Raises KafkaUnavailable when the broker does not answer in time.
    """
    # No offset is ever stored: the group id is only there because the client asks for one.
    defaults = {"group.id": "healthtrends-scan"}
    access, right = Access(bootstrap_servers, client_conf), Right("READ", "topic", topic)
    refusals = Refusals(access)
    needed = {**required("consumer"), "enable.partition.eof": True, "error_cb": refusals.note}
    consumer = open_client(Consumer, merged(defaults, bootstrap_servers, client_conf, needed), access)
    try:
        yield from _scan(consumer, topic, partitions)
    except KafkaException as fault:
        doing = f"reading topic {topic}"
        raise translate_error(fault, access, doing, right, refusals.last_words()) from fault
    finally:
        consumer.close()


def _scan(consumer: Consumer, topic: str, partitions: tuple[int, ...]) -> Iterator[bytes]:
    spans = {
        part: consumer.get_watermark_offsets(TopicPartition(topic, part), timeout=ANSWER_SECONDS)
        for part in partitions
    }
    check_answered(topic, {part: min(span) for part, span in spans.items()})
    ends = {part: end for part, (begin, end) in spans.items() if end > begin}
    consumer.assign([TopicPartition(topic, part, spans[part][0]) for part in ends])
    silence = clock.Deadline(SILENCE_SECONDS)
    while ends:
        messages = without_group(consumer.consume(_AT_ONCE, timeout=1.0))
        if messages:
            silence = clock.Deadline(SILENCE_SECONDS)
        elif silence.passed():
            raise KafkaUnavailable(
                f"topic {topic} stopped answering while it was read",
                f"nothing for {SILENCE_SECONDS:.0f} s",
                "check that the broker runs, then try again",
            )
        for message in messages:
            part, offset, fault = _place(message)
            if fault is not None:
                if fault.code() != PARTITION_EOF:
                    raise unreadable_batch(message, fault) or KafkaException(fault)
                ends.pop(part, None)  # transaction markers have offsets too, but are no messages
            elif part in ends and offset < ends[part]:
                if (value := message.value()) is not None:
                    yield value
                if offset + 1 == ends[part]:
                    del ends[part]


def _place(message: Message) -> tuple[int, int, KafkaError | None]:
    """Partition, offset and error; the first two are only None in messages that were never sent."""
    return message.partition() or 0, message.offset() or 0, message.error()
