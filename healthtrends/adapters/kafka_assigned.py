"""Consumer of assigned partitions that stops before a batch it cannot decompress or parse.

After a damaged batch librdkafka reads on inside it and takes what it finds for the next offset. Nothing that
it hands out of the partition then is used, and a client whose errors are in doubt is replaced by another one.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka import Message as KafkaMessage

from healthtrends.adapters.kafka_access import Access, Right
from healthtrends.adapters.kafka_client import (
    OFFSET_GONE,
    open_client,
    translate_error,
    unreadable_batch,
    without_group,
)
from healthtrends.adapters.kafka_refusal import Refusals
from healthtrends.adapters.timeouts import NoAnswer, within
from healthtrends.errors import HealthTrendsError, UnreadableBatch

CLOSE_SECONDS = 5.0


class AssignedConsumer:
    """Assigned partitions of one topic, their positions, and the faults that they wait before."""

    def __init__(self, access: Access, topic: str, settings: Mapping[str, Any]) -> None:
        self._access = access
        self._topic = topic
        self._refusals = Refusals(access)
        self._settings = {**settings, "error_cb": self._refusals.note}
        self._left: dict[int, int] = {}
        """Positions of the partitions that were left."""
        self._faults: dict[int, UnreadableBatch] = {}
        """Partitions that are left before a batch that cannot be unpacked; their positions stay there."""
        self._unreadable: list[UnreadableBatch] = []
        """Those faults that came together with messages; raised by the next read."""
        self._is_renewed = False
        """Whether the client was made anew since the last assignment."""
        self.starts: dict[int, int] = {}
        """Where reading began, by partition."""
        self.client = open_client(Consumer, self._settings, access)

    def close(self) -> None:
        """Leave the broker, or give up after `CLOSE_SECONDS`: without one the client may wait for ever."""
        with suppress(NoAnswer):
            within(CLOSE_SECONDS, self.client.close)

    def assign(self, starts: Mapping[int, int]) -> None:
        """Read these partitions from these offsets on, and no others."""
        self._faults, self._unreadable, self._left, self._is_renewed = {}, [], {}, False
        self.starts = dict(starts)
        self._begin()

    def pause(self, partitions: Collection[int]) -> None:
        """Hand out nothing more of these, until the next `assign`; their positions stay.

        They are not paused: once in some thousand times librdkafka 2.16 does not go on with a paused one
        when it is assigned anew, and waits for ever.
        """
        leaving = set(partitions) - self._left.keys()
        positions = self.positions()
        self._left |= {partition: positions[partition] for partition in leaving}
        self.client.incremental_unassign([TopicPartition(self._topic, partition) for partition in leaving])

    def positions(self) -> dict[int, int]:
        """Offset after the last message handed out, or after the marker behind it."""
        asked = [TopicPartition(self._topic, p) for p in self.starts if p not in self._left]
        # The position of a partition that gave nothing yet is a negative code.
        positions = self._left | {
            found.partition: found.offset if found.offset >= 0 else self.starts[found.partition]
            for found in self.client.position(asked)
        }
        for partition, fault in self._faults.items():
            positions[partition] = min(positions[partition], max(self.starts[partition], fault.offset))
        return positions

    def awaited(self) -> dict[int, int]:
        """Positions of the partitions that messages may still come from."""
        return {p: at for p, at in self.positions().items() if p not in self._left}

    def raise_fault(self) -> None:
        """Raise a fault that came together with messages; UnreadableBatch, once for each."""
        if self._unreadable:
            raise self._unreadable.pop()

    def consume(self, most: int, timeout: float) -> list[KafkaMessage]:
        """Up to `most` messages and errors, as the client has them."""
        try:
            found = self.client.consume(most, timeout)
        except (KafkaException, TimeoutError) as fault:
            raise self.translated(fault, f"reading {self._topic}") from fault
        return without_group(found)

    def before_faults(self, messages: Sequence[KafkaMessage]) -> Sequence[KafkaMessage]:
        """Leave each partition that has a batch that cannot be unpacked; return what comes before it.

        A fault is kept for `raise_fault` when there are messages. Raises any other error.
        """
        if not (self._faults or any(map(KafkaMessage.error, messages))):
            return messages
        read, doubtful = [], False
        for message in messages:
            error = message.error()
            if message.partition() in self._faults:
                continue
            if error is None:
                read.append(message)
            elif self._is_doubtful(error):
                doubtful = True
            else:
                self._keep_fault(message, error)
        if doubtful:
            self.renew()
        if not read:
            self.raise_fault()
        return read

    def is_gone(self, message: KafkaMessage, error: KafkaError) -> bool:
        """Whether the error says that there is no such offset, for certain; raises any other error.

        In doubt the answer is False, and the partition is read again.
        """
        if self._is_doubtful(error):
            self.renew()
            return False
        if error.code() not in OFFSET_GONE:
            raise unreadable_batch(message, error) or self.translated(
                KafkaException(error), f"reading {self._topic}"
            )
        return True

    def renew(self) -> None:
        """Go on with another client where this one stands."""
        self.starts = self.positions()
        self.close()
        self.client, self._is_renewed = open_client(Consumer, self._settings, self._access), True
        self._begin()

    def _keep_fault(self, message: KafkaMessage, error: KafkaError) -> None:
        fault = unreadable_batch(message, error)
        if fault is None:
            raise self.translated(KafkaException(error), f"reading {self._topic}")
        self._faults[fault.partition] = fault
        self._unreadable.append(fault)
        self.pause([fault.partition])

    def _is_doubtful(self, error: KafkaError) -> bool:
        """Whether the error may be of an offset that nobody asked for.

        The broker's answer to one that was found inside a damaged batch comes late, after the next
        assignment too.
        """
        return error.code() in OFFSET_GONE and not self._is_renewed

    def _begin(self) -> None:
        read = [(p, offset) for p, offset in self.starts.items() if p not in self._left]
        self.client.assign([TopicPartition(self._topic, p, offset) for p, offset in read])

    def translated(self, fault: KafkaException | TimeoutError, doing: str) -> HealthTrendsError:
        """Return the fault as an error of this project, with what the client heard of its connections."""
        right = Right("READ", "topic", self._topic)
        return translate_error(fault, self._access, doing, right, self._refusals.last_words())
