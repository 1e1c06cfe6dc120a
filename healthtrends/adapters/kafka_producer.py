"""Kafka producer of `produce`: idempotent, acknowledged by all replicas, each delivery counted.

Messages are queued by the client's batch call, which costs half of one call a message, and confirmed one by
one by its delivery reports. The partition follows the key as in the Java clients, so that one patient's
records stay in one partition and in order whichever program sends them.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from healthtrends.adapters.kafka_access import Access, ClientConf, Right, missing_right
from healthtrends.adapters.kafka_client import (
    QUEUE_FULL,
    RIGHTS_ERRORS,
    UNREACHABLE,
    merged,
    open_client,
)
from healthtrends.adapters.kafka_refusal import Refusals
from healthtrends.clock import Deadline
from healthtrends.config.kafka_keys import required
from healthtrends.errors import HealthTrendsError
from healthtrends.produce.ports import Message, Tally

QUEUE_MESSAGES = 100_000  # under way at a time; at 141 bytes some 15 MB and the client's own 25 MB
DELIVERY_SECONDS = 60.0  # librdkafka tries again within this, then the message has failed
BATCH_BYTES = 1 << 20  # above this a batch is queued one by one, see _queue_singly
_WAIT_SECONDS = 0.05
_MESSAGES_KEY = "queue.buffering.max.messages"

# What says something about one message only; anything else would befall the next message as well.
OF_THE_MESSAGE = frozenset({KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD})
DEFAULTS: dict[str, Any] = {
    "compression.type": "lz4",
    "linger.ms": 20,
    "batch.size": 1_000_000,
    "batch.num.messages": 10_000,
    _MESSAGES_KEY: QUEUE_MESSAGES,
    "queue.buffering.max.kbytes": 262_144,
    "partitioner": "murmur2_random",
    "delivery.timeout.ms": round(DELIVERY_SECONDS * 1000),
}


class KafkaSender:
    """A producer for one topic; see `produce.ports.Sender`. The topic must exist."""

    def __init__(self, bootstrap_servers: str, topic: str, client_conf: ClientConf) -> None:
        """Raise ConfigError when the client refuses its settings; no connection is made yet."""
        self._topic = topic
        self._access = Access(bootstrap_servers, client_conf)
        self._refusals = Refusals(self._access)
        needed = {**required("producer"), "error_cb": self._refusals.note}
        conf = merged(DEFAULTS, bootstrap_servers, client_conf, needed)
        self._producer = open_client(Producer, conf, self._access)
        self._room = int(conf[_MESSAGES_KEY]) or QUEUE_MESSAGES  # 0: the client sets no limit
        self._confirmed = self._failed = 0
        self._first_fault: KafkaError | None = None
        self._refused: HealthTrendsError | None = None
        self._unreachable = self._hopeless = self._singly = False

    def tally(self) -> Tally:
        """Return the counts of all delivery reports seen so far."""
        cause = self._first_fault.str() if self._first_fault is not None else None
        if cause and self._unreachable:
            cause = self._refusals.with_last_words(cause)
        return Tally(self._confirmed, self._failed, cause, self._unreachable, self._hopeless, self._refused)

    def send(self, messages: Sequence[Message], stop: Callable[[], bool]) -> int:
        """Queue messages in order; see `produce.ports.Sender.send`."""
        taken = 0
        while taken < len(messages):
            piece = messages[taken : taken + self._room]
            if sum(len(message.value) for message in piece) > BATCH_BYTES or any(
                message.timestamp_ms is not None for message in piece
            ):
                queued = self._queue_singly(piece, stop)
            else:
                queued = self._queue_batch(piece, stop)
            taken += queued
            if queued < len(piece):
                break
        self._serve(0)
        return taken

    def flush(self, seconds: float) -> int:
        """Wait for reports; return how many messages have none yet.

        By `poll`, which ends with a fatal error: `flush` of the client goes on with reports, and may lose it.
        """
        deadline = Deadline(seconds)
        while len(self._producer) and not deadline.passed():
            self._serve(min(_WAIT_SECONDS, deadline.remaining()))
        return len(self._producer)

    def close(self) -> None:
        """Drop what is queued, so that the end of the program does not wait for a broker that is gone."""
        if len(self._producer):
            self._producer.purge()
            self.flush(1.0)

    def _queue_batch(self, messages: Sequence[Message], stop: Callable[[], bool]) -> int:
        """All in one call, once there is room for all: half a batch could change the order of a key."""
        most = 0 if self._singly else self._room - len(messages)
        if not self._wait(lambda: len(self._producer) <= most, stop):
            return 0
        self._singly = False
        batch: list[dict[str, Any]] = [{"value": message.value, "key": message.key} for message in messages]
        if self._producer.produce_batch(self._topic, batch, on_delivery=self._delivered) == len(batch):
            return len(batch)
        for at, message in enumerate(batch):
            fault: KafkaError | None = message.get("_error")
            if fault is None:
                continue
            if fault.code() == QUEUE_FULL:
                if not self._queue_singly(messages[at : at + 1], stop):
                    self._count(fault)  # dropped on request: must not pass for sent
            else:
                self._count(fault)
        return len(batch)

    def _queue_singly(self, messages: Sequence[Message], stop: Callable[[], bool]) -> int:
        """One by one, for messages so large that the queue may fill up by bytes, and those with own times."""
        self._singly = True
        for at, message in enumerate(messages):
            if not self._wait(functools.partial(self._queued, message), stop):
                return at
        return len(messages)

    def _queued(self, message: Message) -> bool:
        try:
            self._producer.produce(
                self._topic,
                message.value,
                message.key,
                on_delivery=self._delivered,
                timestamp=message.timestamp_ms or 0,
            )
        except BufferError:
            return False
        except KafkaException as fault:
            self._count(fault.args[0])
        return True

    def _wait(self, done: Callable[[], bool], stop: Callable[[], bool]) -> bool:
        """Serve delivery reports until `done`; False when asked to stop or nothing can be sent any more."""
        while not done():
            if stop() or self._hopeless:
                return False
            self._serve(_WAIT_SECONDS)
        return True

    def _serve(self, seconds: float) -> None:
        """Take delivery reports."""
        try:
            self._producer.poll(seconds)
        except (KafkaException, SystemError) as fault:
            self._note_fatal(fault)

    def _note_fatal(self, fault: KafkaException | SystemError) -> None:
        """Take an error after which nothing more can be sent; what is queued fails by itself."""
        self._hopeless = True
        if (error := fatal_error(fault)) is not None:
            self._note_refused(error)

    def _note_refused(self, error: KafkaError) -> None:
        self._first_fault = self._first_fault or error
        if error.code() in RIGHTS_ERRORS:
            self._refused = missing_right(self._access, Right("WRITE", "topic", self._topic), error.str())

    def _delivered(self, fault: KafkaError | None, _message: object) -> None:
        if fault is None:
            self._confirmed += 1
        else:
            self._count(fault)

    def _count(self, fault: KafkaError) -> None:
        self._failed += 1
        self._note_refused(fault)
        self._unreachable |= fault.code() in UNREACHABLE
        self._hopeless |= fault.code() not in OF_THE_MESSAGE


def fatal_error(fault: KafkaException | SystemError) -> KafkaError | None:
    """Return the client's error; raised while callbacks run, Python wraps it, once for each of them.

    None: a callback has lost it, and the reports of what is queued tell it. Raises any other fault.
    """
    found: BaseException | None = fault
    while found is not None and not isinstance(found, KafkaException):
        if isinstance(found, SystemError) and "returned NULL without setting" in str(found):
            return None
        found = found.__cause__ or found.__context__
    if found is None:
        raise fault
    error: KafkaError = found.args[0]
    return error
